// The rows of a timeline: kept in step with the messages, drawing only what looks different; and
// what stands above them: that more are on their way, could not come, or begin here.

import { tryAgain } from "../../acts/history.js";
import { removalKey } from "../../acts/messages.js";
import { senderName, visible } from "../../state/people.js";
import { isNotes, others, roomIcon, roomTitle } from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { dayOf } from "../../text/time.js";
import { avatarOfMany } from "../../ui/avatar.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { drawMessage, look } from "../message/message.js";

const TOGETHER = 5 * 60_000;
const NOT_KEPT = "These messages are not kept in this browser; they come with the line.";
const KINDS = { public: "the room", private: "the private room" };

export class Rows {
  #rows = new Map();
  #jump;

  constructor(list, jump) {
    this.list = list;
    this.#jump = jump;
  }

  row(seq) {
    return this.#rows.get(seq)?.element;
  }

  /** Show these messages, with a line before the first unread one. */
  draw(messages, unreadFrom) {
    const wanted = new Set();
    let previous = null;
    let next = this.list.firstChild;
    for (const message of messages) {
      const unread = message.seq === unreadFrom;
      const parts = {
        unread,
        opens: unread || opens(message, previous),
        day: !previous || dayOf(previous.created_at) !== dayOf(message.created_at),
      };
      const row = this.#keep(message, parts);
      wanted.add(row);
      if (row.element === next) next = next.nextSibling;
      else this.list.insertBefore(row.element, next);
      previous = message;
    }
    for (const [key, row] of this.#rows) {
      if (wanted.has(row)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
  }

  #keep(message, parts) {
    const key = message.seq ?? message.id;
    const row = this.#rows.get(key) ?? this.#adopt(message) ?? this.#make();
    this.#rows.set(key, row);
    row.message = message;
    const seen = look(message, parts);
    if (row.look !== seen) {
      row.look = seen;
      fill(row.body, drawMessage(row.element, message, { ...parts, jump: this.#jump }));
    }
    return row;
  }

  /** The row of a pending send becomes the row of the message it became. */
  #adopt(message) {
    if (!message.seq || message.sender !== state.me.name) return undefined;
    const row = this.#rows.get(message.id);
    this.#rows.delete(message.id);
    return row;
  }

  #make() {
    const body = el("div", { class: "message-body" });
    const element = el("li", { tabindex: "-1" }, body);
    return { element, body };
  }

  message(element) {
    const row = [...this.#rows.values()].find((one) => one.element === element);
    return row?.message;
  }
}

/** Does this message begin anew, with its sender's face and name? */
function opens(message, previous) {
  if (!previous || message.reply_to || previous.sender !== message.sender) return true;
  if (senderName(previous) !== senderName(message)) return true;
  const gone = state.undoing.has(removalKey(previous)) || previous.deleted;
  const apart = new Date(message.created_at) - new Date(previous.created_at);
  return gone || apart > TOGETHER || dayOf(previous.created_at) !== dayOf(message.created_at);
}

export function beginning(room, log, aim) {
  if (log?.failed) {
    return [el("span", {}, log.failed), el("button", {
      type: "button", class: "quiet", onclick: () => tryAgain(log, aim),
    }, "Try again")];
  }
  if (!log?.ready && state.line.status === "away") return el("span", {}, NOT_KEPT);
  if (!log?.ready || log.hasOlder) return el("span", { class: "loading" }, "Loading…");
  if (!room) return null;
  const direct = room.kind === "direct";
  const title = () => el("bdi", {}, roomTitle(room));
  const words = isNotes(room) ? ["These are your notes; nobody else can read them."] : direct
    ? ["This is between you and ", title(), "; nobody else can read it."]
    : [visible(room.topic) || `This is where ${KINDS[room.kind]} begins.`];
  return el("div", { class: "beginning" },
    direct ? avatarOfMany(others(room)) : icon(roomIcon(room)),
    el("p", { class: "beginning-title" }, title()),
    el("p", { dir: "auto" }, words),
    log.items.length === 0 && el("p", {}, "Nothing here yet. Say hello!"));
}
