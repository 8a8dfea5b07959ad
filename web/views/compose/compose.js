// The compose box: writing, answering and editing, in one place.

import { edit, lastOwn, remove, sayTyping, stopTyping } from "../../acts/messages.js";
import { draft, draftFiles, keepDraft, send } from "../../line/outbox.js";
import { senderName } from "../../state/people.js";
import { plainTitle } from "../../state/rooms.js";
import { changed, state, watch } from "../../state/state.js";
import { gist } from "../../text/words.js";
import { el, fill } from "../../ui/el.js";
import { closeButton, icon, iconButton } from "../../ui/icons.js";
import { toast } from "../../ui/toast.js";
import { openMarks, openPicker, pressMark, pressPage, withUploads } from "../shell/doors.js";

const LONGEST = 8_000;
const WARN_BELOW = 500;
const MARK = /[@#:]/;

export function compose(name) {
  const box = el("textarea", {
    rows: 1, dir: "auto", enterkeyhint: "enter",
  });
  const drawTitle = () => {
    const words = `Message ${plainTitle(state.rooms.get(name))}`;
    box.setAttribute("aria-label", words);
    box.placeholder = words;
  };
  drawTitle();
  const counter = el("output", { class: "counter", hidden: true });
  const sendButton = el("button", {
    type: "submit", class: "icon-button send", "aria-label": "Send", title: "Send",
  }, icon("send"));
  const about = el("div", { class: "compose-about", hidden: true });
  const pickButton = iconButton("smile", "Emoji", () => openPicker(pickButton, insert));
  const marksButton = el("button", {
    type: "button", class: "icon-button aa", "aria-label": "Aa: how to write bold, code and lists",
    title: "Bold, code, lists", onclick: () => openMarks(marksButton),
  }, "Aa");
  const chooser = el("input", {
    type: "file", multiple: true, hidden: true, tabindex: "-1",
    onchange: () => {
      take(chooser.files);
      chooser.value = "";
    },
  });
  const clipButton = iconButton("clip", "Attach files", () => chooser.click());
  const list = el("div", { class: "completion", hidden: true });
  const element = el("form", { class: "compose", onsubmit: submit },
    list, about, chooser, el("div", { class: "compose-box" },
      box, counter, marksButton, clipButton, pickButton, sendButton));
  let complete = null;

  // Either of them, or none: the message being answered, or the one being edited.
  let answering = null;
  let editing = null;
  // What the message takes along, from the first file on.
  let files = null;
  let coming = null; // the code for them, and what was chosen before it was there
  let closed = false;

  box.value = draft(name);
  box.addEventListener("input", changedText);
  box.addEventListener("input", suggest);
  box.addEventListener("keydown", press);
  box.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length === 0 || bringsText(event.clipboardData)) return;
    event.preventDefault();
    take(event.clipboardData.files);
  });
  const stops = [
    watch([`room:${name}`, "users"], () => state.rooms.has(name) && drawTitle()),
    watch([`sent:${name}`], () => editing || setAside()),
  ];
  if (state.uploads.get(name)?.length || draftFiles(name).length) showFiles();
  queueMicrotask(fit);

  function showFiles(chosen = []) {
    const all = withUploads(({ attach, uploadsFor }) => {
      if (chosen.length > 0) attach(name, chosen);
      if (closed || files) return;
      files = uploadsFor(name, { onchange: fit, focus: () => box.focus() });
      chooser.before(...files.elements);
      files.changed();
    }).then(() => { if (coming === all) coming = null; });
    coming = all;
  }

  function take(given) {
    const taken = [...given]; // the list itself is emptied with what it came from
    if (editing) setAside();
    showFiles(taken);
    box.focus();
  }

  function changedText() {
    fit();
    if (editing) return;
    keepDraft(name, box.value);
    if (box.value.trim()) sayTyping(name);
  }

  function fit() {
    // An empty box is one line high, however long the title in its placeholder is.
    box.style.height = "auto";
    if (box.value) box.style.height = `${box.scrollHeight}px`;
    const left = (state.limits.text ?? LONGEST) - [...box.value].length;
    counter.hidden = left >= WARN_BELOW;
    counter.value = left < 0 ? `${-left} over` : String(left);
    counter.classList.toggle("over", left < 0);
    sendButton.disabled = left < 0 || !(box.value.trim() || (!editing && files?.brings()));
    sendButton.classList.toggle("due", state.due.has(name));
  }

  /** The code of suggestions comes with the first letter that may want some. */
  async function suggest() {
    if (!MARK.test(box.value)) return;
    box.removeEventListener("input", suggest);
    const { completion } = await import("./complete.js").catch(() => ({}));
    if (completion) complete = completion(box, list, name);
    else box.addEventListener("input", suggest);
  }

  function press(event) {
    if (event.isComposing || complete?.press(event) || pressMark(box, event)) return;
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
    } else if (!box.value && pressPage(event.key)) {
      event.preventDefault();
    } else if (event.key === "Tab" && event.shiftKey && about.hidden && !files?.isShown()) {
      if (toMessages(element)) event.preventDefault();
    }
  }

  function submit(event) {
    event?.preventDefault();
    if (counter.classList.contains("over")) {
      toast(`Too long: ${counter.value} the limit.`);
      return;
    }
    if (sendButton.disabled && !(editing && !box.value.trim())) return;
    const text = box.value.trim();
    const answers = answering?.seq;
    if (!editing && coming) {
      coming.then(() => withUploads(({ sendWhenThere }) => sendWhenThere(name, answers)));
      return;
    }
    if (!editing && files?.waits(answers)) return;
    if (editing) finishEdit(editing, text);
    else send(name, text, answers, files?.take());
    stopTyping();
    if (!editing) keepDraft(name, "");
    setAside();
    box.focus();
  }

  function finishEdit(message, text) {
    if (!text && !message.files) return remove(message);
    if (text === message.text) return undefined;
    return edit(message, text).catch((refusal) => {
      toast(refusal.message, { label: "Edit again", act: () => editMessage(message, text) });
    });
  }

  /** Neither answering nor editing any more; the draft is back. */
  function setAside() {
    answering = null;
    markEdited(null);
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
      senderName(message)), " ", el("bdi", {}, gist(message).slice(0, 200)))]);
  }

  function editMessage(message, text = message.text) {
    answering = null;
    markEdited(message);
    write(text);
    tell([icon("pencil"), el("p", {}, "Editing your message")]);
    box.setSelectionRange(text.length, text.length);
  }

  /** The message under edit is marked in the room, too. */
  function markEdited(message) {
    const was = editing;
    editing = message;
    state.editing = message ? `${name}/${message.seq}` : "";
    if (was !== message) changed(`log:${name}`);
  }

  function insert(text) {
    box.focus();
    box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    changedText();
  }

  const close = () => {
    closed = true;
    files?.close();
    markEdited(null);
    for (const stop of stops) stop();
    stopTyping();
  };
  return {
    element, close, reply, edit: editMessage, attach: take, focus: () => box.focus(),
  };
}

/** Put the keyboard on the message that it was on last; false if there is none. */
function toMessages(inside) {
  const row = inside.closest(".room-main")?.querySelector(".messages > [tabindex='0']");
  row?.focus();
  return Boolean(row);
}

/** Spreadsheets and word processors bring a picture of the text beside the text itself. */
function bringsText(data) {
  return data.types.includes("text/html") && data.getData("text/plain").trim() !== "";
}
