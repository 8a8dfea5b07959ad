// Completion in the compose box: people after `@`, emoji after `:`.

import { loadMembers } from "../../acts/history.js";
import { everyone, shown } from "../../state/people.js";
import { state } from "../../state/state.js";
import { findEmoji, noteEmoji } from "../../text/emoji.js";
import { avatar } from "../../ui/avatar.js";
import { el, fill, freshId } from "../../ui/el.js";

const WORD = /(?:^|[\s(])([@:])([\p{L}\p{N}._+-]*)$/u;
const MOST = 8;
const SHORTEST_EMOJI = 2;

export function completion(box, list, room) {
  const id = freshId("completion");
  list.id = id;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  box.setAttribute("aria-autocomplete", "list");
  let found = [];
  let chosen = 0;
  let start = 0;

  function look() {
    const before = box.value.slice(0, box.selectionStart);
    const [, mark, word] = WORD.exec(before) ?? [];
    start = before.length - (word?.length ?? 0) - 1;
    found = mark === "@" ? people(word, room) : mark === ":" ? emoji(word) : [];
    chosen = 0;
    draw();
  }

  function draw() {
    list.hidden = found.length === 0;
    fill(list, found.map(({ parts }, index) => el("div", {
      id: `${id}-${index}`, role: "option", class: "option",
      "aria-selected": String(index === chosen),
      // Not click: the press would take the focus out of the box first.
      onpointerdown: (event) => {
        event.preventDefault();
        take(index);
      },
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
  box.addEventListener("blur", close);
  return { press };
}

function people(word, room) {
  if (!state.members.has(room)) loadMembers(room).catch(() => {});
  const sought = word.toLowerCase();
  const fits = ({ name }) => name.startsWith(sought)
    || shown(name).toLowerCase().split(/\s+/).some((part) => part.startsWith(sought));
  const members = state.members.get(room);
  const isMember = ({ name }) => Number(members?.has(name) ?? 0);
  const found = everyone()
    .filter((user) => !user.disabled && user.name !== state.me.name && fits(user))
    .sort((a, b) => isMember(b) - isMember(a))
    .slice(0, MOST)
    .map(({ name }) => ({
      insert: `@${name}`,
      parts: () => [avatar(name), el("bdi", {}, shown(name)), el("small", {}, `@${name}`)],
    }));
  if (sought && "all".startsWith(sought)) {
    const parts = () => [el("strong", {}, "@all"), el("small", {}, "everybody in this room")];
    found.push({ insert: "@all", parts });
  }
  return found;
}

function emoji(word) {
  if (word.length < SHORTEST_EMOJI) return [];
  return findEmoji(word, MOST).map(({ symbol, name }) => ({
    insert: symbol,
    use: () => noteEmoji(symbol),
    parts: () => [el("span", { class: "emoji" }, symbol), el("span", {}, `:${name}:`)],
  }));
}
