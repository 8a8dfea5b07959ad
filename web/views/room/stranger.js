// A room that is not mine: one to join, somebody to write to, or none at all.

import { openLog } from "../../acts/history.js";
import { talkTo } from "../../acts/people.js";
import { joinRoom, lookAt } from "../../acts/rooms.js";
import { plain, shown } from "../../state/people.js";
import { roomTitle } from "../../state/rooms.js";
import { state, watch } from "../../state/state.js";
import { el, fill } from "../../ui/el.js";
import { flame } from "../../ui/icons.js";
import { attempt } from "../../ui/toast.js";
import { backLink } from "../shell/doors.js";
import { roomView } from "./room.js";

/** The room takes its place when it becomes mine while this is looked at. */
export function strangerView() {
  const { room: name } = state.place;
  const words = el("div", { class: "stranger-words", role: "status" });
  const element = el("div", { class: "page stranger" },
    el("header", { class: "page-head" }, backLink()), flame(), words);
  // Joined or made at this moment, perhaps in another tab: show it.
  const stop = watch(["rooms"], () => {
    if (!state.rooms.has(name)) return;
    const room = roomView();
    element.replaceWith(room.element);
    view.close();
    Object.assign(view, room);
    openLog(name);
  });
  const view = { element, close: stop };
  describe(name, words);
  return view;
}

async function describe(name, words) {
  const names = name.split("~");
  const others = names.filter((one) => one !== state.me.name);
  const isMine = names.length > 1 && others.length < names.length;
  if (isMine && others.every((one) => state.users.has(one))) {
    return say(words, ["Nothing said yet"], others.map(shown).join(", "),
      button("Write", () => talkTo(others)));
  }
  const room = names.length > 1 ? null : await lookAt(name).catch(() => null);
  if (!room) {
    return say(words, ["No such room"], `There is no room called ${plain(name)}, or it is not open `
      + "to you. Perhaps the link is wrong, or a member can add you.");
  }
  return say(words, ["You are not in ", el("bdi", {}, roomTitle(room))], room.topic,
    button("Join it", () => joinRoom(name)));
}

function say(words, title, text, act) {
  fill(words,
    el("h1", { tabindex: "-1" }, title),
    text && el("p", { class: "lead", dir: "auto" }, text),
    el("div", { class: "dialog-foot" },
      el("a", { class: "plain", href: "#/browse" }, "Browse rooms"), act));
}

const button = (text, act) => el("button", {
  type: "button", class: "primary", onclick: () => attempt(act),
}, text);
