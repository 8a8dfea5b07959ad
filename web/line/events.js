// What the server says, applied to the state. The only reader of its events.

import {
  changed, hearRoom, knowMember, knowUser, loseRoom, state,
} from "../state/state.js";
import { isOnView } from "../state/view.js";
import { mentionsMe } from "../state/people.js";
import { forgetLasts, holdBack, noteLast } from "../state/rooms.js";
import { refuse, settle } from "./outbox.js";

const TYPING_LASTS = 5_000;

const listeners = new Set();
/** Those who hear everything, after it is applied. */
export const ears = new Set();
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

/** A message as the server answered it, which may be ahead of what was heard of its room. */
export function know(message) {
  state.logs.get(message.room)?.learn(message);
  changed(`log:${message.room}`);
}

export function hear(event) {
  readers[event.type]?.(event);
  for (const ear of ears) ear(event);
}

const readers = {
  welcome({ user, connection, epoch, rooms, presence, limits, server }) {
    if (epoch !== state.epoch) forgetLasts();
    Object.assign(state, { me: user, connection, epoch, limits: limits ?? {}, server });
    state.users.set(user.name, user);
    state.rooms = new Map(rooms.map((room) => [room.name, room]));
    state.online = new Set(presence);
    state.typing.clear();
    for (const part of ["members", "memberships", "gone"]) state[part].clear();
    for (const name of [...state.logs.keys()]) {
      if (!state.rooms.has(name)) state.logs.delete(name);
    }
    changed("me", "rooms", "presence", "typing", "users", "members");
  },

  message(message) {
    const room = state.rooms.get(message.room);
    if (!room) return;
    const arrived = message.seq > room.seq;
    noteLast(message, room.rev);
    room.seq = Math.max(room.seq, message.seq);
    room.rev = Math.max(room.rev, message.rev);
    if (arrived) arrive(room, message);
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
    // A public room that is not mine is for browsing only.
    if (!state.rooms.has(room.name) && !room.role) return;
    if (hearRoom(room)) changed("rooms", `room:${room.name}`);
  },

  gone(told) {
    if (!loseRoom(told)) return;
    const { room } = told;
    state.logs.delete(room);
    state.members.delete(room);
    changed("rooms", `room:${room}`);
    if (isOnView(room)) lostRoom(room, false);
  },

  member(member) {
    if (knowMember(member)) changed("members");
  },

  presence({ online, away }) {
    for (const name of online) state.online.add(name);
    for (const name of away) state.online.delete(name);
    changed("presence");
  },

  user(user) {
    knowUser(user);
    changed("users", "me");
  },

  read({ room: name, seq, unread, mentions, version }) {
    const room = state.rooms.get(name);
    if (!room || version < room.read_version) return;
    const isBack = seq < room.read;
    if (isBack) holdBack(name);
    Object.assign(room, { read: seq, unread, mentions, read_version: version });
    changed("rooms", ...(isBack ? [`log:${name}`] : []));
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

function arrive(room, message) {
  if (message.sender === state.me.name && !message.via) {
    // What was sent later, or by a program, has shown nothing of what lies between.
    if (room.read === message.seq - 1) room.read = message.seq;
  } else if (!message.deleted) {
    room.unread += 1;
    if (mentionsMe(message)) room.mentions += 1;
    for (const listen of listeners) listen(message, room);
  }
  stopTyping(message.room, message.sender);
}

function stopTyping(room, user) {
  const typing = state.typing.get(room);
  if (!typing?.has(user)) return;
  clearTimeout(typing.get(user));
  typing.delete(user);
  changed("typing");
}
