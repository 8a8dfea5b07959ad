// Loading what rooms hold: pages of messages, single quoted messages, members.

import { api, http } from "../line/http.js";
import { KEPT_LOGS } from "../state/kept.js";
import { Log } from "../state/log.js";
import { lastMessage, lastWordAt } from "../state/rooms.js";
import { changed, knowMembers, state } from "../state/state.js";

const PAGE = 50;
const KEPT_QUOTES = 500;
const FEW = 40;

const quotes = new Map();

/** A page of a room's messages: the newest, or what the query says. */
export function messagesOf(name, query = {}) {
  const parameters = new URLSearchParams({ limit: PAGE, ...query });
  return http.get(`${api("rooms", name, "messages")}?${parameters}`);
}

/** One message by its seq; undefined if it is not there. */
export async function messageAt(name, seq) {
  const { messages } = await messagesOf(name, { after: seq - 1, limit: 1 });
  return messages.find((message) => message.seq === seq);
}

/** Load again what could not be loaded. */
export function tryAgain(log, seq) {
  log.failed = "";
  if (log.ready) changed(`log:${log.room}`);
  else openLog(log.room, seq ?? 0);
}

/** Load what the present place shows, if it is not there. */
export async function loadPlace() {
  const { view, room, seq } = state.place;
  if (view !== "room" || !state.rooms.has(room)) return;
  const log = state.logs.get(room);
  if (log?.failed) tryAgain(log, seq);
  else if (!log?.ready) await openLog(room, seq);
}

/** Have a room's messages: around a seq, around the first unread, or the newest. */
export async function openLog(name, seq = 0) {
  const known = state.logs.get(name);
  const start = known?.ready ? seq : seq || firstUnread(name);
  if (known?.ready && (!start || known.get(start))) {
    if (start) known.asked = null;
    return;
  }
  await load(name, start ? { around: start } : {});
}

export const loadNewest = (name) => load(name, {});

async function load(name, query) {
  const log = state.logs.get(name) ?? new Log(name);
  state.logs.set(name, log);
  const { welcomes } = state.line;
  const isAsked = log.loading && !log.ready && log.asked?.around === query.around;
  if (welcomes === 0 || isAsked) return;
  log.asked = query;
  const { rev = 0 } = state.rooms.get(name) ?? {};
  await page(log, query, (found) => {
    if (log.ready) {
      log.replace(found);
    } else if (state.line.welcomes !== welcomes) {
      // The hello said meanwhile did not name this room: changes may have been missed.
      queueMicrotask(() => load(name, query));
    } else {
      log.replace(found);
      log.rev = Math.max(log.rev, rev);
    }
  });
}

/** Have the latest messages of the rooms in which something was said last, to be kept. */
export async function loadAhead() {
  const { welcomes } = state.line;
  const wanted = [...state.rooms.values()]
    .filter(({ name, seq, unread, archived }) => (
      seq > 0 && unread <= FEW && !archived && !state.logs.has(name)))
    .sort((a, b) => lastWordAt(b.name) - lastWordAt(a.name))
    .slice(0, Math.max(0, KEPT_LOGS - state.logs.size));
  for (const { name, rev } of wanted) {
    const found = await messagesOf(name).catch(() => null);
    if (!found || state.line.welcomes !== welcomes || state.line.status !== "open") return;
    // What was heard while it came may not be in it.
    if (state.logs.has(name) || state.rooms.get(name)?.rev !== rev) continue;
    const log = new Log(name);
    log.replace(found);
    log.rev = Math.max(log.rev, rev);
    state.logs.set(name, log);
  }
  changed("logs");
}

export function loadOlder(log) {
  if (!log.ready || !log.hasOlder || log.loading) return null;
  return page(log, { before: log.first }, (found) => log.prepend(found));
}

export function loadNewer(log) {
  if (!log.ready || !log.hasNewer || log.loading) return null;
  return page(log, { after: log.last }, (found) => log.append(found));
}

/** Whether a page still has its place: who reads may have gone elsewhere while it came. */
const fits = (log, query) => state.logs.get(log.room) === log && (
  query === log.asked || query.before === log.first || query.after === log.last);

async function page(log, query, use) {
  log.loading += 1;
  log.failed = "";
  changed(`log:${log.room}`);
  try {
    const found = await messagesOf(log.room, query);
    log.loading -= 1;
    if (fits(log, query)) use(found);
  } catch (refusal) {
    log.loading -= 1;
    if (fits(log, query)) log.failed = refusal.message;
  }
  changed(`log:${log.room}`);
}

function firstUnread(name) {
  const room = state.rooms.get(name);
  return room.unread > FEW ? room.read + 1 : 0;
}

/** Rooms nobody looks at keep a little, or nothing. */
export function restLog(name) {
  const log = state.logs.get(name);
  if (!log) return;
  state.logs.delete(name);
  if (!log.rest()) return;
  state.logs.set(name, log);
  if (state.logs.size > KEPT_LOGS) state.logs.delete(state.logs.keys().next().value);
}

/** The message that another one answers, or undefined until it is here. */
export function quoted(room, seq) {
  const held = state.logs.get(room)?.get(seq);
  const key = `${room}/${seq}`;
  if (held || quotes.has(key)) return held ?? quotes.get(key);
  quotes.set(key, undefined);
  if (quotes.size > KEPT_QUOTES) quotes.delete(quotes.keys().next().value);
  fetchQuote(room, seq, key);
  return undefined;
}

async function fetchQuote(room, seq, key) {
  try {
    const found = await messageAt(room, seq);
    if (found) quotes.set(key, found);
    changed(`log:${room}`);
  } catch {
    quotes.delete(key);
  }
}

export async function loadMembers(name) {
  const { members } = await http.get(api("rooms", name, "members"));
  knowMembers(name, members);
  changed("members");
}

const before = new WeakMap(); // by a deleted message: the one that was the last before

/** The last message of a room that was not deleted; none if there was nothing else lately. */
export async function lastWords(room) {
  const last = lastMessage(room);
  if (!last?.deleted) return last;
  const { name } = room;
  const here = state.logs.get(name)?.items.findLast((message) => !message.deleted);
  if (!here && !before.has(last)) {
    before.set(last, messagesOf(name, { before: last.seq })
      .then(({ messages }) => messages.findLast((message) => !message.deleted))
      .catch(() => { before.delete(last); }));
  }
  return here ?? before.get(last);
}
