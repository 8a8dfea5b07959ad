// The message under the pointer or the keyboard, and the one bar that moves to it; what can be
// done with it is fetched when it is first asked for.

import { removalKey } from "../../acts/messages.js";
import { hasLine } from "../../line/socket.js";
import { state } from "../../state/state.js";
import { el, fill, keepingFocus } from "../../ui/el.js";
import { openCards, withControls } from "../shell/doors.js";

const ACTIVE = "a, button, audio, video, pre, input";
const KEYS = new Set(["r", "e", "+", "Delete"]);
const ABOVE = 20; // px of the bar that stand above its row
const EDGE = 4;

export function actionsFor(list, rows, compose) {
  const bar = el("div", { class: "actions", role: "group", "aria-label": "Message actions" });
  let row = null;
  // The row that the keyboard is on, if it was reached by keyboard: a click arms no keys.
  let armed = null;

  // How the list was last touched: a finger gets a sheet with words, not the bar.
  let finger = null;

  openCards(list);

  const isBusy = () => bar.querySelector("[aria-expanded=true]") !== null;
  const rowOf = (target) => target.closest?.(".messages > li");

  function show(element) {
    const message = element && rows.message(element);
    if (!message || !message.seq || isGone(message)) return hide();
    if (row === element && bar.isConnected && bar.look === lookOf(message)) return undefined;
    row = element;
    withControls(({ controls }) => {
      if (row !== element || !element.isConnected) return;
      bar.look = lookOf(message);
      keepingFocus(bar, () => fill(bar, controls(message, compose)));
      if (bar.parentNode !== element) element.append(bar);
      place();
    });
    return undefined;
  }

  /** Beside the first line of its row, or of what is seen of it. */
  function place() {
    if (!row || !bar.isConnected) return;
    const hidden = list.parentNode.getBoundingClientRect().top - row.getBoundingClientRect().top;
    const { offsetTop } = row.querySelector(".message-main");
    bar.style.top = `${Math.max(offsetTop, hidden + ABOVE + EDGE)}px`;
  }

  function hide() {
    if (isBusy() || (row === null && !bar.isConnected)) return;
    row = null;
    // The focus first: to lose it in the middle of a removal would end up here once more.
    if (bar.contains(document.activeElement)) document.activeElement.blur();
    bar.remove();
  }

  list.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType === "mouse" && !isBusy()) show(rowOf(target));
  });
  list.addEventListener("pointerdown", ({ pointerType }) => {
    const isClosing = document.activeElement?.matches("textarea")
      || Boolean(document.querySelector(".popover:popover-open"));
    finger = pointerType === "touch" ? { isClosing } : null;
  });
  list.addEventListener("click", ({ target }) => {
    const element = rowOf(target);
    // The first tap beside the keyboard, or what lies over the room, only closes it; links and
    // buttons do what they do.
    if (!element || !finger || finger.isClosing || target.closest(ACTIVE)) return;
    const message = rows.message(element);
    const isSelecting = !getSelection().isCollapsed;
    if (!message?.seq || isGone(message) || isSelecting) return;
    withControls(({ openSheet }) => openSheet(message, compose));
  });
  list.addEventListener("keydown", () => { finger = null; }, { capture: true });
  list.addEventListener("pointerleave", ({ pointerType }) => {
    if (pointerType === "mouse" && !bar.contains(document.activeElement)) hide();
  });
  list.addEventListener("focusin", ({ target }) => {
    const isByKey = target.matches(":focus-visible");
    armed = target === rowOf(target) && isByKey ? target : null;
    if (isByKey) reach(rowOf(target));
    if (!finger) show(rowOf(target));
  });
  list.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (!list.contains(relatedTarget) && target.isConnected) hide();
  });
  list.addEventListener("keydown", (event) => {
    if (event.target === rowOf(event.target)) press(event, event.target === armed);
  });

  function press(event, isArmed) {
    const element = rowOf(event.target);
    const message = rows.message(element);
    const steps = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" };
    if (event.key in steps) element[steps[event.key]]?.focus();
    else if (event.key === "Escape") compose.focus();
    else if (event.metaKey || event.ctrlKey || event.altKey || !message?.seq) return;
    else if (!isArmed || isGone(message) || !KEYS.has(event.key)) return;
    else withControls(({ pressKey }) => pressKey(event.key, message, bar, compose));
    event.preventDefault();
  }

  /** The one row that Tab stops at. */
  function reach(element) {
    for (const one of list.querySelectorAll(":scope > [tabindex='0']")) one.tabIndex = -1;
    if (element) element.tabIndex = 0;
  }

  /** After a drawing: the message may look different, or be gone. */
  function refresh() {
    if (row && !row.isConnected) hide();
    else if (row) show(row);
    const focused = document.activeElement;
    reach(list.contains(focused) ? rowOf(focused) : list.lastElementChild);
  }

  return { refresh, place };
}

const isGone = (message) => message.deleted || state.undoing.has(removalKey(message));
const lookOf = ({ room, seq, rev }) => `${room}/${seq}/${rev}/${hasLine()}`;
