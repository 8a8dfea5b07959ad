// The rows of a timeline: kept in step with the messages, drawing only what looks different.

import { removalKey } from "../../acts/messages.js";
import { senderName } from "../../state/people.js";
import { state } from "../../state/state.js";
import { dayOf } from "../../text/time.js";
import { el, fill } from "../../ui/el.js";
import { drawMessage, look } from "../message/message.js";

const TOGETHER = 5 * 60_000;

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
