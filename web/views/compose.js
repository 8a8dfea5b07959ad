// The compose box: writing, answering and editing, in one place.

import { edit, remove, sayTyping, stopTyping } from "../acts/messages.js";
import { send } from "../line/outbox.js";
import { draft, keepDraft } from "../state/drafts.js";
import { senderName } from "../state/people.js";
import { plainTitle } from "../state/rooms.js";
import { state } from "../state/state.js";
import { el, fill } from "../ui/el.js";
import { closeButton } from "../ui/dialog.js";
import { icon } from "../ui/icons.js";
import { toast } from "../ui/toast.js";
import { completion } from "./complete.js";
import { openPicker } from "./picker.js";

const LONGEST = 8_000;
const WARN_BELOW = 500;

export function compose(name) {
  const box = el("textarea", {
    rows: 1, dir: "auto", "aria-label": `Message ${plainTitle(state.rooms.get(name))}`,
    placeholder: `Message ${plainTitle(state.rooms.get(name))}`, enterkeyhint: "enter",
  });
  const counter = el("output", { class: "counter", hidden: true });
  const sendButton = el("button", {
    type: "submit", class: "icon-button send", "aria-label": "Send",
  }, icon("send"));
  const about = el("div", { class: "compose-about", hidden: true });
  const pickButton = el("button", {
    type: "button", class: "icon-button", "aria-label": "Emoji",
    onclick: () => openPicker(pickButton, insert),
  }, icon("smile"));
  const list = el("div", { class: "completion", hidden: true });
  const element = el("form", { class: "compose", onsubmit: submit },
    list, about, el("div", { class: "compose-box" }, box, counter, pickButton, sendButton));
  const complete = completion(box, list, name);

  // Either of them, or none: the message being answered, or the one being edited.
  let answering = null;
  let editing = null;

  box.value = draft(name);
  box.addEventListener("input", changedText);
  box.addEventListener("keydown", press);
  queueMicrotask(fit);

  function changedText() {
    fit();
    if (editing) return;
    keepDraft(name, box.value);
    if (box.value.trim()) sayTyping(name);
  }

  function fit() {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
    const left = (state.limits.text ?? LONGEST) - [...box.value].length;
    counter.hidden = left >= WARN_BELOW;
    counter.value = String(left);
    counter.classList.toggle("over", left < 0);
    sendButton.disabled = left < 0 || !box.value.trim();
  }

  function press(event) {
    if (event.isComposing || complete.press(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
      submit(event);
    } else if (event.key === "ArrowUp" && !box.value && !answering && !editing) {
      const last = lastOwn(name);
      if (last) {
        event.preventDefault();
        editMessage(last);
      }
    } else if (event.key === "Escape" && (answering || editing)) {
      event.stopPropagation();
      setAside();
    }
  }

  function submit(event) {
    event.preventDefault();
    if (sendButton.disabled && !(editing && !box.value.trim())) return;
    const text = box.value.trim();
    if (editing) finishEdit(editing, text);
    else send(name, text, answering?.seq);
    stopTyping();
    if (!editing) keepDraft(name, "");
    setAside();
    box.focus();
  }

  function finishEdit(message, text) {
    if (!text) return remove(message);
    if (text === message.text) return undefined;
    return edit(message, text).catch((refusal) => {
      toast(refusal.message, { label: "Edit again", act: () => editMessage(message, text) });
    });
  }

  /** Neither answering nor editing any more; the draft is back. */
  function setAside() {
    answering = null;
    editing = null;
    about.hidden = true;
    write(draft(name));
  }

  function write(text) {
    box.value = text;
    fit();
  }

  function tell(words) {
    fill(about, words, closeButton(() => {
      setAside();
      box.focus();
    }, "Cancel"));
    about.hidden = false;
    box.focus();
  }

  function reply(message) {
    if (editing) setAside();
    answering = message;
    tell([icon("reply"), el("p", {}, "Answering ", el("bdi", { class: "sender" },
      senderName(message)), " ", el("bdi", {}, message.text.slice(0, 200)))]);
  }

  function editMessage(message, text = message.text) {
    answering = null;
    editing = message;
    write(text);
    tell([icon("pencil"), el("p", {}, "Editing your message")]);
    box.setSelectionRange(text.length, text.length);
  }

  function insert(text) {
    box.focus();
    box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    changedText();
  }

  return { element, close: stopTyping, reply, edit: editMessage, focus: () => box.focus() };
}

function lastOwn(name) {
  const items = state.logs.get(name)?.items ?? [];
  return items.findLast((message) => message.sender === state.me.name && !message.deleted);
}
