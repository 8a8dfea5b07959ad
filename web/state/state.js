// The state of this page: plain data, and who wants to know when a part of it changes. Of each
// thing, the highest version is its latest state, in whatever order it came here.

export const state = {
  me: null,
  epoch: null,
  site: document.title, // the page comes with the team's name
  registration: "", // who may make an account; only asked for on the way in, as is the next
  nobodyYet: false,
  edition: null, // of the users that are here
  limits: {},
  server: null,
  users: new Map(),
  rooms: new Map(),
  members: new Map(),
  sizes: new Map(), // by room: how many were in it when that was last heard
  memberships: new Map(),
  gone: new Map(),
  online: new Set(),
  typing: new Map(),
  logs: new Map(),
  undoing: new Set(),
  editing: "",
  uploads: new Map(),
  due: new Map(), // by room: what goes once its files are there
  line: { status: "off", welcomes: 0, retryAt: 0, awaySince: 0, asOf: 0, byHttp: false, fault: "" },
  place: { view: "lobby" },
};

const watchers = new Map();
const due = new Set();
let telling = false;

/** Call `draw` after any of these parts of the state changed; returns how to stop. */
export function watch(parts, draw) {
  for (const part of parts) {
    if (!watchers.has(part)) watchers.set(part, new Set());
    watchers.get(part).add(draw);
  }
  return () => {
    for (const part of parts) {
      const draws = watchers.get(part);
      draws?.delete(draw);
      if (draws?.size === 0) watchers.delete(part);
    }
    due.delete(draw);
  };
}

/** How long the line has been away, in ms; not less than nothing if the clock was set back. */
export const awayFor = () => Math.max(0, Date.now() - state.line.awaySince);

/** Say that parts of the state changed. Draws once, however much one frame brought. */
export function changed(...parts) {
  for (const part of parts) {
    for (const draw of watchers.get(part) ?? []) due.add(draw);
  }
  if (telling || due.size === 0) return;
  telling = true;
  queueMicrotask(tell);
}

function tell() {
  // A draw may take down a view, whose own draws are then no longer due.
  for (const draw of due) {
    due.delete(draw);
    try {
      draw();
    } catch (error) {
      reportError(error);
    }
  }
  telling = false;
}

/** Keep a text in this browser, or nothing; its storage may be full or forbidden. */
export function remember(key, text) {
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // It stays in the page, which is all that can be done.
  }
}

/** What JSON says, or null if it is none. */
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Forget everything about the user who signed out. */
export function forgetUser() {
  const parts = [
    "users", "rooms", "members", "sizes", "memberships", "gone", "online", "typing", "logs", "undoing",
  ];
  for (const part of parts) state[part].clear();
  Object.assign(state, { me: null, epoch: null, edition: null });
  Object.assign(state.line, { welcomes: 0, asOf: 0 });
}

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
  if (members) state.sizes.set(member.room, members.size);
  else state.sizes.delete(member.room);
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
  state.sizes.set(room, all.size);
}
