// The message of a call: who is in it and how to join, or what became of it.

import { currentCall } from "../../acts/call.js";
import { isMine } from "../../line/peers.js";
import { plainName, shown } from "../../state/people.js";
import { state } from "../../state/state.js";
import { clockTime } from "../../text/time.js";
import { avatar } from "../../ui/avatar.js";
import { el } from "../../ui/el.js";
import { callIcon, withStyle } from "./icons.js";
import { showPanel } from "./panel.js";
import { startCall } from "./start.js";

const MINUTE = 60_000;
const NAMED = 3;
const FACES = 4;

export function callCard(message) {
  withStyle();
  const { call, room, sender } = message;
  const isOver = Boolean(call.ended_at);
  const names = isOver ? call.attended : [...new Set(call.people.map(({ user }) => user))];
  return el("div", { class: `call-card ${isOver ? "over" : ""}` },
    el("span", { class: "call-card-icon" }, callIcon(isOver ? "phone" : "camera")),
    el("div", { class: "call-card-words" },
      el("p", { class: "text" }, isOver ? outcome(message) : [
        el("bdi", {}, shown(sender)), " started a call",
      ]),
      el("p", { class: "call-card-facts" }, facts(call, names))),
    names.length > 1 && el("span", { class: "call-card-faces" }, names.slice(0, FACES).map((name) => avatar(name))),
    !isOver && state.rooms.get(room) && joinButton(room, call));
}

function joinButton(room, call) {
  const mine = currentCall()?.room === room && call.people.some(isMine);
  return el("button", {
    type: "button", class: mine ? "plain" : "primary",
    onclick: () => (mine ? showPanel() : startCall(room, call)),
  }, mine ? "Show" : "Join");
}

function outcome({ room, sender, call }) {
  const isMissed = room.includes("~") && call.attended.length < 2;
  if (!isMissed) return "Call";
  return sender === state.me.name ? "Nobody answered your call" : "Missed call";
}

function facts({ started_at: start, ended_at: end }, names) {
  const rest = names.length - NAMED;
  // One more fits where "1 other" would stand.
  const who = rest > 1 ? `${names.slice(0, NAMED).map(plainName).join(", ")} and ${rest} others`
    : names.map(plainName).join(", ");
  if (!end) return `${who} · since ${clockTime(start)}`;
  const minutes = Math.round((new Date(end) - new Date(start)) / MINUTE);
  const long = minutes < 1 ? "less than a minute"
    : minutes < 60 ? `${minutes} ${minutes === 1 ? "minute" : "minutes"}`
      : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return names.length < 2 ? clockTime(start) : `${who} · ${long}`;
}
