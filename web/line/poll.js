// Without a socket, which some proxies do not let through: the same events, read by HTTP every few
// seconds, and sends carried by HTTP. The socket goes on trying, and ends this when it is there.

import { awayFor, changed, state, watch } from "../state/state.js";
import { know } from "./events.js";
import { api, http } from "./http.js";
import { carryBy } from "./outbox.js";
import { tryNow } from "./socket.js";

const GRACE = 3_000;
const JITTER = 1_000;
const EVERY = 4_000;
const EVERY_HIDDEN = 20_000;
const LONGEST_DELAY = 30_000;

let hear = () => {};
let timer = 0;
let turn = 0;
let failures = 0;

/** Read by HTTP whenever the line is down for longer than a restart takes. */
export function pollFor(listen) {
  hear = listen;
  follow();
}

function follow() {
  const { status } = state.line;
  if (status === "open" || status === "off") stop();
  else if (!timer) start();
}

function start() {
  failures = 0;
  timer = setTimeout(() => look(turn), Math.max(0, GRACE - awayFor()) + Math.random() * JITTER);
}

function stop() {
  clearTimeout(timer);
  timer = 0;
  // What is still on its way is older than what the socket says.
  turn += 1;
  mark(false, "");
}

async function look(mine) {
  try {
    if (!state.line.welcomes) await welcome(mine);
    else await catchUp(mine);
    if (mine !== turn) return;
    failures = 0;
    if (!state.line.byHttp) tryNow();
    mark(true, "");
  } catch (refusal) {
    if (mine !== turn) return;
    failures += 1;
    mark(false, refusal.message);
  }
  if (mine !== turn) return;
  const every = document.hidden ? EVERY_HIDDEN : EVERY;
  timer = setTimeout(() => look(mine), Math.min(LONGEST_DELAY, every * 2 ** failures));
}

/** Who I am and what my rooms are, as the socket's welcome would say it. */
async function welcome(mine) {
  const [{ user }, { rooms }, { limits }] = await Promise.all([
    http.get("api/auth/verify"), http.get("api/rooms"), http.get("api/config"),
  ]);
  if (mine !== turn) return;
  state.line.welcomes += 1;
  hear({
    type: "welcome", user, epoch: state.epoch, rooms: rooms.filter(({ role }) => role),
    presence: [user.name], limits,
  });
}

async function catchUp(mine) {
  const { rooms } = await http.get("api/rooms");
  const theirs = rooms.filter(({ role }) => role);
  for (const room of theirs) {
    for (const message of await changes(room)) {
      if (mine === turn) hear({ type: "message", ...message });
    }
    if (mine !== turn) return;
    hear({ type: "room", ...room });
  }
  const names = new Set(theirs.map(({ name }) => name));
  for (const name of [...state.rooms.keys()]) if (!names.has(name)) hear({ type: "gone", room: name });
}

/** What a room that is open here has missed; of any other one, the last word. */
async function changes({ name, rev, last_message: last }) {
  const known = state.rooms.get(name);
  const log = state.logs.get(name);
  if (!log?.ready) return known && last?.seq > known.seq ? [last] : [];
  const missed = [];
  for (let since = log.rev; since < rev;) {
    const query = new URLSearchParams({ since });
    const page = await http.get(`${api("rooms", name, "changes")}?${query}`);
    missed.push(...page.messages);
    since = page.has_newer ? page.rev : rev;
  }
  return missed;
}

async function carry({ room, ...send }) {
  know(await http.post(api("rooms", room, "messages"), send));
}

function mark(byHttp, fault) {
  const { line } = state;
  if (line.byHttp === byHttp && line.fault === fault) return;
  Object.assign(line, { byHttp, fault });
  carryBy(byHttp ? carry : null);
  changed("line");
}

watch(["line"], follow);
