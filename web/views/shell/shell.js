// The frame around everything: the sidebar, the pane that the address names, the banner.

import { openLog, restLog } from "../../acts/history.js";
import { hasLine } from "../../line/socket.js";
import { state, watch } from "../../state/state.js";
import { el, fill } from "../../ui/el.js";
import { later } from "../../ui/later.js";
import { banner } from "./banner.js";
import { warmUp } from "./doors.js";
import { lobbyView } from "./lobby.js";
import { roomView } from "../room/room.js";
import { sidebar } from "../sidebar/sidebar.js";

const PANES = {
  lobby: lobbyView,
  room: () => (state.rooms.has(state.place.room) ? roomView() : stranger()),
  browse: laterPane(() => import("../room/browse.js"), "browseView"),
  people: laterPane(() => import("../people/people.js"), "peopleView"),
  profile: laterPane(() => import("../account/profile.js"), "profileView"),
  search: laterPane(() => import("../search/search.js"), "searchView"),
};

const stranger = laterPane(() => import("../room/stranger.js"), "strangerView");

let pane = null;
let shown = "";

/** Build the frame; returns its element and how to take it down. */
export function shell() {
  const main = el("main", { id: "main", class: "main", tabindex: "-1" });
  const side = sidebar();
  const line = banner();
  const element = el("div", { class: "shell" }, side.element, el("div", { class: "stage" },
    line.element, main));
  const draw = () => show(main, element);
  const drawLine = () => element.classList.toggle("without-line", !hasLine());
  const stops = [watch(["place", "me"], draw), watch(["line"], drawLine)];
  shown = "";
  draw();
  drawLine();
  warmUp();
  const close = () => {
    for (const stop of stops) stop();
    side.close();
    line.close();
    pane?.close?.();
    pane = null;
  };
  return { element, close };
}

function show(main, element) {
  const { view, room, seq } = state.place;
  const name = PANES[view] ? view : "lobby";
  const wanted = name === "room" ? `room/${room}` : name;
  element.dataset.pane = name;
  if (wanted === shown) {
    if (seq) pane.jump?.(seq);
    return;
  }
  pane?.close?.();
  if (shown.startsWith("room/")) restLog(shown.slice("room/".length));
  const moved = shown !== "";
  shown = wanted;
  pane = PANES[name]();
  fill(main, pane.element);
  main.className = `main main-${name}`;
  if (name === "room" && state.rooms.has(room)) openLog(room, seq);
  if (moved) focusPane(main);
}

/** Where the keyboard goes on: the compose box, but no phone's keyboard pops up for it. */
function focusPane(main) {
  const fine = matchMedia("(pointer: fine)").matches;
  const box = fine && main.querySelector(".compose textarea");
  (box || main.querySelector("h1") || main).focus({ preventScroll: true });
}

/** A pane whose code is only fetched when it is wanted: the first view is small. */
function laterPane(load, name) {
  return () => {
    let view = null;
    let closed = false;
    const element = later(load, (module) => {
      if (closed) return null;
      view = module[name]();
      queueMicrotask(() => focusHeading(element));
      return view.element;
    });
    const close = () => {
      closed = true;
      view?.close();
    };
    return { element, close, jump: (seq) => view?.jump?.(seq) };
  };
}

/** The keyboard waited at the frame for what came only now. */
function focusHeading(element) {
  const isWaiting = [null, document.body, element.closest("main")].includes(document.activeElement);
  if (isWaiting) element.querySelector("h1")?.focus({ preventScroll: true });
}
