// A room: its head, its timeline, who types, the compose box, and its members beside it.

import { noteVisit, unhide } from "../../state/recency.js";
import { isDeserted, others } from "../../state/rooms.js";
import { state, watch } from "../../state/state.js";
import { shown } from "../../state/people.js";
import { el, fill } from "../../ui/el.js";
import { compose } from "../compose/compose.js";
import { membersPanel } from "./panel.js";
import { roomHead } from "./head.js";
import { timeline } from "./timeline.js";

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
