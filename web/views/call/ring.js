// Somebody calls in a direct room: it rings here until it is answered, declined or over.

import { currentCall } from "../../acts/call.js";
import { ears } from "../../line/events.js";
import { say } from "../../line/socket.js";
import { plainName, shown } from "../../state/people.js";
import { state, watch } from "../../state/state.js";
import { goToRoom } from "../../state/view.js";
import { avatar } from "../../ui/avatar.js";
import { el } from "../../ui/el.js";
import { playTones } from "../../ui/sound.js";
import { callIcon, withStyle } from "./icons.js";
import { enterCall } from "./start.js";

const RINGS = 30_000;
const EVERY = 2_500;
const TONES = [[660, 0], [550, 0.28]];
const LASTS = 0.5; // seconds
const LOUD = 0.08;

const ringing = new Set();

export async function ring({ sender, call, seq }, room) {
  const isWanted = room.kind === "direct" && room.notify !== "nothing" && !call.ended_at;
  const isLate = call.attended.length > 1; // heard after it was answered, as clocks differ
  if (!isWanted || isLate || ringing.has(room.name) || currentCall()?.room === room.name) return;
  ringing.add(room.name);
  const { name } = room;
  const answer = () => {
    stop();
    goToRoom(name);
    enterCall(name);
  };
  const decline = () => {
    stop();
    // The caller, and my own other pages.
    for (const to of [sender, state.me.name]) say({ type: "signal", to, data: { call: name, declined: true } });
  };
  const box = el("section", { class: "ring", role: "alert", "aria-label": "A call" },
    avatar(sender), el("p", {}, el("bdi", {}, shown(sender)), " is calling"),
    el("div", { class: "ring-acts" },
      el("button", { type: "button", class: "plain", "aria-label": `Decline ${plainName(sender)}’s call`, onclick: decline }, "Decline"),
      el("button", { type: "button", class: "primary", "aria-label": `Answer ${plainName(sender)}`, onclick: answer }, callIcon("camera"), "Answer")));
  const hear = (event) => {
    const { type, data } = event;
    const isElsewhere = type === "signal" && event.from === state.me.name
      && data?.call === name && data.declined;
    const isOver = type === "message" && event.room === name && event.seq === seq && (
      !event.call || event.call.ended_at || event.call.people.some(({ user }) => user === state.me.name));
    if (isElsewhere || isOver || (type === "gone" && event.room === name)) stop();
  };
  const unwatch = watch(["me"], () => state.me || stop());
  const silence = sound();
  const timer = setTimeout(() => stop(), RINGS);
  const stop = () => {
    clearTimeout(timer);
    silence();
    ears.delete(hear);
    unwatch();
    ringing.delete(name);
    box.remove();
  };
  ears.add(hear);
  await withStyle();
  if (ears.has(hear)) document.body.append(box);
}

/** Two soft tones, again and again; a page that nobody has touched yet may make no sound. */
function sound() {
  if (!navigator.userActivation?.hasBeenActive) return () => {};
  const context = new AudioContext();
  const play = () => context.state === "running" && playTones(context, TONES, LASTS, LOUD);
  play();
  const timer = setInterval(play, EVERY);
  return () => {
    clearInterval(timer);
    context.close();
  };
}
