// The switcher: go to any room or person by typing a little of their name.

import { talkTo } from "../../acts/people.js";
import { everyone, shown } from "../../state/people.js";
import {
  calls, isUnread, lastWordAt, myRooms, others, roomIcon, roomTitle, visitTimes,
} from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { go, goToRoom, searchLink } from "../../state/view.js";
import { avatar, avatarOfMany } from "../../ui/avatar.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill, freshId } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { attempt } from "../../ui/toast.js";
import { anyDialogOpen } from "../shell/doors.js";

const MOST = 12;
const FEWEST_SCATTERED = 3; // letters that may stand scattered: fewer would be found everywhere

/** `keys` were pressed for it before it was there. */
export function switcherDialog(keys) {
  if (anyDialogOpen() || keys.includes("Escape")) return;
  openDialog({ title: "Jump to", className: "switcher", body: (close) => body(close, keys) });
}

function body(close, keys) {
  const id = freshId("switcher");
  const list = el("div", {
    id, role: "listbox", "aria-label": "Rooms and people", class: "options",
  });
  const seek = el("input", {
    type: "text", class: "seek", role: "combobox", "aria-expanded": "true", "aria-controls": id,
    "aria-autocomplete": "list", "aria-label": "A room, a person, or words to search for", autofocus: true,
    placeholder: "A room, a person, or words to search for", autocomplete: "off", spellcheck: "false",
  });
  let found = [];
  let chosen = 0;

  const draw = () => {
    fill(list, found.length ? found.map(option) : el("p", { class: "empty" }, "Nothing found."));
    seek.setAttribute("aria-activedescendant", found.length ? `${id}-${chosen}` : "");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const option = ({ parts }, index) => el("div", {
    id: `${id}-${index}`, role: "option", class: "option",
    "aria-selected": String(index === chosen),
    onclick: () => take(index),
  }, parts());
  const look = () => {
    const words = seek.value.trim();
    found = [...search(words.toLowerCase().replace(/^[@#]/, "")), ...(words ? [seeking(words)] : [])];
    chosen = 0;
    draw();
  };
  const take = (index) => {
    const one = found[index];
    if (!one) return;
    close();
    one.act();
  };
  seek.addEventListener("input", look);
  seek.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: found.length - 1 };
    if (event.key in steps && found.length) chosen = (chosen + steps[event.key]) % found.length;
    else if (event.key === "Enter") take(chosen);
    else return;
    event.preventDefault();
    if (event.key !== "Enter") draw();
  });
  seek.value = typed(keys);
  look();
  if (keys.includes("Enter")) queueMicrotask(() => take(0));
  return [seek, list];
}

function typed(keys) {
  const letters = [];
  for (const key of keys) {
    if (key === "Enter") break;
    if (key === "Backspace") letters.pop();
    else if ([...key].length === 1) letters.push(key);
  }
  return letters.join("");
}

function search(sought) {
  const used = visitTimes();
  const rooms = myRooms().map((room) => ({
    text: `${roomTitle(room)} ${room.name}`,
    last: room.archived,
    weight: calls(room) * 2 + isUnread(room),
    used: Math.max(used[room.name] ?? 0, room.kind === "direct" ? lastWordAt(room.name) : 0),
    parts: () => [
      room.kind === "direct" ? avatarOfMany(others(room)) : icon(roomIcon(room)),
      el("bdi", {}, roomTitle(room)),
      isUnread(room) && el("span", { class: "dot" }),
    ],
    act: () => goToRoom(room.name),
  }));
  const people = everyone()
    .filter(({ name, disabled }) => !disabled && name !== state.me.name && !hasRoom(name))
    .map(({ name }) => ({
      text: `${shown(name)} ${name}`,
      weight: 0,
      used: 0,
      parts: () => [avatar(name, { presence: true }), el("bdi", {}, shown(name)),
        el("small", {}, `@${name}`)],
      act: () => attempt(() => talkTo([name])),
    }));
  const places = [["Browse rooms", "#/browse", "compass"], ["People", "#/people", "people"],
    ["Search messages", "#/search/", "search"],
    ["Your profile", "#/profile", "person"]].map(([text, hash, mark]) => ({
    text, weight: 0, used: 0, parts: () => [icon(mark), el("span", {}, text)], act: () => go(hash),
  }));
  return [...rooms, ...people, ...places]
    .map((one) => ({ ...one, score: fit(one.text.toLowerCase(), sought) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => Boolean(a.last) - Boolean(b.last) || b.score - a.score
      || b.weight - a.weight || b.used - a.used)
    .slice(0, MOST);
}

/** The last way of all: to look for it in what was said. */
const seeking = (words) => ({
  parts: () => [icon("search"), el("span", {}, "Search messages for ", el("bdi", {}, words))],
  act: () => go(searchLink(words)),
});

const hasRoom = (name) => state.rooms.has([name, state.me.name].sort().join("~"));

/** How well a text fits: at its start, at a word's start, inside, as scattered letters, not. */
function fit(text, sought) {
  if (text.startsWith(sought)) return 4;
  if (text.split(/[\s._~-]+/).some((word) => word.startsWith(sought))) return 3;
  if (text.includes(sought)) return 2;
  if (sought.length < FEWEST_SCATTERED) return 0;
  let from = 0;
  for (const letter of sought) {
    from = text.indexOf(letter, from) + 1;
    if (from === 0) return 0;
  }
  return 1;
}
