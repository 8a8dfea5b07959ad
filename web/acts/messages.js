// What can be done with a message, beyond sending it.

import { know } from "../line/events.js";
import { api, http } from "../line/http.js";
import { hasLine, say } from "../line/socket.js";
import { changed, state, watch } from "../state/state.js";
import { attempt, toast } from "../ui/toast.js";

const SECOND_THOUGHTS = 6_000;
const TYPING_EVERY = 3_000;

const removals = new Map();
let typedAt = -Infinity;

const path = ({ room, seq }, ...rest) => api("rooms", room, "messages", seq, ...rest);

/** May I give it another text? What a call says is the server's. */
export const isEditable = ({ sender, deleted, call }) => (
  sender === state.me.name && !deleted && !call);

/** The last message of a room that I see and may edit. */
export const lastOwn = (name) => state.logs.get(name)?.items.findLast(isEditable);

export async function edit(message, text) {
  know(await http.patch(path(message), { text }));
}

/** Add my reaction, or take it back. */
export async function react(message, emoji) {
  if (!hasLine()) {
    toast("You are offline, and a reaction does not wait.");
    return;
  }
  const mine = message.reactions?.[emoji]?.includes(state.me.name);
  const method = mine ? "delete" : "put";
  await attempt(async () => know(await http[method](path(message, "reactions", emoji))));
}

/** Pin a message for all in its room, or take its pin down. */
export const pin = (message) => setPinned(message, "put");
export const unpin = (message) => setPinned(message, "delete");

const setPinned = (message, method) => (
  attempt(async () => know(await http[method](path(message, "pin")))));

/** Take a message away from view now, and delete it unless its sender thinks again. */
export function remove(message) {
  const key = removalKey(message);
  state.undoing.add(key);
  changed(`log:${message.room}`);
  const timer = setTimeout(() => finish(message), SECOND_THOUGHTS);
  removals.set(key, { message, timer });
  toast("Message deleted", { label: "Undo", act: () => undo(message) }, SECOND_THOUGHTS);
}

export const removalKey = ({ room, seq }) => `${room}/${seq}`;

function undo(message) {
  clearTimeout(removals.get(removalKey(message))?.timer);
  bringBack(message);
}

async function finish(message, options) {
  const tombstone = await attempt(() => http.delete(path(message), options));
  bringBack(message);
  if (tombstone) know(tombstone);
}

function bringBack(message) {
  removals.delete(removalKey(message));
  state.undoing.delete(removalKey(message));
  changed(`log:${message.room}`);
}

/** Whoever goes meant what they did: delete at once. */
export async function finishRemovals() {
  await Promise.all([...removals.values()].map(({ message, timer }) => {
    clearTimeout(timer);
    return finish(message, { keepalive: true, leaving: true });
  }));
}

addEventListener("pagehide", finishRemovals);
watch(["me"], () => {
  if (state.me) return;
  for (const { timer } of removals.values()) clearTimeout(timer);
  removals.clear();
});

/** Tell the room that I am typing, no more often than it helps. */
export function sayTyping(room) {
  if (performance.now() - typedAt < TYPING_EVERY) return;
  typedAt = performance.now();
  say({ type: "typing", room });
}

export function stopTyping() {
  typedAt = -Infinity;
}
