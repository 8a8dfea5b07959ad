// The call on this page: beside its room, large, or as a strip while one reads elsewhere.

import { currentCall, onCallOver } from "../../acts/call.js";
import { faultsOf } from "../../line/media.js";
import { plainName } from "../../state/people.js";
import { plainTitle, roomTitle } from "../../state/rooms.js";
import { changed, state, watch } from "../../state/state.js";
import { clockTime } from "../../text/time.js";
import { goToRoom, isOnView } from "../../state/view.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { toast } from "../../ui/toast.js";
import { openDevices } from "./devices.js";
import { callIcon } from "./icons.js";
import { enterCall, show } from "./start.js";
import { Tiles } from "./tiles.js";

// Where a call and the room beside it would both be too small: a phone, however it is held.
const SMALL = matchMedia("(max-width: 719px), (max-height: 519px)");
const WORDS_LAST = 15_000;

let panel = null;

onCallOver((words, room, mayJoin) => {
  const again = { label: "Join again", act: () => enterCall(room) };
  toast(words, mayJoin && state.rooms.has(room) ? again : undefined, WORDS_LAST);
});

export function openPanel() {
  // The call itself comes in a moment.
  queueMicrotask(() => {
    if (panel || !currentCall()) return;
    panel = new Panel(currentCall());
  });
}

/** Bring it forward, wherever one is. */
export function showPanel() {
  panel?.enlarge();
}

class Panel {
  #call;
  #size = SMALL.matches ? "large" : "beside";
  #names = new Set();
  #stops;

  constructor(call) {
    this.#call = call;
    this.tiles = new Tiles(call);
    this.title = el("button", { type: "button", class: "call-title", onclick: () => this.enlarge() });
    this.facts = el("p", { class: "call-facts" });
    this.grow = control(() => this.#resize(this.#size === "large" ? "beside" : "large"));
    this.small = control(() => this.#resize("strip"), "Show less", icon("down"));
    this.words = el("div", { class: "call-faults", role: "status" });
    this.mic = control(() => this.#call.media.setMic(!this.#call.media.mic));
    this.camera = control(() => this.#call.media.setCamera(!this.#call.media.camera));
    this.screen = control(() => this.#call.media.setScreen(!this.#call.media.screen));
    this.devices = control(() => openDevices(this.#call.media), "Devices", icon("settings"));
    this.leave = control(() => this.#call.leave(), "Leave the call", callIcon("phone"));
    this.leave.classList.add("leaves");
    this.screen.classList.add("shares");
    this.mic.setAttribute("aria-keyshortcuts", "m");
    this.camera.setAttribute("aria-keyshortcuts", "v");
    this.screen.hidden = !navigator.mediaDevices?.getDisplayMedia;
    this.said = el("p", { class: "unseen", role: "status" });
    this.element = el("section", { class: "call", tabindex: "-1", onkeydown: (event) => this.#press(event) },
      el("header", { class: "call-head" }, el("div", { class: "call-words" }, this.title, this.facts),
        this.grow, this.small),
      this.tiles.element, this.words,
      el("div", { class: "call-bar", role: "group", "aria-label": "Your call" },
        this.mic, this.camera, this.screen, this.devices, this.leave),
      this.said);
    const draw = () => this.#draw();
    this.#stops = [watch(["call", "place", "line", "users", "rooms", "me"], draw)];
    SMALL.addEventListener("change", draw);
    this.#stops.push(() => SMALL.removeEventListener("change", draw));
    this.#draw();
    this.element.focus({ preventScroll: true });
  }

  enlarge() {
    this.#size = SMALL.matches ? "large" : "beside";
    if (isOnView(this.#call.room)) this.#draw();
    else goToRoom(this.#call.room);
    this.element.focus({ preventScroll: true });
  }

  #resize(size) {
    this.#size = size;
    this.#draw();
  }

  #close() {
    for (const stop of this.#stops) stop();
    this.tiles.close();
    const hadFocus = this.element.contains(document.activeElement);
    this.element.remove();
    panel = null;
    if (hadFocus) document.querySelector(".compose textarea")?.focus();
    // Another call may have begun in its place.
    openPanel();
  }

  #draw() {
    const call = this.#call;
    if (currentCall() !== call) {
      this.#close();
      return;
    }
    const stage = document.querySelector(".stage");
    if (stage && this.element.parentNode !== stage) stage.insertBefore(this.element, stage.querySelector(":scope > .main"));
    const room = state.rooms.get(call.room);
    const isHere = isOnView(call.room);
    const mode = isHere ? this.#size : "strip";
    this.element.dataset.mode = mode === "beside" && SMALL.matches ? "large" : mode;
    if (room) {
      fill(this.title, el("bdi", {}, roomTitle(room)));
      this.element.setAttribute("aria-label", `Call: ${plainTitle(room)}`);
      this.title.setAttribute("aria-label", `Show the call: ${plainTitle(room)}`);
    }
    this.facts.textContent = this.#inWords();
    show(this.mic, "mic", call.media.mic, "Microphone");
    show(this.camera, "camera", call.media.camera, "Camera");
    label(this.screen, call.media.screen ? "Stop sharing your screen" : "Share your screen", callIcon("screen"));
    this.screen.setAttribute("aria-pressed", String(call.media.screen > 0));
    const isLarge = this.#size === "large";
    this.grow.hidden = SMALL.matches;
    label(this.grow, isLarge ? "Show the room, too" : "Fill the page", callIcon(isLarge ? "shrink" : "grow"));
    this.tiles.draw();
    this.#drawFaults();
    this.#announce();
  }

  #inWords() {
    const { people, startedAt, isIn, isRinging } = this.#call;
    if (!isIn) return "Joining…";
    if (state.line.status !== "open") return "The server is away; the call goes on.";
    if (isRinging) return "Calling…";
    if (people.length < 2) return "Nobody else is here yet.";
    return `${people.length} people · since ${clockTime(startedAt)}`;
  }

  #drawFaults() {
    const { media } = this.#call;
    const faults = faultsOf(media);
    const look = faults.join("|") + this.tiles.isSilent;
    if (this.words.dataset.look === look) return;
    this.words.dataset.look = look;
    const hear = () => {
      this.tiles.playAll();
      changed("call");
    };
    fill(this.words, faults.map((fault) => el("p", {}, fault)),
      faults.length > 0 && el("button", { type: "button", class: "quiet", onclick: () => media.retry() }, "Try again"),
      this.tiles.isSilent && el("button", { type: "button", class: "primary", onclick: hear }, "Turn on the sound"));
  }

  /** Who came and who went, for those who do not see it. */
  #announce() {
    if (!this.#call.isIn) return;
    const names = new Set(this.#call.people.map(({ user }) => user).filter((user) => user !== state.me?.name));
    const came = [...names].filter((name) => !this.#names.has(name)).map((name) => `${plainName(name)} is in the call.`);
    const went = [...this.#names].filter((name) => !names.has(name)).map((name) => `${plainName(name)} left the call.`);
    this.#names = names;
    if (came.length + went.length > 0) this.said.textContent = [...came, ...went].join(" ");
  }

  #press(event) {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    if (ctrlKey || metaKey || altKey || target.closest("dialog")) return;
    if (key === "m") this.mic.click();
    else if (key === "v") this.camera.click();
    else if (key === "Escape") {
      this.#resize(this.#size === "large" && !SMALL.matches ? "beside" : "strip");
      if (this.#size === "strip") document.querySelector(".compose textarea")?.focus();
    } else return;
    event.preventDefault();
  }
}

function control(act, words, drawing) {
  const button = el("button", { type: "button", class: "call-control", onclick: act }, drawing);
  if (words) label(button, words, drawing);
  return button;
}

function label(button, words, drawing) {
  if (button.title === words) return;
  button.title = words;
  button.setAttribute("aria-label", words);
  fill(button, drawing);
}
