// Notices of what happens elsewhere: the page's title and mark, and a polite word to screen
// readers; what is told outside the page is loaded when there is something to tell.

import { onArrival } from "../../line/events.js";
import { say } from "../../line/socket.js";
import { mentionsMe, plainSender } from "../../state/people.js";
import { plainTitle, waitingForMe } from "../../state/rooms.js";
import { state, watch } from "../../state/state.js";
import { isOnView, isWatched } from "../../state/view.js";
import { gist } from "../../text/words.js";

const LONGEST = 200;
const ICON = new URL("../../icons/hearth.svg", import.meta.url).href;
const ICON_CALLING = new URL("../../icons/hearth-new.svg", import.meta.url).href;
const PLACES = { people: "People", profile: "Your profile", browse: "Browse rooms" };

const loadTold = () => import("./told.js");

export function startNotices() {
  watch(["rooms", "place", "me", "users"], drawTitle);
  watch(["place", "line"], sayActive);
  for (const what of ["focus", "blur", "visibilitychange"]) addEventListener(what, sayActive);
  onArrival(notice);
  // Whoever is told on this device has a worker.
  if (navigator.serviceWorker?.controller) loadTold().then(({ follow }) => follow(), () => {});
}

function drawTitle() {
  const { calls, unread } = state.me ? waitingForMe() : { calls: 0, unread: false };
  const { view, room } = state.place;
  const here = state.me && (view === "room" && state.rooms.has(room)
    ? plainTitle(state.rooms.get(room)) : PLACES[view]);
  const waiting = calls ? `(${calls}) ` : unread ? "• " : "";
  document.title = waiting + [here, state.site].filter(Boolean).join(" · ");
  const mark = document.querySelector("link[rel=icon]");
  const wanted = calls ? ICON_CALLING : ICON;
  if (mark.href !== wanted) mark.href = wanted;
}

function notice(message, room) {
  if (message.call) import("../call/ring.js").then(({ ring }) => ring(message, room));
  const watched = isOnView(room.name) && isWatched();
  const words = gist(message).slice(0, LONGEST);
  const sender = plainSender(message);
  const wanted = room.notify === "all" || room.kind === "direct" || mentionsMe(message);
  const where = room.kind === "direct" ? sender : `${sender} in ${plainTitle(room)}`;
  if (isOnView(room.name)) announce(`${sender}: ${words}`);
  if (watched || !wanted || room.notify === "nothing") return;
  if (!isOnView(room.name)) announce(`${where}: ${words}`);
  loadTold().then(({ tell }) => tell({
    name: room.name, seq: message.seq, title: where, body: words,
  })).catch(() => {});
}

function announce(words) {
  const region = document.getElementById("announcer");
  const line = document.createElement("p");
  line.textContent = words;
  region.append(line);
  while (region.children.length > 3) region.firstChild.remove();
}

let lastSaid = "";

/** Say which room somebody looks at: no device is told of what is read here. */
function sayActive() {
  const { room = null } = state.place;
  const active = Boolean(room) && isWatched();
  const said = `${state.line.welcomes} ${active} ${room}`;
  if (said !== lastSaid && say({ type: "active", active, room })) lastSaid = said;
}
