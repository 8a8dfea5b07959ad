// What was written here and is not at the server yet, in localStorage: it survives a reload.
//
// The outbox: sends that the server has not acknowledged. Each lives under its own key, so that
// two tabs cannot overwrite each other's; both may send it, because the server stores one id once.
// And drafts: what was written and attached in each room and not sent.

import { changed, parse, remember, state } from "../state/state.js";
import { say } from "./socket.js";

const FILES_LAST = 20 * 3_600_000; // ms; the server keeps an upload without a message for a day
const IN_FLIGHT = 10;
const PASSING = new Set(["unavailable", "too_many", "unreachable"]);

const entries = new Map();
const flying = new Set();
let held = 0;
let carry = null;
let latest = 0;

const prefix = () => `hearth/outbox/${state.me.name}/`;

/** The unacknowledged sends, oldest first; of one room, or all. */
export function waiting(room) {
  return [...entries.values()].filter((entry) => !room || entry.room === room);
}

export function send(room, text, replyTo, files = []) {
  latest = Math.max(Date.now(), latest + 0.001); // in their order, also if the clock goes back
  const entry = { id: newId(), room, text, at: latest };
  if (replyTo) entry.reply_to = replyTo;
  if (files.length > 0) entry.files = files;
  keep(entry);
  flush();
}

export function retry(id) {
  const { fault, ...entry } = entries.get(id);
  keep(entry);
  flush();
}

export function discard(id) {
  entries.delete(id);
  flying.delete(id);
  forget(id);
  changed("outbox");
}

/** Read what this user left unsent, here or in another tab. */
export function restore() {
  entries.clear();
  const found = [];
  for (let index = 0; index < localStorage.length; index += 1) {
    const key = localStorage.key(index);
    if (key.startsWith(prefix())) found.push(parse(localStorage.getItem(key)));
  }
  for (const entry of found.filter(Boolean).sort((a, b) => a.at - b.at)) {
    entries.set(entry.id, entry);
    latest = Math.max(latest, entry.at);
  }
  changed("outbox");
}

/** A new connection: nothing is in flight on it yet. */
export function resume() {
  flying.clear();
  held = 0;
  restore();
  flush();
}

/** The server has it: an `ok`, or the message itself. */
export function settle(id) {
  if (!entries.has(id)) return;
  discard(id);
  flush();
}

/** The server refused it, for now or for good. */
export function refuse({ id, code, detail, retry_after: wait }) {
  if (!entries.has(id)) return;
  flying.delete(id);
  if (PASSING.has(code)) {
    held = performance.now() + (wait ?? 1) * 1000;
    setTimeout(flush, held - performance.now() + 20);
  } else {
    keep({ ...entries.get(id), fault: detail });
  }
}

export function emptyOutbox() {
  for (const id of [...entries.keys()]) discard(id);
}

function flush() {
  if (performance.now() < held) return;
  for (const { id, room, text, reply_to, files, fault } of entries.values()) {
    if (flying.size >= IN_FLIGHT) return;
    if (fault || flying.has(id)) continue;
    const ids = files?.map((file) => file.id);
    const message = { id, room, text, reply_to, files: ids };
    if (!say({ type: "send", ...message })) {
      carryOne(message);
      return;
    }
    flying.add(id);
  }
}

/** Send by this way while there is no socket; `null` for none. */
export function carryBy(way) {
  carry = way;
  if (state.me) flush();
}

/** One at a time, so that they arrive in their order. */
async function carryOne(message) {
  if (!carry || flying.size > 0) return;
  const { id } = message;
  flying.add(id);
  try {
    await carry(message);
    settle(id);
  } catch ({ kind: code, message: detail, retryAfter }) {
    refuse({ id, code, detail, retry_after: retryAfter || 1 });
    flush();
  }
}

function keep(entry) {
  entries.set(entry.id, entry);
  remember(prefix() + entry.id, JSON.stringify(entry));
  changed("outbox");
}

const forget = (id) => remember(prefix() + id, "");

/** A random id; not randomUUID(), which plain HTTP on a local network does not have. */
export function newId(length = 12) {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

addEventListener("storage", ({ key, newValue }) => {
  if (!state.me || !key?.startsWith(prefix())) return;
  const entry = newValue && parse(newValue);
  if (entry) entries.set(entry.id, entry);
  else entries.delete(key.slice(prefix().length));
  changed("outbox");
});

const texts = () => `hearth/draft/${state.me.name}/`;
const files = () => `hearth/draft-files/${state.me.name}/`;

export function draft(room) {
  return localStorage.getItem(texts() + room) ?? "";
}

export function keepDraft(room, text) {
  const had = draft(room) !== "";
  remember(texts() + room, text.trim() && text);
  if (had !== Boolean(text.trim())) changed("drafts");
}

/** The files that the server has already, for a message that is not sent yet. */
export function draftFiles(room) {
  const { at, list } = parse(localStorage.getItem(files() + room)) ?? {};
  return Date.now() - at < FILES_LAST ? list : [];
}

export function keepDraftFiles(room, list) {
  remember(files() + room, list.length && JSON.stringify({ at: Date.now(), list }));
}

export function forgetDrafts() {
  const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index));
  for (const key of keys) {
    if (key.startsWith(texts()) || key.startsWith(files())) localStorage.removeItem(key);
  }
}
