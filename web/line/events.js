// What the server says, applied to the state. The only reader of its events.

import { changed, state } from "../state/state.js";
import { isOnView } from "../state/view.js";
import { mentionsMe } from "../state/people.js";
import { noteWord } from "../state/recency.js";
import { api, http } from "./http.js";
import { refuse, settle } from "./outbox.js";

const TYPING_LASTS = 5_000;
const RECOUNT_AFTER = 300;

const recounts = new Map();

const listeners = new Set();
let lostRoom = () => {};

/** Call `listen` with every new message of somebody else, as it arrives. */
export function onArrival(listen) {
  listeners.add(listen);
}

/** Call `act` when a room is no longer mine, or has to be loaded anew. */
export function onRoomLost(act) {
  lostRoom = act;
}

/** What to resume from: the highest rev of every room that is loaded. */
export function cursors() {
  const ready = [...state.logs.values()].filter((log) => log.ready);
  return Object.fromEntries(ready.map((log) => [log.room, log.rev]));
}

export function hear(event) {
  readers[event.type]?.(event);
}

const readers = {
  welcome({ user, epoch, rooms, presence, limits, server }) {
    Object.assign(state, { me: user, epoch, limits: limits ?? {}, server });
    state.users.set(user.name, user);
    state.rooms = new Map(rooms.map((room) => [room.name, room]));
    state.online = new Set(presence);
    state.typing.clear();
    state.members.clear();
    for (const name of [...state.logs.keys()]) {
      if (!state.rooms.has(name)) state.logs.delete(name);
    }
    changed("me", "rooms", "presence", "typing", "users", "members");
  },

  message(message) {
    const room = state.rooms.get(message.room);
    if (!room) return;
    const arrived = message.seq > room.seq;
    room.seq = Math.max(room.seq, message.seq);
    room.rev = Math.max(room.rev, message.rev);
    noteWord(room.name, message.created_at);
    if (arrived) arrive(room, message);
    else if (message.seq > room.read && (message.deleted || message.edited_at)) recount(room.name);
    state.logs.get(message.room)?.take(message);
    if (message.id && message.sender === state.me.name) settle(message.id);
    changed("rooms", `log:${message.room}`);
  },

  reset({ room }) {
    state.logs.delete(room);
    changed(`log:${room}`);
    if (isOnView(room)) lostRoom(room, true);
  },

  room(room) {
    const known = state.rooms.get(room.name);
    // A public room that is not mine is for browsing only.
    if (!known && !room.role) return;
    state.rooms.set(room.name, { ...known, ...room });
    changed("rooms", `room:${room.name}`);
  },

  gone({ room }) {
    state.rooms.delete(room);
    state.logs.delete(room);
    state.members.delete(room);
    changed("rooms", `room:${room}`);
    if (isOnView(room)) lostRoom(room, false);
  },

  member(member) {
    const members = state.members.get(member.room);
    if (!members) return;
    if (member.joined) members.set(member.user, { ...members.get(member.user), ...member });
    else members.delete(member.user);
    changed("members");
  },

  presence({ online, away }) {
    for (const name of online) state.online.add(name);
    for (const name of away) state.online.delete(name);
    changed("presence");
  },

  user(user) {
    state.users.set(user.name, user);
    if (user.name === state.me.name) state.me = user;
    changed("users", "me");
  },

  read({ room: name, seq, mentions }) {
    const room = state.rooms.get(name);
    if (!room) return;
    room.read = Math.max(room.read, seq);
    room.unread = Math.max(0, room.seq - room.read);
    room.mentions = mentions;
    changed("rooms");
  },

  typing({ room, user }) {
    if (user === state.me.name) return;
    if (!state.typing.has(room)) state.typing.set(room, new Map());
    const typing = state.typing.get(room);
    clearTimeout(typing.get(user));
    typing.set(user, setTimeout(() => stopTyping(room, user), TYPING_LASTS));
    changed("typing");
  },

  ok({ id }) {
    // The message itself follows, or came before; until then it is shown as pending.
    if (!state.me) return;
    settle(id);
  },

  error(error) {
    if (error.id) refuse(error);
  },
};

/** An unread message changed: whether it calls me, only the server can tell. */
function recount(name) {
  clearTimeout(recounts.get(name));
  recounts.set(name, setTimeout(async () => {
    recounts.delete(name);
    const { read, seq, mentions } = await http.get(api("rooms", name)).catch(() => ({}));
    const room = state.rooms.get(name);
    if (room?.read !== read || room.seq !== seq || room.mentions === mentions) return;
    room.mentions = mentions;
    changed("rooms");
  }, RECOUNT_AFTER));
}

function arrive(room, message) {
  if (message.sender === state.me.name) {
    room.read = Math.max(room.read, message.seq);
    room.mentions = 0;
  } else {
    if (mentionsMe(message)) room.mentions += 1;
    for (const listen of listeners) listen(message, room);
  }
  room.unread = Math.max(0, room.seq - room.read);
  stopTyping(message.room, message.sender);
}

function stopTyping(room, user) {
  const typing = state.typing.get(room);
  if (!typing?.has(user)) return;
  clearTimeout(typing.get(user));
  typing.delete(user);
  changed("typing");
}
