// Popovers beside the control that opened them: menus and pickers. Esc and a press elsewhere
// close them; focus goes back to where it was.

import { whenElsewhere } from "../state/view.js";
import { el, freshId } from "./el.js";

const MARGIN = 8;

export function openPopover(anchor, content, {
  label, role = "dialog", className = "", start = false, onclose,
}) {
  const id = freshId("popover");
  const box = el("div", {
    id, role, popover: "auto", class: `popover ${className}`, "aria-label": label,
  }, content);
  // Inside an open dialog, everything outside it is inert.
  (anchor.closest("dialog") ?? document.body).append(box);
  anchor.setAttribute("aria-expanded", "true");
  box.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    if (box.contains(document.activeElement) || document.activeElement === document.body) {
      anchor.focus({ preventScroll: true });
    }
    box.remove();
    onclose?.();
  });
  box.showPopover();
  place(box, anchor.getBoundingClientRect(), start);
  return () => box.isConnected && box.hidePopover();
}

/** Below or above the anchor, with their ends in line, or their starts. */
function place(box, near, start) {
  const { width, height } = box.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const below = near.bottom + height + MARGIN <= clientHeight;
  const top = below ? near.bottom + 4 : near.top - height - 4;
  const side = start ? near.left : near.right - width;
  const left = Math.min(side, clientWidth - width - MARGIN);
  box.style.top = `${Math.max(MARGIN, Math.min(top, clientHeight - height - MARGIN))}px`;
  box.style.left = `${Math.max(MARGIN, left)}px`;
}

whenElsewhere(() => {
  for (const box of document.querySelectorAll(":popover-open")) box.hidePopover();
});

/** A menu of actions; an action may be null, when it does not apply. */
export function openMenu(anchor, label, actions) {
  const items = actions.filter(Boolean).map(({ text, act, danger, mark }) => el("button", {
    type: "button",
    role: "menuitem",
    class: danger ? "danger-text" : "",
    onclick: () => {
      close();
      act();
    },
  }, mark, text));
  const list = el("div", { class: "menu", onkeydown: (event) => move(event, items) }, items);
  const close = openPopover(anchor, list, { label, role: "menu" });
  items[0]?.focus();
}

function move(event, items) {
  const here = items.indexOf(document.activeElement);
  const steps = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  items.at(steps[event.key] % items.length)?.focus();
}
