// The ways to elsewhere: the shortcuts that are heard everywhere; the way back; and what opens over
// the page, whose code is fetched when it is wanted, or when nothing else is to do.

import { badgeCount, isUnread, sections, waitingForMe } from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { go, goToRoom, searchLink } from "../../state/view.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { ahead, withLater } from "../../ui/toast.js";

const IDLE = 1_000; // ms after the first view
const PAGE_KEYS = { PageUp: -1, PageDown: 1 };
const PAGE_PART = 0.9; // of the screen

export const loadLobby = () => import("./lobby.js");
const create = () => import("../room/create.js");
const switcher = () => import("../sidebar/switcher.js");
const picker = () => import("../compose/picker.js");
const help = () => import("./help.js");
const completion = () => import("../compose/complete.js");
const uploads = () => import("../compose/uploads.js");
const marks = () => import("../compose/marks.js");
const card = () => import("../people/card.js");
const controls = () => import("../message/controls.js");

export const newRoom = () => withLater(create, ({ roomDialog }) => roomDialog());
export const newDirect = () => withLater(create, ({ directDialog }) => directDialog());
export const openHelp = () => withLater(help, ({ helpDialog }) => helpDialog());

export const openMarks = (anchor) => withLater(help, ({ marksAt }) => marksAt(anchor));

/** Let the user pick an emoji beside this control. */
export const openPicker = (anchor, pick) => (
  withLater(picker, ({ pickerAt }) => pickerAt(anchor, pick)));

/** Open the switcher; what is typed before its code is there is meant for it. */
export function openSwitcher() {
  if (anyDialogOpen()) return;
  const keys = [];
  const release = () => removeEventListener("keydown", hold, { capture: true });
  const hold = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    keys.push(event.key);
    if (event.key === "Escape") release();
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("keydown", hold, { capture: true });
  withLater(switcher, ({ switcherDialog }) => switcherDialog(keys)).then(release);
}

/** What can be done with a message. */
export const withControls = (use) => withLater(controls, use);

/** The files that a message takes along. */
export const withUploads = (use) => withLater(uploads, use);

/** Use a key for bold, italic, or a link of what is selected; false if it is not for one. */
export function pressMark(box, event) {
  const { ctrlKey, metaKey, altKey, shiftKey } = event;
  const key = event.key.toLowerCase();
  const keys = box.selectionStart === box.selectionEnd ? ["b", "i"] : ["b", "i", "k"];
  if (!(ctrlKey || metaKey) || altKey || shiftKey || !keys.includes(key)) return false;
  event.preventDefault();
  event.stopPropagation();
  withLater(marks, ({ putMark }) => putMark(box, key));
  return true;
}

export const openCard = (anchor, name) => withLater(card, ({ cardAt }) => cardAt(anchor, name));

/** Open the card of whoever is named under a press inside this box. */
export function openCards(box) {
  box.addEventListener("click", (event) => {
    const anchor = event.target.closest("[data-person]");
    if (!anchor || event.ctrlKey || event.metaKey || !state.users.has(anchor.dataset.person)) return;
    event.preventDefault();
    openCard(anchor, anchor.dataset.person);
  });
}

/** Have what is opened most: it is there at once, and also when the line is lost. */
export function warmUp() {
  setTimeout(() => {
    const parts = [switcher, controls, completion, uploads, picker, card, marks, create, loadLobby];
    for (const load of parts) ahead(load).catch(() => {});
  }, IDLE);
}

export function backLink() {
  return drawBack(el("a", { class: "icon-button back", href: "#/" }));
}

/** Say at the way back how much calls from the other rooms. */
export function drawBack(link) {
  const { calls } = waitingForMe();
  const words = "Back to the rooms";
  link.setAttribute("aria-label", calls ? `${words}, ${calls} new` : words);
  return fill(link, icon("back"), calls > 0 && el("span", { class: "badge" }, badgeCount(calls)));
}

export function pressShortcut(event) {
  const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  if (!state.me || event.defaultPrevented) return;
  const writing = target.matches?.("input, textarea, select");
  const command = ctrlKey || metaKey;
  if (command && key.toLowerCase() === "k") openSwitcher();
  else if (command && shiftKey && key.toLowerCase() === "f") openSearch();
  else if (key === "/" && !writing && !command && !anyDialogOpen()) openSearch();
  else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) {
    step(key === "ArrowUp" ? -1 : 1, shiftKey);
  } else if (key === "?" && !writing && !command) openHelp();
  else if (key === "Escape" && !writing && !anyDialogOpen() && !anyPopoverOpen()) {
    composeBox()?.focus();
  } else if (target !== document.body || !pressPage(key)) {
    if (isTyped(event)) composeBox()?.focus();
    return;
  }
  event.preventDefault();
}

const composeBox = () => document.querySelector(".compose textarea");

/** A letter for nobody: it belongs into the compose box, where it goes by its own way. */
function isTyped({ key, ctrlKey, metaKey, altKey, isComposing, target }) {
  if ([...key].length !== 1 || key === " " || ctrlKey || metaKey || altKey || isComposing) {
    return false;
  }
  return !target.matches?.("input, textarea, select, audio, video") && !anyDialogOpen()
    && !anyPopoverOpen();
}

/** Scroll the room by most of a screen; false if the key is not for that, or there is no room. */
export function pressPage(key) {
  const scroller = key in PAGE_KEYS && document.querySelector(".room-main .scroller");
  if (!scroller) return false;
  scroller.scrollBy({ top: PAGE_KEYS[key] * scroller.clientHeight * PAGE_PART });
  return true;
}

export const anyDialogOpen = () => document.querySelector("dialog[open]") !== null;
const anyPopoverOpen = () => document.querySelector(":popover-open") !== null;

function openSearch() {
  if (anyDialogOpen()) return;
  const box = document.querySelector(".search .seek");
  if (box) box.select();
  else go(searchLink(""));
}

function step(by, unreadOnly) {
  const { favorites, rooms, direct } = sections();
  const all = [...favorites, ...rooms, ...direct];
  const here = all.findIndex((room) => room.name === state.place.room);
  const fits = (room) => room.name === state.place.room || !unreadOnly || isUnread(room);
  for (let at = here + by; at >= 0 && at < all.length; at += by) {
    if (fits(all[at])) return goToRoom(all[at].name);
  }
  return here < 0 && all.length ? goToRoom(all[0].name) : go(location.hash);
}
