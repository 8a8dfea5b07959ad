// The timeline: a window on the room's log. It keeps its place while messages come and go,
// loads more at its ends, and marks as read what was seen.

import { loadNewer, loadNewest, loadOlder, openLog } from "../../acts/history.js";
import { markRead } from "../../acts/rooms.js";
import { waiting } from "../../line/outbox.js";
import { isHeldBack, release } from "../../state/rooms.js";
import { state, watch } from "../../state/state.js";
import { isWatched } from "../../state/view.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { toast } from "../../ui/toast.js";
import { actionsFor } from "../message/actions.js";
import { beginning, Rows } from "./rows.js";

const NEAR_END = 24;
const LINE_BELOW = 64;
const READ_AFTER = 250;
const SCREENFUL = 30; // messages that a room shows first
const REST_AFTER = 50; // ms; what is out of sight is drawn when the rest is on the screen

const pill = (kind, onclick) =>
  el("button", { type: "button", class: `pill ${kind}`, onclick, hidden: true });

export function timeline(name, { seq, compose }) {
  const list = el("ol", { class: "messages", "aria-label": "Messages", "aria-busy": "true" });
  const note = el("div", { class: "timeline-note" });
  const scroller = el("div", { class: "scroller", tabindex: "-1" }, note, list);
  const down = pill("to-newest", toNewest);
  const up = pill("to-unread", toUnread);
  const element = el("div", { class: "timeline" }, scroller, up, down);
  const rows = new Rows(list, jump);
  const actions = actionsFor(list, rows, compose);
  const mark = reading(name, scroller, list);

  let aim = seq || null;
  let stuck = true;
  let placed = false;
  let [asked, moves] = [0, 0];
  let rest = 0; // the timer for what is out of sight
  const log = () => state.logs.get(name);

  function draw() {
    const now = log();
    const anchor = stuck || !placed ? null : firstVisible();
    const before = anchor?.getBoundingClientRect().top;
    fill(note, beginning(state.rooms.get(name), now, aim));
    list.setAttribute("aria-busy", String(!now?.ready));
    if (!now?.ready) return;
    const line = mark.lineBefore(now.items);
    const items = placed ? now.items : firstSeen(now, line);
    const ids = new Set(now.items.filter((message) => message.id).map((message) => message.id));
    const sends = waiting(name).filter((entry) => !ids.has(entry.id));
    const pending = now.hasNewer ? [] : sends.map((entry) => ({
      ...entry, sender: state.me.name, created_at: new Date(entry.at).toISOString(),
    }));
    follow(sends);
    rows.draw([...items, ...pending], line);
    actions.refresh();
    if (!placed) place(now);
    else if (stuck && !now.hasNewer) toEnd();
    else if (anchor?.isConnected) {
      scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    }
    if (items.length === now.items.length) return settle();
    list.setAttribute("aria-busy", "true");
    clearTimeout(rest);
    rest = setTimeout(draw, REST_AFTER);
  }

  /** Of a room that opens at its end, what fits on the screen: at once, whatever else there is. */
  function firstSeen({ items, hasNewer }, line) {
    const seen = items.slice(-SCREENFUL);
    return aim || hasNewer || (line && line < seen[0].seq) ? items : seen;
  }

  /** Who sends wants to see it: go to the end, wherever they were reading. */
  function follow(sends) {
    const newest = sends.at(-1)?.at ?? 0;
    if (newest <= asked) return;
    asked = newest;
    if (!placed) return;
    stuck = true;
    if (log().hasNewer) toNewest();
  }

  function place(now) {
    // Nothing can be scrolled to before it is in the page.
    if (!element.isConnected || (aim && now.loading && !rows.row(aim))) return;
    placed = true;
    if (aim && !rows.row(aim)) {
      aim = null;
      toast("There is no such message in this room.");
    }
    const line = list.querySelector(".unread-line");
    if (aim) return void jumpTo(aim);
    if (!now.hasNewer) toEnd();
    if (!line) return;
    const above = line.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    if (now.hasNewer || above < LINE_BELOW) scroller.scrollTop += above - LINE_BELOW;
  }

  function jump(to) {
    aim = to;
    stuck = false;
    moves += 1;
    openLog(name, to);
    if (log()?.get(to)) jumpTo(to);
    else placed = false;
  }

  function jumpTo(to) {
    const row = rows.row(to);
    aim = null;
    row.scrollIntoView({ block: "center" });
    row.classList.remove("aimed");
    row.getBoundingClientRect();
    row.classList.add("aimed");
    row.focus({ preventScroll: true });
    stuck = false;
  }

  const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; };

  async function toNewest() {
    moves += 1;
    const move = moves;
    if (log()?.hasNewer) await loadNewest(name);
    if (move !== moves) return;
    stuck = true; // Not before: to scroll meanwhile is to leave the end of what is here.
    toEnd();
  }

  function toUnread() {
    const line = list.querySelector(".unread-line");
    if (line) line.scrollIntoView({ block: "center" });
    else if (mark.from !== null) jump(mark.from + 1);
  }

  function firstVisible() {
    const { top } = scroller.getBoundingClientRect();
    return [...list.children].find((row) => row.getBoundingClientRect().bottom > top);
  }

  /** After drawing or scrolling: what the end, the reader and the pills need. */
  function settle() {
    const now = log();
    if (!now?.ready || !placed) return;
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    stuck = below < NEAR_END && !now.hasNewer;
    now.following = stuck;
    // While only a screenful is drawn, its upper end is not the log's.
    const isWhole = list.getAttribute("aria-busy") === "false";
    if (isWhole && !now.failed && scroller.scrollTop < scroller.clientHeight) loadOlder(now);
    if (!now.failed && below < scroller.clientHeight) loadNewer(now);
    drawPills(below, now);
    actions.place();
    mark.readSoon();
  }

  function drawPills(below, now) {
    const room = state.rooms.get(name);
    down.hidden = stuck || (below < scroller.clientHeight / 2 && !now.hasNewer);
    if (!down.hidden) {
      fill(down, icon("down"), room?.unread > 0 ? `${room.unread} new` : "Newest");
    }
    const line = list.querySelector(".unread-line");
    const above = line
      ? line.getBoundingClientRect().bottom < scroller.getBoundingClientRect().top
      : mark.from !== null && now.first > mark.from + 1;
    up.hidden = !above;
    if (above) fill(up, icon("up"), "First unread");
  }

  function comeBack() {
    if (isWatched()) settle();
    else if (stuck) mark.moveLine();
  }

  const stop = watch([`log:${name}`, "users", "outbox"], draw);
  const keep = () => (stuck ? toEnd() : settle());
  const resized = new ResizeObserver(() => (placed ? keep() : draw()));
  resized.observe(scroller);
  resized.observe(list); // Parts that are loaded later grow when they come.
  scroller.addEventListener("scroll", settle, { passive: true });
  addEventListener("focus", comeBack);
  addEventListener("blur", comeBack);
  document.addEventListener("visibilitychange", comeBack);
  draw();

  function close() {
    clearTimeout(rest);
    mark.close();
    resized.disconnect();
    removeEventListener("focus", comeBack);
    removeEventListener("blur", comeBack);
    document.removeEventListener("visibilitychange", comeBack);
    stop();
  }
  return { element, close, jump };
}

/** How far the room was read: where its unread line stands, and marking what was seen. */
function reading(name, scroller, list) {
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
