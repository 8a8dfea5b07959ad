// What a search found: by day, the newest first; each hit is a way to its place in the room.

import { senderName, shown } from "../../state/people.js";
import { others, roomIcon, roomTitle } from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { roomLink } from "../../state/view.js";
import { clockTime, dayName, dayOf, fullTime } from "../../text/time.js";
import { withoutMarks } from "../../text/excerpts.js";
import { gist } from "../../text/words.js";
import { faceOf } from "../../ui/avatar.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";

export class Hits {
  #day = null;
  #list = null;

  /** `leave` is called when the keyboard goes up from the first hit. */
  constructor(leave) {
    this.element = el("div", { class: "hits", onkeydown: (event) => this.#press(event, leave) });
    this.count = 0;
  }

  show(messages) {
    fill(this.element);
    this.#day = null;
    this.count = 0;
    this.#append(messages);
  }

  /** Show more of them, and go on with the keyboard at the first new one. */
  add(messages) {
    const from = this.count;
    this.#append(messages);
    this.#links()[from]?.focus();
  }

  focusFirst() {
    this.#links()[0]?.focus();
  }

  #append(messages) {
    for (const message of messages) {
      const day = dayOf(message.created_at);
      if (day !== this.#day) {
        this.#day = day;
        this.#list = el("ol", {});
        this.element.append(el("section", {},
          el("h2", {}, dayName(message.created_at)), this.#list));
      }
      this.#list.append(el("li", {}, hit(message)));
      this.count += 1;
    }
  }

  #links() {
    return [...this.element.querySelectorAll("a")];
  }

  #press(event, leave) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key !== "Escape" && !(event.key in steps)) return;
    event.preventDefault();
    const links = this.#links();
    const at = links.indexOf(document.activeElement) + (steps[event.key] ?? -links.length);
    if (at < 0) leave();
    else links[at]?.focus();
  }
}

function hit(message) {
  const { room, seq, created_at: time, excerpt } = message;
  return el("a", { class: "hit", href: roomLink(room, seq) },
    faceOf(message),
    el("span", { class: "hit-words" },
      el("span", { class: "hit-head" },
        el("bdi", { class: "sender" }, senderName(message)),
        el("span", { class: "hit-room" }, place(state.rooms.get(room), message)),
        el("time", { datetime: time, title: fullTime(time) }, clockTime(time))),
      el("span", { class: "hit-text", dir: "auto" }, message.text ? marked(excerpt) : gist(message))));
}

const marked = (pieces) => withoutMarks(pieces).map((piece, index) => (
  index % 2 ? el("mark", {}, piece) : piece));

function place(room, message) {
  if (!room) return el("bdi", {}, message.room);
  if (room.kind !== "direct") return [icon(roomIcon(room)), el("bdi", {}, roomTitle(room))];
  const names = others(room);
  if (names.length === 1 && message.sender === names[0]) return "to you";
  return [names.length > 1 ? "with" : "to", el("bdi", {}, names.map(shown).join(", "))];
}
