// The emoji picker: search, the ones in use, and all of them by kind.

import { EMOJI, emojiName, findEmoji } from "../../text/emoji-list.js";
import { noteEmoji, recentEmoji } from "../../text/emoji.js";
import { el, fill } from "../../ui/el.js";
import { openPopover } from "../../ui/popover.js";

/** Let the user pick an emoji beside this control. */
export function pickerAt(anchor, pick) {
  const seek = el("input", {
    type: "search", class: "seek", placeholder: "Find an emoji", "aria-label": "Find an emoji",
    autofocus: true,
  });
  const sets = el("div", { class: "emoji-sets" });
  const content = el("div", { class: "picker" }, seek, sets);

  const choose = (symbol) => {
    noteEmoji(symbol);
    close();
    pick(symbol);
  };
  const draw = () => {
    fill(sets, seek.value.trim() ? found(seek.value) : everything());
    // Tab reaches the first; the arrow keys go on from there.
    sets.querySelector("button")?.setAttribute("tabindex", "0");
  };
  seek.addEventListener("input", draw);
  sets.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) choose(button.dataset.emoji);
  });
  content.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === seek) {
      event.preventDefault();
      const first = sets.querySelector("button");
      if (first) choose(first.dataset.emoji);
    } else {
      move(event, sets, seek);
    }
  });
  draw();
  const close = openPopover(anchor, content, { label: "Emoji", className: "picker-box" });
  seek.focus();
}

function everything() {
  const recent = recentEmoji().map((symbol) => ({ symbol, name: emojiName(symbol) }));
  return [set("In use", recent), ...EMOJI.map(({ title, emoji }) => set(title, emoji))];
}

function found(query) {
  const emoji = findEmoji(query);
  if (emoji.length) return [set("Found", emoji)];
  return [el("p", { class: "empty" }, "Nothing is called that.")];
}

function set(title, emoji) {
  return el("section", { "aria-label": title },
    el("h3", {}, title),
    el("div", { class: "emoji-grid" }, emoji.map(({ symbol, name }) => {
      const words = name.replaceAll("_", " ");
      return el("button", {
        type: "button", class: "emoji", tabindex: "-1", "data-emoji": symbol, title: words,
        "aria-label": words,
      }, symbol);
    })));
}

/** Arrow keys walk over the emoji as they lie: a row up or down, one left or right. */
function move(event, sets, seek) {
  const buttons = [...sets.querySelectorAll("button")];
  const here = buttons.indexOf(document.activeElement);
  if (here < 0) {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    buttons[0]?.focus();
    return;
  }
  const row = Math.round(sets.clientWidth / buttons[here].offsetWidth);
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const there = here + steps[event.key];
  if (there < 0) seek.focus();
  else buttons[Math.min(there, buttons.length - 1)].focus();
}
