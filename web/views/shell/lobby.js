// The lobby: what is new, and where to go from here.

import { lastWords } from "../../acts/history.js";
import { loadLasts } from "../../acts/rooms.js";
import { state, watch } from "../../state/state.js";
import { isAlone, senderName, shown } from "../../state/people.js";
import {
  isUnread, lastMessage, myRooms, others, roomIcon, roomTitle,
} from "../../state/rooms.js";
import { roomLink } from "../../state/view.js";
import { briefly } from "../../text/time.js";
import { gist } from "../../text/words.js";
import { avatarOfMany } from "../../ui/avatar.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { withLater } from "../../ui/toast.js";
import { newDirect, newRoom } from "./doors.js";

const MOST = 8;
const NEW = 3 * 86_400_000; // milliseconds since somebody came, in which they are led

export function lobbyView() {
  const list = el("div", { class: "lobby-list" });
  const first = el("div", { class: "first-frame" });
  const direct = way("write", "New message", "Just between you", { onclick: newDirect });
  const element = el("div", { class: "page lobby" },
    el("h1", { tabindex: "-1" }, greeting()),
    first,
    el("div", { class: "lobby-ways" },
      way("compass", "Browse rooms", "Find one to join", { href: "#/browse" }),
      way("plus", "Create a room", "Start a conversation", { onclick: newRoom }),
      direct),
    list);
  let steps = null;
  const offer = () => withLater(() => import("./first.js"), ({ firstSteps }) => {
    if (!first.isConnected) return;
    steps = firstSteps();
    fill(first, steps.element);
  });
  const drawWays = () => { direct.hidden = isAlone(); };
  let newest = new Map();
  const draw = () => fill(list, recent(newest));
  const load = async () => {
    await loadLasts((room) => lastMessage(room) !== undefined);
    const rooms = myRooms();
    const last = await Promise.all(rooms.map(lastWords));
    newest = new Map(rooms.map((room, index) => [room.name, last[index]]));
    draw();
  };
  let due = 0;
  // Many messages at once are one reason to look again, not many.
  const later = () => {
    clearTimeout(due);
    due = setTimeout(load, 300);
  };
  const stops = [watch(["rooms", "users", "presence"], later), watch(["users"], () => {
    drawWays();
    if (newest.size) draw();
  })];
  drawWays();
  load();
  if (isNew()) queueMicrotask(offer);
  const close = () => {
    stops.forEach((stop) => stop());
    steps?.close();
    clearTimeout(due);
  };
  return { element, close };
}

function greeting() {
  const hour = new Date().getHours();
  const name = shown(state.me.name);
  if (hour < 5) return ["Still up, ", el("bdi", {}, name), "?"];
  const time = hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening";
  return [`Good ${time}, `, el("bdi", {}, name)];
}

const isNew = () => isAlone() || Date.now() - Date.parse(state.me.created_at) < NEW;

function way(mark, title, hint, props) {
  const inside = [icon(mark), el("span", {}, el("strong", {}, title), el("small", {}, hint))];
  if (props.href) return el("a", { class: "way", ...props }, inside);
  return el("button", { type: "button", class: "way", ...props }, inside);
}

function recent(newest) {
  const rooms = myRooms()
    .map((room) => ({ room, last: newest.get(room.name) }))
    .filter(({ last }) => last)
    .sort((a, b) => (a.last.created_at < b.last.created_at ? 1 : -1));
  if (rooms.length === 0) return [el("p", { class: "empty" }, "Nothing has been said yet.")];
  return [
    group("New for you", rooms.filter(({ room }) => isUnread(room))),
    group("Lately", rooms.filter(({ room }) => !isUnread(room)).slice(0, MOST)),
  ];
}

function group(title, rooms) {
  return rooms.length > 0 && [
    el("h2", {}, title),
    el("ul", {}, rooms.map(({ room, last }) => el("li", {}, card(room, last)))),
  ];
}

function card(room, last) {
  const words = gist(last).slice(0, 200);
  const classes = `lobby-room ${isUnread(room) ? "unread" : ""}`;
  return el("a", { class: classes, href: roomLink(room.name) },
    room.kind === "direct" ? avatarOfMany(others(room)) : icon(roomIcon(room)),
    el("span", { class: "lobby-words" },
      el("bdi", { class: "lobby-title" }, roomTitle(room)),
      el("span", { class: "lobby-last" },
        said(room, last), el("bdi", {}, words))),
    isUnread(room) && el("span", { class: "lobby-count" }, `${room.unread} new`),
    el("time", { datetime: last.created_at }, briefly(last.created_at)));
}

/** Who said it, where the title does not say so already. */
function said(room, message) {
  if (message.sender === state.me.name) return "You: ";
  return others(room).length === 1 && room.kind === "direct"
    ? null : [el("bdi", {}, senderName(message)), ": "];
}
