// How far a room was read: where its unread line stands, and marking what was seen.

import { markRead } from "../../acts/rooms.js";
import { isHeldBack, release } from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { isWatched } from "../../state/view.js";

const READ_AFTER = 250;

export function reading(name, scroller, list) {
  // The read mark that the line stands after, or null without a line. It stays where it was
  // when the room was opened, while the mark itself moves on.
  release(name);
  let from = markOf(name, false);
  let timer = 0;

  function read() {
    if (!isWatched() || list.getAttribute("aria-busy") === "true") return;
    const { bottom } = scroller.getBoundingClientRect();
    const seen = [...list.children].findLast((row) => (
      row.dataset.seq && row.getBoundingClientRect().top < bottom - 8));
    if (seen) markRead(name, Number(seen.dataset.seq));
  }

  return {
    read,
    get from() {
      const read = markOf(name, true);
      if (isHeldBack(name) && (from === null || read < from)) from = read;
      return from;
    },
    /** The seq of the message that the line stands before, if somebody else wrote it; else 0. */
    lineBefore(items) {
      if (from === null) return 0;
      const first = items.find((message) => message.seq > from);
      const isThere = first?.seq === from + 1 && first.sender !== state.me.name;
      return isThere ? first.seq : 0;
    },
    moveLine() {
      from = markOf(name, true);
    },
    readSoon() {
      clearTimeout(timer);
      timer = setTimeout(read, READ_AFTER);
    },
    close() {
      read();
      clearTimeout(timer);
    },
  };
}

function markOf(name, always) {
  const room = state.rooms.get(name);
  return room && (always || room.unread > 0) ? room.read : null;
}
