// One message as a row of the timeline.

import { quoted } from "../../acts/history.js";
import { react, removalKey } from "../../acts/messages.js";
import { discard, retry } from "../../line/outbox.js";
import {
  isFromProgram, mentionsMe, pictureOf, plain, plainName, plainSender, senderName,
} from "../../state/people.js";
import { state } from "../../state/state.js";
import { roomLink } from "../../state/view.js";
import { clockTime, dayName, fullTime, shortClock } from "../../text/time.js";
import { gist } from "../../text/words.js";
import { botTag, faceOf, personLink } from "../../ui/avatar.js";
import { el } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { later, withLater } from "../../ui/toast.js";
import { openPicker } from "../shell/doors.js";
import { attachments, messageText } from "./content.js";

const loadCard = () => import("../call/card.js");

/** All that a row's look depends on; a row is drawn again when this differs. */
export function look(message, { opens, day, unread }) {
  const quote = message.reply_to && quoted(message.room, message.reply_to);
  return [
    message.seq ?? "pending", message.rev, message.fault, opens, day, unread, quote?.rev,
    senderName(message), isFromProgram(message), quote && senderName(quote),
    pictureOf(message.sender), state.undoing.has(removalKey(message)), isEdited(message),
  ].join("|");
}

export function drawMessage(row, message, { opens, day, unread, jump }) {
  const { seq, room } = message;
  const removed = message.deleted || state.undoing.has(removalKey(message));
  row.className = ["message", opens && "opens", !seq && "pending", message.fault && "failed",
    removed && "removed", !removed && callsMe(message) && "calls", isEdited(message) && "editing"].filter(Boolean).join(" ");
  row.setAttribute("aria-label", label(message, removed));
  if (seq) row.dataset.seq = seq;
  return [
    day && el("p", { class: "day" }, el("span", {}, dayName(message.created_at))),
    unread && el("p", { class: "unread-line" }, el("span", {}, "New")),
    el("div", { class: "message-main" },
      message.reply_to && !removed && quote(room, message.reply_to, jump),
      el("div", { class: "message-line" },
        el("div", { class: "gutter" }, opens ? face(message) : stamp(message, shortClock)),
        el("div", { class: "message-words" },
          opens && el("p", { class: "message-head" },
            nameOf(message), isFromProgram(message) && botTag(), stamp(message)),
          removed ? el("p", { class: "tombstone" }, "Message deleted") : whole(message)))),
  ];
}

/** Who speaks, as a way to their card; a hook has a name, and nobody behind it to write to. */
function nameOf(message) {
  const name = el("bdi", {}, senderName(message));
  if (message.via) return el("span", { class: "sender" }, name);
  return personLink(message.sender, { class: "sender" }, name);
}

function face(message) {
  if (message.via) return faceOf(message);
  return personLink(message.sender, { class: "face", "aria-hidden": "true" }, faceOf(message));
}

function whole(message) {
  const { edited_at: edited, fault } = message;
  return [
    message.call ? later(loadCard, ({ callCard }) => callCard(message))
      : message.text && messageText(message, edited && el("small", {
      class: "edited", title: fullTime(edited),
    }, " edited")),
    attachments(message),
    reactions(message),
    signs(message),
    fault && failure(message),
  ];
}

function label(message, removed) {
  const { created_at: time, seq } = message;
  const words = removed ? "Message deleted" : plain(gist(message).slice(0, 300));
  return `${plainSender(message)}, ${seq ? clockTime(time) : "sending"}: ${words}`;
}

const callsMe = (message) => message.sender !== state.me.name && mentionsMe(message);
const isEdited = ({ room, seq }) => seq && state.editing === `${room}/${seq}`;

function stamp({ seq, room, created_at: time }, words = clockTime) {
  if (!seq && words !== clockTime) return el("span", { class: "stamp waiting" }, icon("clock"));
  if (!seq) return el("span", { class: "stamp" }, icon("clock"), "sending…");
  const place = { href: roomLink(room, seq), title: fullTime(time), tabindex: "-1" };
  return el("a", { class: "stamp", ...place },
    el("time", { datetime: time }, words(time)));
}

function quote(room, seq, jump) {
  const original = quoted(room, seq);
  const press = (event) => {
    event.preventDefault();
    jump(seq);
  };
  const known = original && gist(original).slice(0, 200);
  const words = original?.deleted ? "Message deleted" : known ?? "…";
  return el("a", { class: "quote", href: roomLink(room, seq), onclick: press },
    el("bdi", { class: "sender" }, original ? senderName(original) : ""),
    el("bdi", { class: "quote-words" }, words));
}

function reactions(message) {
  const kinds = Object.entries(message.reactions ?? {}).filter(([, names]) => names.length);
  if (kinds.length === 0) return null;
  const list = kinds.map(([emoji, names]) => {
    const mine = names.includes(state.me.name);
    const people = names.map(plainName).join(", ");
    return el("li", {}, el("button", {
      type: "button", class: "reaction", "aria-pressed": String(mine), title: people,
      "aria-label": `${emoji} ${names.length}: ${people}`,
      onclick: () => react(message, emoji),
    }, el("span", { class: "emoji" }, emoji), el("span", {}, String(names.length))));
  });
  return el("ul", { class: "reactions", "aria-label": "Reactions" }, list,
    !state.rooms.get(message.room)?.archived && el("li", {}, el("button", {
      type: "button", class: "another", "aria-label": "Another reaction",
      title: "Another reaction",
      onclick: ({ currentTarget }) => openPicker(currentTarget, (emoji) => react(message, emoji)),
    }, icon("plus"))));
}

/** What others did with it: how many answers there are, and that it is pinned. */
function signs(message) {
  const { answers, pinned } = message;
  if (!answers && !pinned) return null;
  const open = () => withLater(() => import("./listed.js"), ({ openAnswers }) => (
    openAnswers(message)));
  return el("p", { class: "signs" },
    answers && el("button", { type: "button", class: "quiet", onclick: open, "aria-haspopup": "dialog" },
      icon("reply"), answers === 1 ? "1 answer" : `${answers} answers`),
    pinned && el("span", { class: "pinned", title: `Pinned by ${plainName(pinned.by)}` },
      icon("pin"), "Pinned"));
}

function failure({ id, fault }) {
  return el("p", { class: "failure", role: "alert" },
    el("span", {}, `Not sent. ${fault}`),
    el("button", { type: "button", class: "quiet", onclick: () => retry(id) }, "Try again"),
    el("button", { type: "button", class: "quiet", onclick: () => discard(id) }, "Discard"));
}
