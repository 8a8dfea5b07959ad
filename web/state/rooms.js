// What rooms are called, in which order they stand, and when each was last used: the last word in
// it, and when it was last looked at here.

import { order, plain, shown, visible } from "./people.js";
import { parse, remember, state } from "./state.js";

const KEPT_VISITS = 200; // rooms

const titles = new WeakMap(); // by room

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
  if (!titles.has(room)) titles.set(room, visible(room.title) || room.name);
  return titles.get(room);
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

let sorted = []; // names of rooms, by these titles
let sortedBy = new Map();

/** By title; among hundreds, sorted anew only when one of them changed. */
export function myRooms() {
  const now = new Map([...state.rooms.values()].map((room) => [room.name, roomTitle(room)]));
  const isSame = now.size === sortedBy.size
    && [...now].every(([name, title]) => sortedBy.get(name) === title);
  if (!isSame) {
    sorted = [...now.keys()].sort((a, b) => order.compare(now.get(a), now.get(b)));
    sortedBy = now;
  }
  return sorted.map((name) => state.rooms.get(name));
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

// Of each room, as far as this page knows: the seq, the rev and the time of its last message, that
// message (null if there is none any more; undefined if it did not come here), and the rev of the
// room up to which this is so.
const lasts = new Map();

function keepLast(room, message, upTo, { seq, rev } = message) {
  lasts.set(room, { seq, rev, at: message ? Date.parse(message.created_at) : 0, message, upTo });
}

/** A message was heard in a room that had this rev before. */
export function noteLast(message, before) {
  const { room, seq, rev } = message;
  const known = lasts.get(room);
  if (!known || seq > known.seq || (seq === known.seq && rev >= known.rev)) {
    keepLast(room, message, rev);
  } else if (known.upTo >= before) known.upTo = rev;
}

/** A room came with its last message. */
export function noteLastOf({ name, seq, rev, last_message: last = null }) {
  if (seq > 0 && (lasts.get(name)?.upTo ?? 0) <= rev) keepLast(name, last, rev, last ?? { seq, rev });
}

/** When something was last said there, as far as this page knows. */
export const lastWordAt = (room) => lasts.get(room)?.at ?? 0;

/** Is it known when something was last said there? */
export const isTimeKnown = ({ name, seq }) => seq <= (lasts.get(name)?.seq ?? 0);

/** The last message of a room; undefined if it is not known as it is now. */
export function lastMessage({ name, seq, rev }) {
  const log = state.logs.get(name);
  if (log?.ready && !log.hasNewer && log.last === seq) return log.items.at(-1) ?? null;
  const known = lasts.get(name);
  if (seq === 0) return null;
  return known?.seq === seq && known.upTo >= rev ? known.message : undefined;
}

/** The times alone, to be kept. */
export const lastTimes = () => [...lasts].map(([room, { seq, rev, at }]) => [room, { seq, rev, at, upTo: 0 }]);

export function recallTimes(kept = []) {
  for (const [room, last] of kept) if (!lasts.has(room)) lasts.set(room, last);
}

export const forgetLasts = () => lasts.clear();

const visits = () => `hearth/visits/${state.me.name}`;
const hidden = () => `hearth/hidden/${state.me.name}`;

/** Somebody looks at this room now. */
export function noteVisit(room) {
  const all = Object.entries({ ...read(visits()), [room]: Date.now() });
  const latest = all.sort(([, a], [, b]) => b - a).slice(0, KEPT_VISITS);
  write(visits(), Object.fromEntries(latest));
}

/** When rooms were last looked at, by name. */
export const visitTimes = () => read(visits());

/** Leave a direct room out of the list until its next message; in this browser. */
export function hide(room) {
  write(hidden(), { ...read(hidden()), [room.name]: room.seq });
}

export function unhide(name) {
  const { [name]: had, ...rest } = read(hidden());
  if (had !== undefined) write(hidden(), rest);
}

/** The seq up to which each hidden room is hidden, by name. */
export const hiddenRooms = () => read(hidden());

export const EMOJI_IN_USE = "hearth/emoji"; // what the picker, loaded later, keeps here

/** Whoever signs out leaves nothing behind. */
export function forgetUse() {
  for (const key of [visits(), hidden(), EMOJI_IN_USE]) localStorage.removeItem(key);
}

const read = (key) => parse(localStorage.getItem(key)) ?? {};

const write = (key, value) => remember(key, JSON.stringify(value));
