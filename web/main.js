// Where everything starts: either the way in or the rooms.

import { loadNewest } from "./acts/history.js";
import { comeBack, finishLeaving, IN_CALL, leave, mayBeSignedIn } from "./acts/session.js";
import { onRoomLost } from "./line/events.js";
import { http, onSignedOut } from "./line/http.js";
import { state, watch } from "./state/state.js";
import { go, readPlace } from "./state/view.js";
import { el, fill } from "./ui/el.js";
import { flame } from "./ui/icons.js";
import { later, toast } from "./ui/toast.js";
import { pressShortcut } from "./views/shell/doors.js";
import { startNotices } from "./views/shell/notices.js";
import { shell } from "./views/shell/shell.js";

let showing = "";
let frame = null;

function draw() {
  // A link to a new password is for whom it says, whoever is signed in here.
  const wanted = state.me && state.place.view !== "reset" ? "shell" : entering();
  if (!wanted || wanted === showing) return;
  showing = wanted;
  frame?.close();
  frame = null;
  if (wanted === "shell") {
    // The invite did its work; the address must not offer it again.
    if (state.place.view === "join") go("#/");
    frame = shell();
  }
  const way = wanted === "waiting" ? waitingView : wayIn;
  fill(document.getElementById("app"), frame ? frame.element : way());
  focusFirst();
}

const focusFirst = () => document.querySelector("#app [autofocus]")?.focus();

const loadWayIn = () => Promise.all([import("./views/account/enter.js"), loadRegistration()])
  .then(([module]) => module);

/** The forms to come in by; who is signed in never needs them. */
const wayIn = () => later(loadWayIn, ({ enterView }) => {
  queueMicrotask(focusFirst);
  return enterView();
});

/** Which way in to show; none while the server is still being asked who we are. */
function entering() {
  if (state.place.view === "reset") return `enter/reset/${state.place.code}`;
  if (state.line.status !== "off" && mayBeSignedIn()) return state.line.fault && "waiting";
  return `enter/${state.place.view === "join" ? state.place.code : ""}`;
}

/** Signed in, but the server gives no answer that could be shown. */
function waitingView() {
  return el("main", { class: "enter" },
    el("div", { class: "enter-card", role: "status" },
      el("div", { class: "enter-mark" }, flame()),
      el("h1", {}, "Waiting for the server"),
      el("p", { class: "lead" }, state.line.fault, " This page tries again by itself."),
      el("button", {
        type: "button", class: "primary", onclick: () => location.reload(),
      }, "Try now")));
}

async function loadRegistration() {
  await finishLeaving();
  const { registration, nobody_yet: nobodyYet } = await http.get("api/config").catch(() => ({}));
  Object.assign(state, { registration, nobodyYet });
}

/** A file that falls beside a room must not replace this page. */
function refuseFiles(event) {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}

onSignedOut(() => {
  if (state.me || state.line.status !== "off") {
    const wasIn = Boolean(state.me);
    leave();
    if (wasIn) toast("Please sign in again.");
  }
});
onRoomLost((room, reload) => {
  if (reload) loadNewest(room);
  else {
    go("#/");
    toast("You are no longer in that room.");
  }
});

addEventListener("keydown", pressShortcut);
addEventListener("dragover", refuseFiles);
addEventListener("drop", refuseFiles);
watch(["me", "place", "line"], draw);
startNotices();
readPlace();
if (sessionStorage.getItem(IN_CALL)) import("./views/call/again.js");
if (mayBeSignedIn()) comeBack();
