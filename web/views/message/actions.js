// What can be done with the message under the pointer or the keyboard: one bar that moves to it.

import { isEditable, pin, react, remove, removalKey, unpin } from "../../acts/messages.js";
import { markUnread } from "../../acts/rooms.js";
import { hasLine } from "../../line/socket.js";
import { mayManage, plain, plainSender } from "../../state/people.js";
import { state } from "../../state/state.js";
import { roomLink } from "../../state/view.js";
import { recentEmoji } from "../../text/emoji.js";
import { copy } from "../../ui/copy.js";
import { confirmDialog, openDialog } from "../../ui/dialog.js";
import { el, fill, keepingFocus } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { openMenu } from "../../ui/popover.js";
import { openPicker } from "../shell/doors.js";
import { openCard, openCards } from "../people/card.js";
import { gist } from "./files.js";

const QUICK = 2;
const QUICK_ON_SHEET = 6;
const ACTIVE = "a, button, audio, video, pre, input";

export function actionsFor(list, rows, compose) {
  const bar = el("div", { class: "actions", role: "group", "aria-label": "Message actions" });
  let row = null;
  // The row that the keyboard is on, if it was reached by keyboard: a click arms no keys.
  let armed = null;

  // How the list was last touched: a finger gets a sheet with words, not the bar.
  let finger = null;

  openCards(list);

  const isBusy = () => bar.querySelector("[aria-expanded=true]") !== null;
  const rowOf = (target) => target.closest?.(".messages > li");

  function show(element) {
    const message = element && rows.message(element);
    if (!message || !message.seq || isGone(message)) return hide();
    if (row === element && bar.isConnected && bar.look === lookOf(message)) return undefined;
    bar.look = lookOf(message);
    keepingFocus(bar, () => fill(bar, controls(message, compose)));
    row = element;
    if (bar.parentNode !== element) element.append(bar);
    bar.style.top = `${element.querySelector(".message-main").offsetTop}px`;
    return undefined;
  }

  function hide() {
    if (isBusy() || (row === null && !bar.isConnected)) return;
    row = null;
    // The focus first: to lose it in the middle of a removal would end up here once more.
    if (bar.contains(document.activeElement)) document.activeElement.blur();
    bar.remove();
  }

  list.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType === "mouse" && !isBusy()) show(rowOf(target));
  });
  list.addEventListener("pointerdown", ({ pointerType }) => {
    const isWriting = document.activeElement?.matches("textarea");
    finger = pointerType === "touch" ? { isWriting } : null;
  });
  list.addEventListener("click", ({ target }) => {
    const element = rowOf(target);
    // The first tap beside the keyboard only closes it; links and buttons do what they do.
    if (!element || !finger || finger.isWriting || target.closest(ACTIVE)) return;
    const message = rows.message(element);
    const isSelecting = !getSelection().isCollapsed;
    if (message?.seq && !isGone(message) && !isSelecting) openSheet(message, compose);
  });
  list.addEventListener("keydown", () => { finger = null; }, { capture: true });
  list.addEventListener("pointerleave", ({ pointerType }) => {
    if (pointerType === "mouse" && !bar.contains(document.activeElement)) hide();
  });
  list.addEventListener("focusin", ({ target }) => {
    armed = target === rowOf(target) && target.matches(":focus-visible") ? target : null;
    if (!finger) show(rowOf(target));
  });
  list.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (!list.contains(relatedTarget) && target.isConnected) hide();
  });
  list.addEventListener("keydown", (event) => {
    if (event.target === rowOf(event.target)) press(event, event.target === armed);
  });

  function press(event, isArmed) {
    const element = rowOf(event.target);
    const message = rows.message(element);
    const steps = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" };
    if (event.key in steps) element[steps[event.key]]?.focus();
    else if (event.key === "Escape") compose.focus();
    else if (event.metaKey || event.ctrlKey || event.altKey || !bar.isConnected) return;
    else if (!isArmed || !(event.key in KEYS)) return;
    else KEYS[event.key](message, bar, compose);
    event.preventDefault();
  }

  /** After a drawing: the message may look different, or be gone. */
  function refresh() {
    if (row && !row.isConnected) hide();
    else if (row) show(row);
    const last = list.lastElementChild;
    for (const one of list.querySelectorAll(":scope > [tabindex='0']")) one.tabIndex = -1;
    const reachable = list.contains(document.activeElement) ? rowOf(document.activeElement) : last;
    if (reachable) reachable.tabIndex = 0;
  }

  return { refresh };
}

const KEYS = {
  r: (message, bar, compose) => isOpen(message) && compose.reply(message),
  e: (message, bar, compose) => mayEdit(message) && compose.edit(message),
  "+": (message, bar) => bar.querySelector(".pick")?.click(),
  Delete: (message) => mayRemove(message) && removeOrAsk(message),
};

const isMine = ({ sender }) => sender === state.me.name;
const isOpen = ({ room }) => !state.rooms.get(room)?.archived;
const hasCard = ({ via, sender }) => !via && state.users.has(sender);
const isGone = (message) => message.deleted || state.undoing.has(removalKey(message));
const lookOf = ({ room, seq, rev }) => `${room}/${seq}/${rev}/${hasLine()}`;

const mayEdit = (message) => isOpen(message) && isEditable(message);

function mayRemove(message) {
  const goesOn = message.call && !message.call.ended_at;
  return !goesOn && isOpen(message) && (isMine(message) || mayManage(state.rooms.get(message.room)));
}

/** One's own can be brought back for a moment; for another person's words that is no protection. */
function removeOrAsk(message) {
  if (isMine(message)) {
    remove(message);
    return;
  }
  confirmDialog({
    title: "Delete this message?",
    text: `${plainSender(message)} wrote: ${plain(gist(message).slice(0, 200))}`,
    action: "Delete",
    act: () => remove(message),
  });
}

function controls(message, compose) {
  const open = isOpen(message);
  // A reaction does not wait for the line as a message does.
  const isLive = open && hasLine();
  return [
    isLive && recentEmoji(QUICK).map((emoji) => el("button", {
      type: "button", class: "icon-button quick", "aria-label": `React with ${emoji}`,
      "data-key": emoji,
      onclick: () => react(message, emoji),
    }, el("span", { class: "emoji" }, emoji))),
    isLive && button("smile", "Add a reaction", ({ currentTarget }) => openPicker(
      currentTarget, (emoji) => react(message, emoji),
    ), "pick"),
    open && button("reply", "Reply", () => compose.reply(message)),
    mayEdit(message) && button("pencil", "Edit", () => compose.edit(message)),
    button("dots", "More", ({ currentTarget }) => more(currentTarget, message)),
  ].flat();
}

function button(drawing, label, act, extra = "") {
  return el("button", {
    type: "button", class: `icon-button ${extra}`, "aria-label": label, title: label,
    "data-key": label, onclick: act,
  }, icon(drawing));
}

function more(anchor, message) {
  openMenu(anchor, "More", lesser(message, anchor));
}

function lesser(message, anchor) {
  const link = new URL(roomLink(message.room, message.seq), document.baseURI).href;
  return [
    message.text && { text: "Copy text", mark: icon("copy"), act: () => copy(message.text) },
    { text: "Copy link", mark: icon("link"), act: () => copy(link) },
    anchor && hasCard(message) && {
      text: `About ${plainSender(message)}`, mark: icon("person"),
      act: () => openCard(anchor, message.sender),
    },
    isOpen(message) && (message.pinned
      ? { text: "Unpin", mark: icon("pin"), act: () => unpin(message) }
      : { text: "Pin", mark: icon("pin"), act: () => pin(message) }),
    { text: "Mark unread from here", mark: icon("down"), act: () => markUnread(message) },
    mayRemove(message) && {
      text: "Delete", mark: icon("trash"), danger: true, act: () => removeOrAsk(message),
    },
  ].filter(Boolean);
}

/** All that can be done with a message, in words, at the lower edge where a thumb is. */
function openSheet(message, compose) {
  const open = isOpen(message);
  const greater = [
    open && { text: "Reply", mark: icon("reply"), act: () => compose.reply(message) },
    mayEdit(message) && { text: "Edit", mark: icon("pencil"), act: () => compose.edit(message) },
  ].filter(Boolean);
  openDialog({
    title: "Message",
    className: "sheet",
    body: (close) => {
      const then = (act) => () => {
        close();
        act();
      };
      const quick = recentEmoji(QUICK_ON_SHEET).map((emoji) => el("button", {
        type: "button", class: "icon-button", "aria-label": `React with ${emoji}`,
        onclick: then(() => react(message, emoji)),
      }, el("span", { class: "emoji" }, emoji)));
      const pick = ({ currentTarget }) => openPicker(currentTarget, (emoji) => {
        close();
        react(message, emoji);
      });
      return [
        open && hasLine() && el("div", { class: "sheet-quick" }, quick, button("smile", "Add a reaction", pick)),
        el("div", { class: "menu" }, [...greater, ...lesser(message)].map((item) => el("button", {
          type: "button", class: item.danger ? "danger-text" : "", onclick: then(item.act),
        }, item.mark, item.text))),
      ];
    },
  });
}
