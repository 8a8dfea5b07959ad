// What can be done with a message: by a bar beside it, by keys, and on a phone by a sheet.

import { isEditable, pin, react, remove, unpin } from "../../acts/messages.js";
import { markUnread } from "../../acts/rooms.js";
import { hasLine } from "../../line/socket.js";
import { mayManage, plain, plainSender } from "../../state/people.js";
import { state } from "../../state/state.js";
import { roomLink } from "../../state/view.js";
import { recentEmoji } from "../../text/emoji.js";
import { gist } from "../../text/words.js";
import { copy } from "../../ui/copy.js";
import { confirmDialog, openDialog } from "../../ui/dialog.js";
import { el } from "../../ui/el.js";
import { icon, iconButton } from "../../ui/icons.js";
import { openMenu } from "../../ui/popover.js";
import { openCard, openPicker } from "../shell/doors.js";

const QUICK = 2;
const QUICK_ON_SHEET = 6;

/** Use one of the keys that act on a message. */
export const pressKey = (key, ...about) => KEYS[key](...about);

const KEYS = {
  r: (message, bar, compose) => isOpen(message) && compose.reply(message),
  e: (message, bar, compose) => mayEdit(message) && compose.edit(message),
  "+": (message, bar) => bar.querySelector(".pick")?.click(),
  Delete: (message) => mayRemove(message) && removeOrAsk(message),
};

const isMine = ({ sender }) => sender === state.me.name;
const isOpen = ({ room }) => !state.rooms.get(room)?.archived;
const hasCard = ({ via, sender }) => !via && state.users.has(sender);

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

export function controls(message, compose) {
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

const button = (drawing, label, act, more = "") => (
  iconButton(drawing, label, act, { class: more, "data-key": label }));

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
export function openSheet(message, compose) {
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
