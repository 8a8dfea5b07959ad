// Suggestions under a text field, for what stands before its caret.

import { el, fill, freshId } from "./el.js";

/**
 * Suggest while somebody writes.
 *
 * @param find - from the text before the caret: `{start, found}`, where each found one has what to
 *   `insert` from `start` on, the `parts` to show, and perhaps a `use` to note that it was taken
 */
export function suggest(box, list, find) {
  const id = freshId("suggestions");
  list.id = id;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  box.setAttribute("aria-autocomplete", "list");
  let found = [];
  let chosen = 0;
  let start = 0;

  function look() {
    ({ start = 0, found = [] } = find(box.value.slice(0, box.selectionStart)) ?? {});
    chosen = 0;
    draw();
  }

  function draw() {
    list.hidden = found.length === 0;
    fill(list, found.map(({ parts }, index) => el("div", {
      id: `${id}-${index}`, role: "option", class: "option",
      "aria-selected": String(index === chosen),
      // The press would take the focus out of the box; and a finger may only want to scroll.
      onmousedown: (event) => event.preventDefault(),
      onclick: () => take(index),
    }, parts())));
    if (list.hidden) {
      box.removeAttribute("aria-controls");
      box.removeAttribute("aria-activedescendant");
    } else {
      box.setAttribute("aria-controls", id);
      box.setAttribute("aria-activedescendant", `${id}-${chosen}`);
      list.children[chosen].scrollIntoView({ block: "nearest" });
    }
  }

  function take(index) {
    const { insert, use } = found[index];
    use?.();
    box.setRangeText(`${insert} `, start, box.selectionStart, "end");
    close();
    box.dispatchEvent(new Event("input"));
  }

  function close() {
    found = [];
    draw();
  }

  /** Use a key for the suggestions; false if it is not for them. */
  function press(event) {
    if (found.length === 0) return false;
    const steps = { ArrowDown: 1, ArrowUp: found.length - 1 };
    if (event.key in steps) chosen = (chosen + steps[event.key]) % found.length;
    else if (event.key === "Escape") found = [];
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) take(chosen);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    draw();
    return true;
  }

  box.addEventListener("input", look);
  if (box.value && document.activeElement === box) look();
  box.addEventListener("blur", close);
  return { press, isOpen: () => found.length > 0 };
}
