// What stands above the messages: that more are on their way, could not come, or begin here.

import { tryAgain } from "../../acts/history.js";
import { visible } from "../../state/people.js";
import { isNotes, others, roomIcon, roomTitle } from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { avatarOfMany } from "../../ui/avatar.js";
import { el } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";

const NOT_KEPT = "These messages are not kept in this browser; they come with the line.";
const KINDS = { public: "the room", private: "the private room" };

export function beginning(room, log, aim) {
  if (log?.failed) {
    return [el("span", {}, log.failed), el("button", {
      type: "button", class: "quiet", onclick: () => tryAgain(log, aim),
    }, "Try again")];
  }
  if (!log?.ready && state.line.status === "away") return el("span", {}, NOT_KEPT);
  if (!log?.ready || log.hasOlder) return el("span", { class: "loading" }, "Loading…");
  if (!room) return null;
  const direct = room.kind === "direct";
  const title = () => el("bdi", {}, roomTitle(room));
  const words = isNotes(room) ? ["These are your notes; nobody else can read them."] : direct
    ? ["This is between you and ", title(), "; nobody else can read it."]
    : [visible(room.topic) || `This is where ${KINDS[room.kind]} begins.`];
  return el("div", { class: "beginning" },
    direct ? avatarOfMany(others(room)) : icon(roomIcon(room)),
    el("p", { class: "beginning-title" }, title()),
    el("p", { dir: "auto" }, words),
    log.items.length === 0 && el("p", {}, "Nothing here yet. Say hello!"));
}
