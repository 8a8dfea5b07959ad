// Coming and going: who is signed in on this page, and its line to the server.

import { cursors, hear } from "../line/events.js";
import { api, beginAnew, hangUp, http } from "../line/http.js";
import { emptyOutbox, forgetDrafts, restore, resume } from "../line/outbox.js";
import { connect, disconnect } from "../line/socket.js";
import { forgetKept, recall } from "../state/kept.js";
import { forgetLasts, forgetUse } from "../state/rooms.js";
import { changed, forgetUser, knowUser, remember, state } from "../state/state.js";
import { finishRemovals } from "./messages.js";
import { loadOrder, loadTimes } from "./rooms.js";
import { loadAhead, loadPlace } from "./history.js";

// Whether it is worth asking the server who we are; the cookie itself is out of our sight.
const SIGNED_IN = "hearth/signed-in";
const LEAVING = "hearth/leaving"; // a sign-out of which the server has not heard

// What code that is loaded later keeps in this browser; it ends with the session, too.
export const PUSH_WANTED = "hearth/push"; // by whom it was switched on: it comes back with them
export const IN_CALL = "hearth/in-call"; // the room whose call this page is in

const IDLE_MS = 2_000; // after the welcome: what is shown comes first
const STAND_IN_MS = 1_000; // until what stands in for the socket is fetched

let firstServer = null;

export const mayBeSignedIn = () => localStorage.getItem(SIGNED_IN) !== null;

/** Sign in; gives what the server has to tell about the account since the last time. */
export async function signIn(name, password) {
  const form = { name, password };
  const { password_reset: reset } = await http.post("api/auth/token", form, { entering: true });
  enter();
  return { reset };
}

/** What the code of a link lets somebody become. */
export const joining = (code) => http.get(api("join", code));

/** Whom a link to a new password is for. */
export const resetOf = (code) => http.get(api("reset", code));

export async function setPassword(code, password) {
  await http.post(api("reset", code), { password }, { entering: true });
}

export async function register(form) {
  await http.post("api/auth/register", form, { entering: true });
  enter();
}

/** Go on with the session of this browser: at once with what was kept, and then by the line. */
export const comeBack = () => enter(recall().then(() => state.me && restore()));

/** Follow the server; from where `past` leads, once that is there. */
function enter(past) {
  remember(SIGNED_IN, "yes");
  remember(LEAVING, "");
  setTimeout(standIn, STAND_IN_MS);
  connect({
    hello: async () => {
      await past;
      return { epoch: state.epoch ?? undefined, cursors: cursors() };
    },
    hear: take,
    refused: askWhoIAm,
  });
}

/** What reads by HTTP while there is no socket; without it, a socket alone must do. */
const standIn = () => import("../line/poll.js").then(({ pollFor }) => pollFor(take), () => {});

export async function signOut() {
  await finishRemovals();
  emptyOutbox();
  forgetDrafts();
  forgetUse();
  localStorage.removeItem(PUSH_WANTED);
  rest();
  remember(LEAVING, "yes");
  await endHere();
  leave();
}

/** While the server is away, the cookie of who signs out stays in this browser: end it now. */
export const finishLeaving = async () => localStorage.getItem(LEAVING) && endHere();

async function endHere() {
  const { status } = await http.post("api/auth/logout", {}, { leaving: true })
    .catch((refusal) => refusal) ?? {};
  if (status === undefined || status === 401) remember(LEAVING, "");
}

/** Nothing more is asked or sent in this name; what would come is of a session that ended. */
function rest() {
  disconnect();
  stopUploads();
  hangUp();
}

/** The server does not know us any more; what is unsent waits for the next sign-in. */
export function leave() {
  localStorage.removeItem(SIGNED_IN);
  sessionStorage.removeItem(IN_CALL);
  rest();
  beginAnew();
  if (navigator.serviceWorker?.controller) {
    import("./push.js").then(({ withdraw }) => withdraw()).catch(() => {});
  }
  forgetKept();
  forgetLasts();
  forgetUser();
  changed("me", "place");
}

function stopUploads() {
  for (const list of state.uploads.values()) for (const one of list) one.cancel?.();
  state.uploads.clear();
  state.due.clear();
}

function take(event) {
  hear(event);
  if (event.type !== "welcome") return;
  resume();
  const edition = event.users && `${event.epoch} ${event.users}`;
  if (!edition || edition !== state.edition) loadPeople(edition);
  loadPlace().then(loadOrder);
  setTimeout(keep, IDLE_MS);
  if (event.server) noticeVersion(event.server);
}

async function loadPeople(edition) {
  const { users } = await http.get("api/users").catch(() => ({ users: [] }));
  for (const user of users) knowUser(user);
  if (users.length) state.edition = edition;
  changed("users");
}

async function askWhoIAm() {
  await http.get("api/auth/verify").catch(() => {});
}

/** Start the worker, which keeps the page for a time without a line; only HTTPS has one. */
export const startWorker = () => (
  navigator.serviceWorker?.register(new URL("worker.js", document.baseURI)));

/** Have at hand what a time without a line needs. */
function keep() {
  if (!state.me) return;
  loadTimes().then(loadAhead);
  startWorker()?.catch(() => {});
}

/** A new version of the server brings a new page: reload once nobody looks, and nobody talks. */
function noticeVersion(server) {
  const version = JSON.stringify(server);
  firstServer ??= version;
  if (version === firstServer) return;
  const reload = () => {
    if (document.hidden && !sessionStorage.getItem(IN_CALL)) location.reload();
  };
  reload();
  document.addEventListener("visibilitychange", reload);
}
