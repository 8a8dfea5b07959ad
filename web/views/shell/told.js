// Telling outside the page: notifications, the badge and the sound; and taking back what was read.

import { canPush, mayNotify, renew, switchOn } from "../../acts/push.js";
import { waitingForMe } from "../../state/rooms.js";
import { state, watch } from "../../state/state.js";
import { go, goToRoom, roomLink } from "../../state/view.js";
import { isOn, play } from "../../ui/sound.js";

const ICON = new URL("../../icons/hearth-192.png", import.meta.url).href;
const SETTLE_MS = 300;
const { serviceWorker } = navigator;

export async function tell({ name, seq, title, body }) {
  if (isOn()) play();
  if (!mayNotify()) return;
  const registration = serviceWorker?.controller && await serviceWorker.getRegistration();
  if (!registration) {
    tellByPage({ name, seq, title, body });
    return;
  }
  // The room's tag: the push takes its place, and whoever reads it elsewhere takes it away.
  const shown = await registration.getNotifications({ tag: name });
  if (shown.some(({ data }) => data?.seq >= seq)) return; // another tab was faster
  const navigate = new URL(roomLink(name, seq), document.baseURI).href;
  await registration.showNotification(title, {
    body, tag: name, icon: ICON, renotify: true, data: { room: name, seq, navigate },
  });
}

function tellByPage({ name, seq, title, body }) {
  // The same tag in every tab: the system shows it once.
  const shown = new Notification(title, { body, tag: `${name}/${seq}`, icon: ICON });
  shown.onclick = () => {
    window.focus();
    goToRoom(name, seq);
    shown.close();
  };
}

/** Switch it on here, and follow at once; only ever when somebody presses a button. */
export async function turnOn() {
  await switchOn();
  if (canPush()) follow();
}

let follows = false;
let due = 0;

/** Go where a notification leads, and let none outlive what it tells of. */
export function follow() {
  if (follows) return;
  follows = true;
  serviceWorker.addEventListener("message", ({ data }) => data.go && go(data.go));
  // Many messages at once are one reason to look, not many.
  watch(["rooms"], () => { due ||= setTimeout(settle, SETTLE_MS); });
  let who = null;
  const meet = () => {
    if (state.me && state.me.name !== who) renew().catch(() => {});
    who = state.me?.name;
  };
  watch(["me"], meet);
  meet();
  settle();
}

async function settle() {
  due = 0;
  if (!state.me) return;
  const { calls } = waitingForMe();
  await (calls ? navigator.setAppBadge?.(calls) : navigator.clearAppBadge?.());
  if (!mayNotify()) return;
  const registration = await serviceWorker.getRegistration();
  for (const one of await registration?.getNotifications() ?? []) {
    if (state.rooms.get(one.tag)?.unread === 0) one.close();
  }
}
