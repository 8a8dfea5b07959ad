// The shortcuts, and the dialog that shows them.

import { state } from "../../state/state.js";
import { go, goToRoom, searchLink } from "../../state/view.js";
import { isUnread, sections } from "../../state/rooms.js";
import { anyDialogOpen, openDialog } from "../../ui/dialog.js";
import { el } from "../../ui/el.js";
import { PAGES, scrollRoom } from "../compose/compose.js";
import { openSwitcher } from "../sidebar/switcher.js";

const SHOWN = [
  ["Everywhere", [
    ["Ctrl K", "Jump to a room or a person"],
    ["/ or Ctrl Shift F", "Search messages"],
    ["Alt ↑ / Alt ↓", "The room above, below"],
    ["Alt Shift ↑ / ↓", "The next unread room"],
    ["?", "These shortcuts"],
    ["Esc", "Close, or back to writing"],
  ]],
  ["Writing", [
    ["Enter", "Send"],
    ["Shift Enter", "A new line"],
    ["↑ in an empty box", "Edit your last message"],
    ["@ and :", "Name somebody, find an emoji"],
    ["Ctrl B / Ctrl I", "Bold, italic"],
    ["Ctrl K on a selection", "Make it a link"],
    ["Page Up / Page Down in an empty box", "Scroll the room"],
    ["Shift Tab", "To the messages"],
  ]],
  ["On a message", [
    ["↑ / ↓", "The message above, below"],
    ["R", "Reply"],
    ["E", "Edit"],
    ["+", "React"],
    ["Delete", "Delete"],
  ]],
];

const MARKDOWN = ["**bold**", "*italic*", "~~struck~~", "`code`", "```block```", "> quote",
  "- list", "1. list", "[words](https://…)"];

export function openShortcuts() {
  if (anyDialogOpen()) return;
  const rows = (list) => list.map(([keys, words]) => el("div", {},
    el("dt", {}, el("kbd", {}, keys)), el("dd", {}, words)));
  openDialog({
    title: "Keyboard shortcuts",
    wide: true,
    body: () => [
      el("div", { class: "shortcuts" }, SHOWN.map(([title, list]) => (
        el("section", {}, el("h3", {}, title), el("dl", {}, rows(list)))))),
      el("p", { class: "shortcuts-marks" }, "Text is Markdown: ",
        MARKDOWN.map((mark) => [el("code", {}, mark), " "])),
    ],
  });
}

export function pressShortcut(event) {
  const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  if (!state.me || event.defaultPrevented) return;
  const writing = target.matches?.("input, textarea, select");
  const command = ctrlKey || metaKey;
  if (command && key.toLowerCase() === "k") openSwitcher();
  else if (command && shiftKey && key.toLowerCase() === "f") openSearch();
  else if (key === "/" && !writing && !command && !anyDialogOpen()) openSearch();
  else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) {
    step(key === "ArrowUp" ? -1 : 1, shiftKey);
  } else if (key === "?" && !writing && !command) openShortcuts();
  else if (key === "Escape" && !writing && !anyDialogOpen()) {
    composeBox()?.focus();
  } else if (key in PAGES && target === document.body) {
    const main = document.querySelector(".room-main > .timeline");
    if (main) scrollRoom(main, PAGES[key]);
  } else {
    if (isTyped(event)) composeBox()?.focus();
    return;
  }
  event.preventDefault();
}

const composeBox = () => document.querySelector(".compose textarea");

/** A letter for nobody: it belongs into the compose box, where it goes by its own way. */
function isTyped({ key, ctrlKey, metaKey, altKey, isComposing, target }) {
  if ([...key].length !== 1 || key === " " || ctrlKey || metaKey || altKey || isComposing) {
    return false;
  }
  return !target.matches?.("input, textarea, select, audio, video") && !anyDialogOpen()
    && !document.querySelector(":popover-open");
}

function openSearch() {
  if (anyDialogOpen()) return;
  const box = document.querySelector(".search .seek");
  if (box) box.select();
  else go(searchLink(""));
}

function step(by, unreadOnly) {
  const { favorites, rooms, direct } = sections();
  const all = [...favorites, ...rooms, ...direct];
  const here = all.findIndex((room) => room.name === state.place.room);
  const fits = (room) => room.name === state.place.room || !unreadOnly || isUnread(room);
  for (let at = here + by; at >= 0 && at < all.length; at += by) {
    if (fits(all[at])) return goToRoom(all[at].name);
  }
  return here < 0 && all.length ? goToRoom(all[0].name) : go(location.hash);
}
