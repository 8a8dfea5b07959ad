// The panel beside a room; who stands in it is loaded when it opens.

import { loadMembers } from "../../acts/history.js";
import { state, watch } from "../../state/state.js";
import { closeButton } from "../../ui/dialog.js";
import { el, fill, keepingFocus } from "../../ui/el.js";
import { withLater } from "../../ui/later.js";
import { attempt } from "../../ui/toast.js";

const OPEN = "hearth/members";
const BESIDE = matchMedia("(min-width: 1100px)");

export function membersPanel(name) {
  const list = el("div", { class: "members-list" });
  const panel = {
    element: null, close: null, toggle, onchange: () => {}, isOpen: () => !panel.element.hidden,
  };
  panel.element = el("aside", { class: "members", "aria-label": "Members", hidden: true },
    el("header", { class: "members-head" }, el("h2", {}, "Members"), closeButton(toggle)),
    list);

  function draw() {
    if (panel.element.hidden) return;
    const members = state.members.get(name);
    if (!members) attempt(() => loadMembers(name));
    else withLater(() => import("./members.js"), ({ membersOf }) => (
      keepingFocus(list, () => fill(list, membersOf(name, [...members.values()])))));
  }

  function toggle() {
    panel.element.hidden = !panel.element.hidden;
    if (BESIDE.matches) localStorage.setItem(OPEN, panel.element.hidden ? "" : "yes");
    draw();
    panel.onchange();
    if (!panel.element.hidden) panel.element.querySelector("button").focus();
  }

  panel.element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    toggle();
    document.querySelector(".compose textarea")?.focus();
  });
  // Over the room, it goes away when the room is pressed.
  const pressOutside = ({ target }) => {
    const over = !BESIDE.matches && !panel.element.hidden;
    if (over && target.closest(".timeline, .room-foot")) toggle();
  };
  document.addEventListener("pointerdown", pressOutside);
  panel.element.hidden = !(BESIDE.matches && localStorage.getItem(OPEN));
  const stop = watch(["members", "presence", "users", `room:${name}`], draw);
  panel.close = () => {
    stop();
    document.removeEventListener("pointerdown", pressOutside);
  };
  draw();
  return panel;
}
