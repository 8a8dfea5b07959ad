// When rooms were last used: the last word in each, and when it was last looked at here.

import { state } from "./state.js";

const KEPT = 200; // rooms

const spoken = new Map();

const visits = () => `hearth/visits/${state.me.name}`;
const hidden = () => `hearth/hidden/${state.me.name}`;

/** A message came at this time. */
export function noteWord(room, time) {
  const at = Date.parse(time);
  if (at > (spoken.get(room) ?? 0)) spoken.set(room, at);
}

/** When something was last said there, as far as this page knows. */
export const lastWordAt = (room) => spoken.get(room) ?? 0;

/** Somebody looks at this room now. */
export function noteVisit(room) {
  const all = Object.entries({ ...read(visits()), [room]: Date.now() });
  const latest = all.sort(([, a], [, b]) => b - a).slice(0, KEPT);
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

/** Whoever signs out leaves nothing behind. */
export function forgetRecency() {
  spoken.clear();
  for (const key of [visits(), hidden()]) localStorage.removeItem(key);
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: nothing is remembered.
  }
}
