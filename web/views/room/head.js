// The head of a room: what it is called, and the ways to change it.

import { loadMembers } from "../../acts/history.js";
import { setFavorite } from "../../acts/rooms.js";
import { visible } from "../../state/people.js";
import { state, watch } from "../../state/state.js";
import { plainTitle, others, roomIcon, roomTitle } from "../../state/rooms.js";
import { avatarOfMany, presenceWord } from "../../ui/avatar.js";
import { el, fill, keepingFocus } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { withLater } from "../../ui/later.js";
import { attempt } from "../../ui/toast.js";
import { linked, nameFrom } from "../../text/words.js";
import { backLink, drawBack } from "../shell/page.js";

export const openRoomPins = (name) => withLater(() => import("../message/listed.js"), (
  { openPins }) => openPins(name));
export const openRoomBell = (anchor, name) => withLater(() => import("./bell.js"), (
  { openBell }) => openBell(anchor, name));

export function roomHead(name, panel) {
  const element = el("header", { class: "room-head" });
  const star = iconButton("star", () => {
    attempt(() => setFavorite(name, !state.rooms.get(name).favorite));
  });
  const pins = iconButton("pin", () => openRoomPins(name), "Pinned messages");
  const bell = iconButton("bell", () => openRoomBell(bell, name), "Notifications");
  const people = iconButton("people", panel.toggle, "Members");
  const settings = iconButton("settings", () => withLater(() => import("./settings.js"), (
    { roomSettings },
  ) => roomSettings(name)), "Room settings");
  const call = iconButton("camera", () => withLater(() => import("../call/start.js"), (
    { startCall },
  ) => startCall(name)), "Call");
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
    const members = names.length ? { size: 0 } : state.members.get(name);
    if (!members && !room.archived && room.kind !== "direct" && asked !== state.line.welcomes) {
      asked = state.line.welcomes;
      loadMembers(name).catch(() => {});
    }
    call.hidden = room.archived || !(members?.size <= 6);
    people.setAttribute("aria-expanded", String(panel.isOpen()));
  };
  panel.onchange = draw;
  const stop = watch(["rooms", "users", "presence", "members"], draw);
  draw();
  return { element, close: stop };
}

function iconButton(drawing, act, label) {
  return el("button", {
    type: "button", class: "icon-button", "aria-label": label, title: label, onclick: act,
  }, icon(drawing));
}
