// The service worker: shows what is pushed while no page is open, and leads to it; and keeps the
// page, so that it opens without a line.

const { scope } = registration;
const ICON = new URL("web/icons/hearth-192.png", scope).href;
const NOTHING_SAID = { title: "Something is new", body: "", tag: "new" };

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(fetch(scope).then(keep).catch(() => {}));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

// Pushes

addEventListener("push", (event) => event.waitUntil(show(event.data)));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data?.navigate ?? scope));
});
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function show(pushed) {
  const { notification = NOTHING_SAID, app_badge: badge } = pushed?.json() ?? {};
  const { title, body, tag, navigate, data } = notification;
  // A page may have told of it already; then it only takes its place.
  const shown = await registration.getNotifications({ tag });
  const isTold = shown.some((one) => one.data?.seq >= data?.seq);
  await registration.showNotification(title, {
    body, tag, icon: ICON, renotify: !isTold, silent: isTold, data: { ...data, navigate },
  });
  if (badge !== undefined) await navigator.setAppBadge?.(badge);
  await closeRead().catch(() => {}); // Without a line it stays as it is.
}

/** What was read elsewhere is no news here; we only hear of that when we are woken. */
async function closeRead() {
  const shown = await registration.getNotifications();
  if (shown.length < 2) return;
  const answer = await fetch("api/rooms");
  if (!answer.ok) return;
  const { rooms } = await answer.json();
  const read = new Set(rooms.filter(({ unread }) => unread === 0).map(({ name }) => name));
  for (const one of shown) if (read.has(one.tag)) one.close();
}

/** To the window that is open, or else to a new one. */
async function lead(address) {
  const home = new URL(scope).pathname;
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find(({ url }) => new URL(url).pathname === home);
  if (!open) return clients.openWindow(address);
  open.postMessage({ go: new URL(address).hash });
  return open.focus();
}

/** The server replaces what this session had; not every browser says what is old or new. */
async function renew({ newSubscription }) {
  const subscription = newSubscription ?? await subscribe();
  await fetch("api/notifications/devices", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(subscription),
  });
}

async function subscribe() {
  const { key } = await (await fetch("api/notifications")).json();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

// The page and its files

const CACHE = `hearth ${new URL(scope).pathname} `; // and the version
const PATIENCE_MS = 3_000; // with a line that hardly is one, until the page is what it was

addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method !== "GET" || !url.startsWith(scope)) return;
  const path = url.slice(scope.length).replace(/#.*/, "");
  if (mode === "navigate" && path === "") event.respondWith(page(event));
  else if (path.startsWith("web/v-")) event.respondWith(file(event.request));
});

/** The page as the server has it; if it does not answer soon, as it was. */
async function page(event) {
  const asked = fetch(scope).catch(() => null);
  const copied = asked.then((answer) => (answer?.ok ? answer.clone() : null));
  event.waitUntil(copied.then((copy) => copy && keep(copy)).catch(() => {})); // or the next time
  const answer = await Promise.race([asked, new Promise((pass) => setTimeout(pass, PATIENCE_MS))]);
  if (answer?.ok) return answer;
  return await caches.match(scope) ?? await asked ?? Response.error();
}

const file = async (request) => await caches.match(request) ?? fetch(request);

let kept = Promise.resolve();

/** One after the other: two at once would each throw away what the other keeps. */
const keep = (answer) => { kept = kept.catch(() => {}).then(() => keepOnly(answer)); return kept; };

/** Keep a page when all files of its version are there, and then nothing older. */
async function keepOnly(answer) {
  const [, version] = /"(web\/v-\w+\/)/.exec(await answer.clone().text());
  const cache = await caches.open(CACHE + version);
  if (!await cache.match(scope)) {
    const files = await (await fetch(`${scope}${version}files.json`)).json();
    await cache.addAll(files.map((path) => scope + version + path));
  }
  await cache.put(scope, answer);
  const names = await caches.keys();
  const isOld = (name) => name.startsWith(CACHE) && name !== CACHE + version;
  await Promise.all(names.filter(isOld).map((name) => caches.delete(name)));
}
