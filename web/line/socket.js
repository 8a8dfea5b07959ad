// The socket: connects, says hello, keeps itself alive, and comes back after a loss.

import { changed, state } from "../state/state.js";

const HEARTBEAT = 25_000;
const PATIENCE = 10_000;
const SHORT_PATIENCE = 3_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const EARLY = { attempts: 10, longestDelay: 3_000 }; // while another server may take over
const SIGN_IN_AGAIN = 4401;
const SLOW_DOWN = 4429;

let socket = null;
let attempt = 0;
let retry = 0;
let beat = 0;
let deadline = 0;
let handlers = null;

/** Connect, and stay connected, until told otherwise. */
export function connect({ hello, hear, refused }) {
  handlers = { hello, hear, refused };
  attempt = 0;
  open();
}

export function disconnect() {
  handlers = null;
  clearTimeout(retry);
  drop();
  mark("off");
}

/** Say one thing; false if nobody is listening. */
export function say(object) {
  // It may be closing, and not have said so yet.
  if (state.line.status !== "open" || socket.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(object));
  return true;
}

/** Can something be done now that does not wait? */
export const hasLine = () => state.line.status === "open" || state.line.byHttp;

/** Do not wait for the next attempt. */
export function tryNow() {
  if (!handlers || state.line.status === "open" || socket) return;
  clearTimeout(retry);
  open();
}

function open() {
  const url = new URL("api/socket", document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  const opening = new WebSocket(url);
  socket = opening;
  if (state.line.status !== "away") mark("connecting");
  expect(PATIENCE);
  opening.onopen = () => greet(opening);
  opening.onmessage = ({ data }) => opening === socket && read(data);
  opening.onclose = ({ code }) => opening === socket && lost(code);
}

async function greet(opening) {
  const hello = await handlers.hello();
  if (opening === socket) opening.send(JSON.stringify({ type: "hello", ...hello }));
}

function read(data) {
  clearTimeout(deadline);
  for (const line of data.split("\n")) {
    if (!line) continue;
    const event = JSON.parse(line);
    if (event.type === "welcome") welcomed();
    handlers?.hear(event);
  }
}

function welcomed() {
  attempt = 0;
  state.line.welcomes += 1;
  clearInterval(beat);
  beat = setInterval(() => check(), HEARTBEAT);
  mark("open");
}

function check(patience = PATIENCE) {
  if (say({ type: "ping" })) expect(patience);
}

function expect(within) {
  clearTimeout(deadline);
  deadline = setTimeout(() => lost(0), within);
}

function drop() {
  clearTimeout(deadline);
  clearInterval(beat);
  const old = socket;
  socket = null;
  if (old) old.onopen = old.onmessage = old.onclose = null;
  old?.close();
}

function lost(code) {
  drop();
  if (!handlers) return;
  // Full jitter: after a restart everybody comes back, and must not come back at once.
  const longest = attempt < EARLY.attempts ? EARLY.longestDelay : LONGEST_DELAY;
  const ceiling = Math.min(longest, FIRST_DELAY * 2 ** attempt);
  const floor = code === SLOW_DOWN ? PATIENCE : 0;
  const delay = floor + Math.random() * ceiling;
  attempt += 1;
  state.line.retryAt = Date.now() + delay;
  mark("away");
  const asker = handlers;
  const again = () => {
    if (handlers === asker && !socket) retry = setTimeout(open, delay);
  };
  // Whoever owns the session finds out whether it ended; another socket would only be refused.
  if (code === SIGN_IN_AGAIN) {
    handlers.refused().then(again);
    return;
  }
  again();
  // The status of a refused handshake is hidden from us, so it may mean the same.
  if (state.line.welcomes === 0) handlers.refused();
}

function mark(status) {
  if (status === "away" && state.line.status !== "away") state.line.awaySince = Date.now();
  state.line.status = status;
  changed("line");
}

addEventListener("online", tryNow);
addEventListener("offline", () => check(SHORT_PATIENCE));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  tryNow();
  check();
});
