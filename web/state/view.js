// Where the user is: read from the address, and changed through it.

import { changed, state, watch } from "./state.js";

const NAMED = new Set(["people", "profile", "browse", "join"]);

/** Is this room on view now? */
export function isOnView(room) {
  return state.place.view === "room" && state.place.room === room;
}

/** Is somebody looking at this page? */
export function isWatched() {
  return !document.hidden && document.hasFocus();
}

export function roomLink(room, seq) {
  return `#/rooms/${encodeURIComponent(room)}${seq ? `/${seq}` : ""}`;
}

export const searchLink = (sought) => `#/search/${encodeURIComponent(sought)}`;

export function go(hash) {
  if (location.hash === hash) readPlace();
  else location.hash = hash;
}

export const goToRoom = (room, seq) => go(roomLink(room, seq));

/** A way to a room that is only taken by who did not go elsewhere while it was found. */
export function wayToRoom() {
  const { place } = state, { hash } = location;
  // The address changes a moment before we are told that it did.
  return (room) => state.place === place && location.hash === hash && goToRoom(room);
}

/** Make the address say where we are, without a step in the history. */
export function settleAt(hash) {
  history.replaceState(null, "", hash);
  readPlace();
}

export function readPlace() {
  state.place = parse(location.hash);
  changed("place");
}

function parse(hash) {
  const [view, first, second] = hash.replace(/^#\/?/, "").split("/").map(decode);
  if (view === "rooms" && first) {
    return { view: "room", room: first, seq: Number.parseInt(second, 10) || 0 };
  }
  if (view === "search") return { view, sought: first ?? "" };
  if ((view === "join" || view === "reset") && first) return { view, code: first };
  return { view: NAMED.has(view) && view !== "join" ? view : "lobby" };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

/** Who goes elsewhere, with the back button too, or out leaves behind what lay over the page. */
export function whenElsewhere(close) {
  addEventListener("hashchange", close);
  watch(["me"], () => state.me || close());
}

addEventListener("hashchange", readPlace);
