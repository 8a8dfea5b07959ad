// Being told on this device, also while no page of ours is open; and the devices that are.

import { api, http } from "../line/http.js";
import { remember, state } from "../state/state.js";
import { PUSH_WANTED, startWorker } from "./session.js";

const PATH = "api/notifications";
const { serviceWorker } = navigator;

export const notifications = () => http.get(PATH);
export const chooseForNewRooms = (notify) => http.patch(PATH, { notify });
export const testHere = () => http.post(`${PATH}/test`);

const canNotify = () => isSecureContext && "Notification" in window;
export const canPush = () => canNotify() && Boolean(serviceWorker) && "PushManager" in window;
export const mayNotify = () => canNotify() && Notification.permission === "granted";

const isOfApple = () => /iPhone|iPad/.test(navigator.userAgent)
  || (navigator.userAgent.includes("Macintosh") && navigator.maxTouchPoints > 1);

/** What this browser lets us do: "ask", "granted", "denied", or why it lets us do nothing. */
export function permission() {
  if (!isSecureContext) return "insecure";
  if (!canNotify()) return isOfApple() ? "install" : "none";
  return Notification.permission === "default" ? "ask" : Notification.permission;
}

/** Ask to be let, and subscribe; only ever when somebody presses a button. */
export async function switchOn() {
  if (await Notification.requestPermission() !== "granted") return;
  if (!canPush()) return;
  await subscribe();
  remember(PUSH_WANTED, state.me.name);
}

/** What was switched on here by who is here now, as the server may have forgotten it. */
export async function renew() {
  if (mayNotify() && localStorage.getItem(PUSH_WANTED) === state.me.name) await subscribe();
}

export async function stop({ id, current }) {
  await http.delete(api("notifications", "devices", id));
  if (!current) return;
  localStorage.removeItem(PUSH_WANTED);
  await withdraw();
}

/** Nobody is signed in here: no push comes, and nothing of one stays. */
export async function withdraw() {
  const registration = await serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
  for (const one of await registration?.getNotifications() ?? []) one.close();
  await navigator.clearAppBadge?.();
}

async function subscribe() {
  const { key } = await notifications();
  const registration = await startWorker();
  await serviceWorker.ready;
  const { pushManager } = registration;
  let subscription = await pushManager.getSubscription();
  if (subscription && keyOf(subscription) !== key) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
    .catch(() => {
      throw new Error("This browser has no push service; it tells you while a page is open.");
    });
  await http.post(`${PATH}/devices`, subscription.toJSON());
}

function keyOf({ options }) {
  const text = btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
