// The dialog that shows the shortcuts and the marks.

import { openDialog } from "../../ui/dialog.js";
import { el } from "../../ui/el.js";
import { openPopover } from "../../ui/popover.js";
import { anyDialogOpen } from "./doors.js";

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
    ["Page Up / Page Down", "Scroll the room"],
    ["Shift Tab", "To the messages"],
  ]],
  ["In a call", [
    ["M", "Mute the microphone, or not"],
    ["V", "The camera off, or on"],
    ["Esc", "Show less of it"],
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

const marks = () => MARKDOWN.map((mark) => [el("code", {}, mark), " "]);

/** The marks alone, beside the control that asks for them. */
export function marksAt(anchor) {
  const all = { type: "button", class: "quiet", autofocus: true, onclick: () => {
    close();
    helpDialog();
  } };
  const content = el("div", { class: "shortcuts-marks beside" },
    el("p", {}, marks()), el("button", all, "All shortcuts"));
  const close = openPopover(anchor, content, { label: "How to write bold, code and lists" });
  content.querySelector("button").focus();
}

export function helpDialog() {
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
        marks()),
    ],
  });
}
