// What can be done with a room and with who is in it.

import { api, http } from "../line/http.js";
import { hear } from "../line/events.js";
import { say } from "../line/socket.js";
import { changed, knowRoom, state } from "../state/state.js";
import { hide, holdBack, isHeldBack, isTimeKnown, noteLastOf } from "../state/rooms.js";
import { wayToRoom } from "../state/view.js";

/** Show at once what the server will say soon. */
function expect(room) {
  if (!state.rooms.has(room.name)) return; // It was left, or is gone, meanwhile.
  state.rooms.set(room.name, { ...state.rooms.get(room.name), ...room });
  changed("rooms", `room:${room.name}`);
}

/** Mine, and the public ones that I could join; without a line, what is kept of mine. */
export async function allRooms() {
  try {
    return (await http.get("api/rooms")).rooms;
  } catch (refusal) {
    if (refusal.status || !state.me) throw refusal;
    return [...state.rooms.values()];
  }
}

let asking = null;

/** Know what was said last in my rooms; only asked for if that is not known of one of them. */
export async function loadLasts(isKnown) {
  if ([...state.rooms.values()].every(isKnown)) return;
  asking ??= http.get("api/rooms").finally(() => { asking = null; });
  const { rooms } = await asking.catch(() => ({ rooms: [] }));
  rooms.forEach(noteLastOf);
}

/** In which order things were last said in direct rooms, by which they stand in the list. */
export const loadOrder = () => loadLasts((room) => room.kind !== "direct" || isTimeKnown(room))
  .then(() => changed("rooms"));

/** In which of all rooms something was said last. */
export const loadTimes = () => loadLasts(isTimeKnown);

/** Rooms that nobody is in; for owners of the server. */
export const abandonedRooms = async () => (await http.get("api/abandoned-rooms")).rooms;

/** Leave a direct room out of the list until its next message. */
export function hideRoom(name) {
  hide(state.rooms.get(name));
  changed("rooms");
}

/** A room of mine, or a public one. */
export const lookAt = (name) => http.get(api("rooms", name));

export async function createRoom(form) {
  const enter = wayToRoom();
  const room = await http.post("api/rooms", form);
  knowRoom(room);
  enter(room.name);
}

export async function joinRoom(name) {
  const enter = wayToRoom();
  await http.put(api("rooms", name, "members", "me"));
  if (!state.rooms.has(name)) knowRoom(await http.get(api("rooms", name)));
  enter(name);
}

export const leaveRoom = (name) => http.delete(api("rooms", name, "members", "me"));
export const deleteRoom = (name) => http.delete(api("rooms", name));

export async function changeRoom(name, change) {
  knowRoom(await http.patch(api("rooms", name), change));
}

export async function setFavorite(name, favorite) {
  expect({ name, favorite });
  try {
    await http[favorite ? "put" : "delete"](api("rooms", name, "favorite"));
  } catch (refusal) {
    expect({ name, favorite: !favorite });
    throw refusal;
  }
}

export async function setNotify(name, notify) {
  await http.put(api("rooms", name, "notify"), { notify });
  expect({ name, notify });
}

export const addMember = (name, user) => http.put(api("rooms", name, "members", user));
export const removeMember = (name, user) => http.delete(api("rooms", name, "members", user));

export function setMemberRole(name, user, role) {
  return http.put(api("rooms", name, "members", user), { role });
}

/** I have read up to here. */
export function markRead(name, seq) {
  const room = state.rooms.get(name);
  // Between what was heard and an own message beyond it there may be others, not here yet.
  const seen = Math.min(seq, room?.seq);
  if (!room || isHeldBack(name) || seen <= room.read || !sayRead(name, { seq: seen })) return;
  room.read = seen;
  // Of what is left, the server knows what counts.
  if (seen >= room.seq) Object.assign(room, { unread: 0, mentions: 0 });
  changed("rooms");
}

/** From this message on, all is unread again. */
export function markUnread({ room, seq }) {
  holdBack(room);
  sayRead(room, { seq: seq - 1, back: true });
}

function sayRead(name, mark) {
  if (say({ type: "read", room: name, ...mark })) return true;
  if (state.line.byHttp) http.put(api("rooms", name, "read"), mark).then(hear, () => {});
  return state.line.byHttp;
}
