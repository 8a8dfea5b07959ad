// The frame around everything: the sidebar, the pane that the address names, and the banner, which
// is quiet while all is well, and says when the line is down, and what waits.

import { openLog, restLog } from "../../acts/history.js";
import { waiting } from "../../line/outbox.js";
import { hasLine, tryNow } from "../../line/socket.js";
import { awayFor, state, watch } from "../../state/state.js";
import { briefly } from "../../text/time.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { later } from "../../ui/toast.js";
import { loadLobby, warmUp } from "./doors.js";
import { roomView } from "../room/room.js";
import { sidebar } from "../sidebar/sidebar.js";

// A restart of the server, or another one's turn, may be over before anybody has to know.
const QUIET = 1_000;
const MINUTE = 60_000;

const NOT_LIVE = "Signed in, but the live connection fails. "
  + "If you run this server: does the proxy pass WebSockets?";

const PANES = {
  lobby: laterPane(loadLobby, "lobbyView"),
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

function banner() {
  const words = el("span", { class: "banner-words" });
  const button = el("button", { type: "button", class: "quiet", onclick: tryNow }, "Try now");
  const element = el("div", { class: "banner", role: "status", hidden: true },
    icon("warning"), words, button);
  let timer = 0;

  const draw = () => {
    clearInterval(timer);
    const { status, byHttp } = state.line;
    const away = status === "away" || byHttp;
    const early = QUIET - awayFor();
    element.hidden = !away || (early > 0 && !byHttp);
    if (!away) return;
    if (element.hidden) {
      timer = setInterval(draw, early + 10);
      return;
    }
    fill(words, sentence());
    timer = setInterval(draw, 1_000);
  };
  const stop = watch(["line", "outbox"], draw);
  draw();
  const close = () => {
    clearInterval(timer);
    stop();
  };
  return { element, close };
}

function sentence() {
  if (state.line.byHttp) return NOT_LIVE;
  const count = waiting().filter((entry) => !entry.fault).length;
  const kept = ["", " One message waits here."][count] ?? ` ${count} messages wait here.`;
  const seconds = Math.ceil((state.line.retryAt - Date.now()) / 1000);
  const next = seconds > 1 ? ` Trying again in ${seconds} seconds.` : "";
  return `Reconnecting…${age()}${kept}${next}`;
}

/** As of when this is, where that is not a moment ago. */
function age() {
  const { asOf, awaySince, welcomes } = state.line;
  if (!state.me || (welcomes && awayFor() < MINUTE)) return "";
  return ` This is as of ${briefly(welcomes ? awaySince : asOf)}.`;
}
