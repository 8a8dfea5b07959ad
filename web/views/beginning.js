// What stands above the messages: that more are on their way, could not come, or begin here.

import { tryAgain } from "../acts/history.js";
import { roomTitle } from "../state/rooms.js";
import { el } from "../ui/el.js";

export function beginning(room, log, aim) {
  if (log?.failed) {
    return [el("span", {}, log.failed), el("button", {
      type: "button", class: "quiet", onclick: () => tryAgain(log, aim),
    }, "Try again")];
  }
  if (!log?.ready || log.hasOlder) return el("span", { class: "loading" }, "Loading…");
  if (!room || log.items.length === 0) return el("p", {}, "Nothing here yet. Say hello!");
  const title = el("bdi", {}, roomTitle(room));
  if (room.kind !== "direct") return el("p", {}, "This is the beginning of ", title, ".");
  return el("p", {}, "Here begins what you and ", title, " wrote to each other.");
}
