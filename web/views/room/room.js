// A room: its head, its timeline, who types, the compose box, and its members beside it, whose code
// is loaded when the panel opens.

import { loadMembers } from "../../acts/history.js";
import { setFavorite } from "../../acts/rooms.js";
import {
  isDeserted, noteVisit, others, plainTitle, roomIcon, roomTitle, unhide,
} from "../../state/rooms.js";
import { remember, state, watch } from "../../state/state.js";
import { shown, visible } from "../../state/people.js";
import { linked, nameFrom } from "../../text/words.js";
import { avatarOfMany, presenceWord } from "../../ui/avatar.js";
import { el, fill, keepingFocus } from "../../ui/el.js";
import { closeButton, icon, iconButton } from "../../ui/icons.js";
import { attempt, withLater } from "../../ui/toast.js";
import { compose } from "../compose/compose.js";
import { backLink, drawBack } from "../shell/doors.js";
import { timeline } from "./timeline.js";

const MEMBERS_OPEN = "hearth/members";
const MOST_CALLERS = 6;
const BESIDE = matchMedia("(min-width: 1100px)");

export function roomView() {
  const { room: name, seq } = state.place;
  noteVisit(name);
  unhide(name);
  const box = compose(name);
  const list = timeline(name, { seq, compose: box });
  const typing = el("p", { class: "typing", "aria-live": "off" });
  const foot = el("div", { class: "room-foot" });
  const panel = membersPanel(name);
  const head = roomHead(name, panel);
  const element = el("div", { class: "room" },
    el("div", { class: "room-main" }, head.element, list.element, typing, foot,
      el("p", { class: "drop-aim" }, "Drop files to share them here")),
    panel.element);

  const drawFoot = () => {
    const room = state.rooms.get(name);
    const closed = room && whyClosed(room);
    if (closed) fill(foot, el("p", { class: "closed" }, closed));
    else if (!foot.contains(box.element)) fill(foot, box.element);
  };
  const drawTyping = () => fill(typing, typingWords(name));
  const stops = [
    watch(["typing", "users"], drawTyping),
    watch([`room:${name}`, "users"], drawFoot),
    dropFiles(element, (files) => box.attach(files)),
  ];
  drawFoot();
  drawTyping();
  const close = () => {
    for (const part of [box, list, panel, head]) part.close();
    for (const stop of stops) stop();
  };
  return { element, close, jump: list.jump };
}

/** Why nobody writes here, if so. */
function whyClosed(room) {
  if (room.archived) return "This room is archived.";
  if (!isDeserted(room)) return "";
  const [first, ...rest] = others(room);
  return rest.length ? "The accounts of all others here are disabled: nobody would read it."
    : [el("bdi", {}, shown(first)), "’s account is disabled: nobody would read what you write."];
}

function typingWords(room) {
  const names = [...(state.typing.get(room)?.keys() ?? [])];
  if (names.length === 0) return [];
  if (names.length > 3) return ["Several people are typing…"];
  const words = names.flatMap((name, index) => [
    index === 0 ? "" : index === names.length - 1 ? " and " : ", ", el("bdi", {}, shown(name)),
  ]);
  return [...words, names.length === 1 ? " is typing…" : " are typing…"];
}

/** Take files that are dropped anywhere in the room; none of them may replace this page. */
function dropFiles(element, take) {
  const aim = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const open = element.querySelector(".compose") !== null;
    event.dataTransfer.dropEffect = open ? "copy" : "none";
    element.classList.toggle("aiming", open && event.type === "dragover");
    if (open && event.type === "drop") take(event.dataTransfer.files);
  };
  const leave = ({ relatedTarget }) => {
    if (!element.contains(relatedTarget)) element.classList.remove("aiming");
  };
  element.addEventListener("dragover", aim);
  element.addEventListener("drop", aim);
  element.addEventListener("dragleave", leave);
  return () => {};
}

function membersPanel(name) {
  const list = el("div", { class: "members-list" });
  const panel = {
    element: null, close: null, toggle, onchange: () => {}, isOpen: () => !panel.element.hidden,
  };
  panel.element = el("aside", { class: "members", "aria-label": "Members", hidden: true },
    el("header", { class: "members-head" }, el("h2", {}, "Members"), closeButton(toggle)),
    list);

  let asking = null;
  const ask = () => { asking ??= attempt(() => loadMembers(name)).finally(() => { asking = null; }); };

  function draw() {
    if (panel.element.hidden || !state.rooms.has(name)) return;
    const members = state.members.get(name);
    if (!members) ask();
    else withLater(() => import("./members.js"), ({ membersOf }) => (
      keepingFocus(list, () => fill(list, membersOf(name, [...members.values()])))));
  }

  function toggle() {
    panel.element.hidden = !panel.element.hidden;
    if (BESIDE.matches) remember(MEMBERS_OPEN, panel.element.hidden ? "" : "yes");
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
  panel.element.hidden = !(BESIDE.matches && localStorage.getItem(MEMBERS_OPEN));
  const stop = watch(["members", "presence", "users", `room:${name}`], draw);
  panel.close = () => {
    stop();
    document.removeEventListener("pointerdown", pressOutside);
  };
  draw();
  return panel;
}

export const openRoomPins = (name) => withLater(() => import("../message/listed.js"), (
  { openPins }) => openPins(name));
export const openRoomBell = (anchor, name) => withLater(() => import("./bell.js"), (
  { openBell }) => openBell(anchor, name));

/** What it is called, and the ways to change it. */
function roomHead(name, panel) {
  const element = el("header", { class: "room-head" });
  const star = iconButton("star", "", () => {
    attempt(() => setFavorite(name, !state.rooms.get(name).favorite));
  });
  const pins = iconButton("pin", "Pinned messages", () => openRoomPins(name));
  const bell = iconButton("bell", "Notifications", () => openRoomBell(bell, name));
  const people = iconButton("people", "Members", panel.toggle);
  const settings = iconButton("settings", "Room settings", () => withLater(
    () => import("./settings.js"), ({ roomSettings }) => roomSettings(name)));
  const call = iconButton("camera", "Call", () => withLater(
    () => import("../call/start.js"), ({ startCall }) => startCall(name)));
  const words = el("div", { class: "room-words" });
  const mark = el("span", { class: "room-mark" });
  const back = backLink();
  // A phone has them in the sheet behind the title.
  for (const spare of [star, pins, bell]) spare.classList.add("spare");
  element.append(back, mark, words, call, star, pins, bell, people, settings);

  let asked = 0;
  const draw = () => {
    const room = state.rooms.get(name);
    if (!room) return;
    const names = room.kind === "direct" ? others(room) : [];
    fill(mark, names.length ? avatarOfMany(names) : icon(roomIcon(room)));
    const about = names.length === 1 ? presenceWord(names[0]) : visible(room.topic);
    const called = room.kind !== "direct" && nameFrom(roomTitle(room)) !== name && `#${name}`;
    drawBack(back);
    keepingFocus(words, () => fill(words,
      el("h1", { tabindex: "-1" }, el("button", {
        type: "button", class: "room-title", "data-key": "title", title: roomTitle(room),
        "aria-label": plainTitle(room), "aria-haspopup": "dialog",
        onclick: () => withLater(() => import("./details.js"), ({ roomDetails }) => (
          roomDetails(name))),
      }, el("bdi", {}, roomTitle(room)))),
      (called || about) && el("p", { dir: "auto", title: about || null },
        called && el("span", { class: "room-name" }, called), called && about && " · ",
        about && linked(about))));
    fill(bell, icon(room.notify === "nothing" ? "quiet" : "bell"));
    star.setAttribute("aria-label", room.favorite ? "Remove from favourites" : "Add to favourites");
    star.title = star.getAttribute("aria-label");
    star.setAttribute("aria-pressed", String(Boolean(room.favorite)));
    // Face to face, where they are few.
    const size = names.length || state.sizes.get(name);
    if (size === undefined && !room.archived && room.kind !== "direct"
      && asked !== state.line.welcomes) {
      asked = state.line.welcomes;
      loadMembers(name).catch(() => {});
    }
    call.hidden = room.archived || !(size <= MOST_CALLERS);
    people.setAttribute("aria-expanded", String(panel.isOpen()));
  };
  panel.onchange = draw;
  const stop = watch(["rooms", "users", "presence", "members"], draw);
  draw();
  return { element, close: stop };
}
