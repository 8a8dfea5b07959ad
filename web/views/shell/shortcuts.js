// The shortcuts that are heard everywhere.

import { state } from "../../state/state.js";
import { go, goToRoom, searchLink } from "../../state/view.js";
import { isUnread, sections } from "../../state/rooms.js";
import { anyDialogOpen } from "../../ui/dialog.js";
import { PAGES, scrollRoom } from "../compose/paging.js";
import { openHelp, openSwitcher } from "./doors.js";

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
  } else if (key in PAGES && target === document.body) {
    const main = document.querySelector(".room-main > .timeline");
    if (main) scrollRoom(main, PAGES[key]);
  } else {
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
