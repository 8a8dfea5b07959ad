// What can be done with a message, beyond sending it.

import { api, http } from "../line/http.js";
import { hasLine, say } from "../line/socket.js";
import { changed, state } from "../state/state.js";
import { toast } from "../ui/toast.js";

const SECOND_THOUGHTS = 6_000;
const TYPING_EVERY = 3_000;

const removals = new Map();
let typedAt = 0;

const path = ({ room, seq }, ...rest) => api("rooms", room, "messages", seq, ...rest);

function know(message) {
  state.logs.get(message.room)?.take(message);
  changed(`log:${message.room}`);
}

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
  try {
    know(await http[mine ? "delete" : "put"](path(message, "reactions", emoji)));
  } catch (refusal) {
    toast(refusal.message);
  }
}

/** Pin a message for all in its room, or take its pin down. */
export const pin = (message) => setPinned(message, "put");
export const unpin = (message) => setPinned(message, "delete");

async function setPinned(message, method) {
  try {
    know(await http[method](path(message, "pin")));
  } catch (refusal) {
    toast(refusal.message);
  }
}

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
  try {
    const tombstone = await http.delete(path(message), options);
    bringBack(message);
    know(tombstone);
  } catch (refusal) {
    bringBack(message);
    toast(refusal.message);
  }
}

function bringBack(message) {
  removals.delete(removalKey(message));
  state.undoing.delete(removalKey(message));
  changed(`log:${message.room}`);
}

// Who closes the page meant what they did.
addEventListener("pagehide", () => {
  for (const { message, timer } of removals.values()) {
    clearTimeout(timer);
    finish(message, { keepalive: true });
  }
});

/** Tell the room that I am typing, no more often than it helps. */
export function sayTyping(room) {
  if (Date.now() - typedAt < TYPING_EVERY) return;
  typedAt = Date.now();
  say({ type: "typing", room });
}

export function stopTyping() {
  typedAt = 0;
}
