// Browsing: every public room, to join or to open.

import { allRooms, joinRoom } from "../../acts/rooms.js";
import { state, watch } from "../../state/state.js";
import { roomIcon, roomTitle } from "../../state/rooms.js";
import { goToRoom } from "../../state/view.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { attempt, later } from "../../ui/toast.js";
import { newRoom } from "../shell/doors.js";
import { pageHead } from "../shell/page.js";

export function browseView() {
  const list = el("ul", { class: "cards" });
  const note = el("p", { class: "empty", hidden: true });
  const seek = el("input", {
    type: "search", class: "seek", placeholder: "Find a room", "aria-label": "Find a room",
    oninput: () => draw(),
  });
  const press = { type: "button", class: "primary", onclick: newRoom };
  const create = el("button", press, "New room");
  const element = el("div", { class: "page" }, pageHead("Browse rooms", create), seek, list, note,
    state.me.role === "owner"
      && later(() => import("./abandoned.js"), ({ abandonedPanel }) => abandonedPanel()));
  let rooms = [];
  const draw = () => {
    const sought = seek.value.trim().toLowerCase();
    const found = rooms.filter((room) => (
      `${room.name} ${room.title ?? ""} ${room.topic ?? ""}`.toLowerCase().includes(sought)));
    fill(list, found.map((room) => el("li", {}, card(room))));
    note.hidden = found.length > 0;
    note.textContent = sought ? "No room is called that." : "There are no public rooms yet.";
  };
  const load = async () => {
    const all = (await attempt(allRooms)) ?? [];
    rooms = all.filter((room) => room.kind === "public" && !room.archived);
    draw();
  };
  const stop = watch(["rooms"], draw);
  load();
  return { element, close: stop };
}

function card(room) {
  const mine = state.rooms.has(room.name);
  const act = mine ? () => goToRoom(room.name) : () => attempt(() => joinRoom(room.name));
  return el("article", { class: "card" },
    icon(roomIcon(room)),
    el("div", { class: "card-words" },
      el("h2", { dir: "auto" }, roomTitle(room)),
      el("p", { dir: "auto" }, room.topic || saidSoFar(room.seq))),
    el("button", {
      type: "button", class: mine ? "plain" : "primary", onclick: act,
      "aria-label": `${mine ? "Open" : "Join"} ${room.name}`,
    }, mine ? "Open" : "Join"));
}

function saidSoFar(count) {
  if (count === 0) return "Nothing said yet";
  return count === 1 ? "One message" : `${count.toLocaleString("en")} messages`;
}
