// What rooms are called, and in which order they stand.

import { plain, shown, visible } from "./people.js";
import { hiddenRooms, lastWordAt } from "./recency.js";
import { state } from "./state.js";

const order = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

/** The others in a direct room. */
export function others(room) {
  return room.name.split("~").filter((name) => name !== state.me.name);
}

/** The direct room with oneself alone. */
export const isNotes = (room) => room.kind === "direct" && others(room).length === 0;

/** The direct room with people who are all disabled: nobody would read what one writes. */
export const isDeserted = (room) => room.kind === "direct" && !isNotes(room)
  && others(room).every((name) => state.users.get(name)?.disabled);

export function roomTitle(room) {
  if (isNotes(room)) return "Notes to self";
  if (room.kind === "direct") return others(room).map(shown).join(", ");
  return visible(room.title) || room.name;
}

/** The same for a narrow list: of several people their first names. */
export function shortTitle(room) {
  if (room.kind !== "direct" || others(room).length < 2) return roomTitle(room);
  return others(room).map((name) => shown(name).split(/\s+/)[0]).join(", ");
}

export const plainTitle = (room) => plain(roomTitle(room));

export function roomIcon(room) {
  if (room.kind === "private") return "lock";
  return room.kind === "direct" ? "person" : "hash";
}

/** A direct room needs an answer, so each of its messages counts like a mention. */
export function calls(room) {
  if (room.notify === "nothing") return 0;
  return room.kind === "direct" ? room.unread : room.mentions;
}

export function isUnread(room) {
  return room.unread > 0 && room.notify !== "nothing";
}

export function myRooms() {
  return [...state.rooms.values()].sort((a, b) => order.compare(roomTitle(a), roomTitle(b)));
}

/** The sidebar's sections, in order; a room stands in one of them. */
export function sections() {
  const rooms = myRooms();
  const open = rooms.filter((room) => !room.archived);
  const rest = open.filter((room) => !room.favorite);
  const hidden = hiddenRooms();
  const isListed = (room) => isHere(room) || (room.seq > 0 && room.seq > (hidden[room.name] ?? 0));
  const direct = rest.filter((room) => room.kind === "direct" && isListed(room));
  return {
    favorites: open.filter((room) => room.favorite),
    rooms: rest.filter((room) => room.kind !== "direct"),
    direct: direct.sort((a, b) => lastWordAt(b.name) - lastWordAt(a.name)),
    archived: rooms.filter((room) => room.archived),
  };
}

/** All that waits for me: calls first, and whether anything else is unread. */
export function waitingForMe() {
  const rooms = [...state.rooms.values()].filter((room) => !room.archived);
  return {
    calls: rooms.reduce((sum, room) => sum + calls(room), 0),
    unread: rooms.some(isUnread),
  };
}

function isHere(room) {
  return state.place.room === room.name || (room.seq === 0 && room.created_by === state.me.name);
}

export const badgeCount = (count) => (count > 99 ? "99+" : String(count));

// Which rooms were marked unread: they stay so until somebody opens them anew.
const heldBack = new Set();

/** Whoever looks at this room now is not reading it, as they, or another device, said. */
export const holdBack = (room) => heldBack.add(room);

export const isHeldBack = (room) => heldBack.has(room);

/** Somebody opened the room: what they see from now on is read. */
export const release = (room) => heldBack.delete(room);
