// What this browser keeps for a time without a line: my rooms, and the latest messages of each.
// It is as good as what was heard, and goes on from there by rev. It ends with the session.

import { Log } from "./log.js";
import { lastTimes, recallTimes } from "./rooms.js";
import { changed, state, watch } from "./state.js";

export const KEPT_LOGS = 40; // rooms of which the latest messages are kept
const KEPT_MESSAGES = 60; // of each
const RECALL_MS = 1_000; // until the page does without
const STORE_MS = 3_000; // between two writes
const STORE = "kept";
const PARTS = ["me", "epoch", "edition", "limits", "server", "sizes"];

const name = () => `hearth${new URL(".", document.baseURI).pathname}`;

const written = new Map(); // by room: the rev that is kept
let timer = 0;

/** Fill the state with what was kept, if it comes in time and nobody has said anything newer. */
export async function recall() {
  const entries = await Promise.race([
    ask("readonly", (store) => store.getAll()).catch(() => null),
    new Promise((pass) => setTimeout(pass, RECALL_MS)),
  ]);
  const about = entries?.find(({ room }) => room === "");
  // Off: meanwhile, the session was found to have ended.
  if (!about || state.me || state.line.status === "off") return;
  for (const part of PARTS) state[part] = about[part] ?? state[part];
  recallTimes(about.times);
  for (const user of about.users) state.users.set(user.name, user);
  for (const room of about.rooms) state.rooms.set(room.name, room);
  for (const { room, rev, messages, hasOlder } of entries) {
    if (!state.rooms.has(room)) continue;
    const log = new Log(room);
    log.replace({ messages, has_older: hasOlder, has_newer: false });
    log.rev = rev;
    state.logs.set(room, log);
    written.set(room, rev);
  }
  state.line.asOf = about.at;
  changed("me", "users", "rooms", "line");
}

/** Keep nothing: the session has ended. */
export function forgetKept() {
  clearTimeout(timer);
  timer = 0;
  written.clear();
  try {
    indexedDB.deleteDatabase(name());
  } catch {
    // Storage is forbidden: nothing was kept.
  }
}

/** Write what is new. */
async function store() {
  clearTimeout(timer);
  timer = 0;
  const { status, byHttp, awaySince, welcomes } = state.line;
  if (!state.me || !welcomes) return;
  const at = status === "open" || byHttp ? Date.now() : awaySince;
  const about = { room: "", at, users: [...state.users.values()] };
  for (const part of PARTS) about[part] = state[part];
  about.rooms = [...state.rooms.values()];
  about.times = lastTimes();
  const logs = [...state.logs.values()].filter((log) => log.ready && !log.hasNewer);
  const fresh = logs.filter((log) => written.get(log.room) !== log.rev);
  const gone = [...written.keys()].filter((room) => !state.rooms.has(room));
  await ask("readwrite", (kept) => {
    for (const log of fresh) {
      const messages = log.items.slice(-KEPT_MESSAGES);
      const hasOlder = log.hasOlder || messages.length < log.items.length;
      kept.put({ room: log.room, rev: log.rev, messages, hasOlder });
      written.set(log.room, log.rev);
    }
    for (const room of gone) {
      kept.delete(room);
      written.delete(room);
    }
    return kept.put(about);
  }).catch(() => {}); // Storage is full or forbidden: this page needs its line, as it did.
}

function ask(mode, use) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name(), 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "room" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const base = opening.result;
      const asking = base.transaction(STORE, mode);
      const request = use(asking.objectStore(STORE));
      asking.oncomplete = () => {
        base.close();
        resolve(request.result);
      };
      asking.onabort = () => {
        base.close();
        reject(asking.error);
      };
    };
  });
}

watch(["me", "rooms", "users", "logs"], () => {
  if (state.line.welcomes) timer ||= setTimeout(store, STORE_MS);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden && timer) store();
});
