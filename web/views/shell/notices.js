// Notices of what happens elsewhere: the page's title and mark, desktop notifications, and a
// polite word to screen readers.

import { onArrival } from "../../line/events.js";
import { mentionsMe, plainSender } from "../../state/people.js";
import { plainTitle, waitingForMe } from "../../state/rooms.js";
import { state, watch } from "../../state/state.js";
import { goToRoom, isOnView, isWatched } from "../../state/view.js";
import { gist } from "../message/files.js";

const LONGEST = 200;
const ICON = new URL("../../icons/hearth.svg", import.meta.url).href;
const ICON_CALLING = new URL("../../icons/hearth-new.svg", import.meta.url).href;
const PLACES = { people: "People", profile: "Your profile", browse: "Browse rooms" };

export function startNotices() {
  watch(["rooms", "place", "me", "users"], drawTitle);
  onArrival(notice);
}

function drawTitle() {
  const { calls, unread } = state.me ? waitingForMe() : { calls: 0, unread: false };
  const { view, room } = state.place;
  const here = state.me && (view === "room" && state.rooms.has(room)
    ? plainTitle(state.rooms.get(room)) : PLACES[view]);
  const site = state.config?.name || "Hearth";
  const waiting = calls ? `(${calls}) ` : unread ? "• " : "";
  document.title = waiting + [here, site].filter(Boolean).join(" · ");
  const mark = document.querySelector("link[rel=icon]");
  const wanted = calls ? ICON_CALLING : ICON;
  if (mark.href !== wanted) mark.href = wanted;
}

function notice(message, room) {
  const watched = isOnView(room.name) && isWatched();
  const words = gist(message).slice(0, LONGEST);
  const sender = plainSender(message);
  const wanted = room.notify === "all" || room.kind === "direct" || mentionsMe(message);
  const where = room.kind === "direct" ? sender : `${sender} in ${plainTitle(room)}`;
  if (isOnView(room.name)) announce(`${sender}: ${words}`);
  if (watched || !wanted || room.notify === "nothing") return;
  if (!isOnView(room.name)) announce(`${where}: ${words}`);
  notify(room, message, where, words);
}

function announce(words) {
  const region = document.getElementById("announcer");
  const line = document.createElement("p");
  line.textContent = words;
  region.append(line);
  while (region.children.length > 3) region.firstChild.remove();
}

function notify(room, { seq }, title, body) {
  if (!canNotify() || Notification.permission !== "granted") return;
  // The same tag in every tab: the system shows it once.
  const shown = new Notification(title, {
    body, tag: `${room.name}/${seq}`, icon: ICON,
  });
  shown.onclick = () => {
    window.focus();
    goToRoom(room.name, seq);
    shown.close();
  };
}

const canNotify = () => "Notification" in window && isSecureContext;

export function notificationState() {
  if (!canNotify()) {
    return { words: "This browser shows notifications only over HTTPS.", mayAsk: false };
  }
  if (Notification.permission === "granted") {
    return { words: "On. Each room's settings say what may notify you.", mayAsk: false };
  }
  if (Notification.permission === "denied") {
    return { words: "Your browser blocks them for this page.", mayAsk: false };
  }
  return {
    words: "Be told of direct messages, and in rooms of what each room's settings say: at first "
      + "only of mentions.",
    mayAsk: true,
  };
}

export const askForNotifications = () => Notification.requestPermission();
