// Of each thing, the highest version is its latest state, in whatever order it came here.

import { changed, state } from "./state.js";

const COUNTS = ["seq", "rev", "read", "read_version", "unread", "mentions"];

const isOlder = (told, known) => (told.version ?? 0) < (known?.version ?? -1);
const isNewer = (told, known) => (told.version ?? 0) > (known?.version ?? -1);

/** A room that was heard: in the order in which it was told. False for an older state. */
export function hearRoom(room) {
  const known = state.rooms.get(room.name);
  if (isOlder(room, known) || !isNewer(room, { version: state.gone.get(room.name) })) return false;
  const latest = { ...known, ...room };
  if (room.read_version < known?.read_version) keep(latest, known, COUNTS.slice(2));
  state.rooms.set(room.name, latest);
  return true;
}

/** A room that was asked for: it may be older than what was heard meanwhile, its counts surely. */
export function knowRoom(room) {
  const known = state.rooms.get(room.name);
  if (!isNewer(room, { version: state.gone.get(room.name) })) return;
  if (known && !isNewer(room, known)) return;
  const latest = { ...known, ...room };
  if (known) keep(latest, known, COUNTS);
  state.rooms.set(room.name, latest);
  changed("rooms", `room:${room.name}`);
}

function keep(latest, known, fields) {
  for (const field of fields) latest[field] = known[field];
}

/** A room that is no longer mine; false if I came back to it since. */
export function loseRoom({ room, version }) {
  if (version !== undefined && isOlder({ version }, state.rooms.get(room))) return false;
  if (version) state.gone.set(room, version);
  state.rooms.delete(room);
  return true;
}

/** A user, as heard or asked for. */
export function knowUser(user) {
  if (isOlder(user, state.users.get(user.name))) return;
  state.users.set(user.name, user);
  if (user.name === state.me?.name) state.me = user;
}

/** Who joined, left or got another role; true if their room's members are shown. */
export function knowMember(member) {
  const key = `${member.room}/${member.user}`;
  if (isOlder(member, state.memberships.get(key))) return false;
  state.memberships.set(key, member);
  const members = state.members.get(member.room);
  if (member.joined) members?.set(member.user, member);
  else members?.delete(member.user);
  return Boolean(members);
}

/** A room's members, as asked for, and what was heard of them meanwhile. */
export function knowMembers(room, members) {
  const all = new Map(members.map((member) => [member.user, member]));
  state.members.set(room, all);
  for (const heard of [...state.memberships.values()]) {
    if (heard.room !== room || isOlder(heard, all.get(heard.user))) continue;
    if (heard.joined) all.set(heard.user, heard);
    else all.delete(heard.user);
  }
}
