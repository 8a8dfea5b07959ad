// What a room is, in full: its title, its description with links, and where it comes from.

import { setFavorite } from "../../acts/rooms.js";
import { plainTitle, roomTitle } from "../../state/rooms.js";
import { shown, visible } from "../../state/people.js";
import { state } from "../../state/state.js";
import { linked } from "../../text/words.js";
import { longDay } from "../../text/time.js";
import { openDialog } from "../../ui/dialog.js";
import { el } from "../../ui/el.js";
import { attempt } from "../../ui/toast.js";
import { openRoomBell, openRoomPins } from "./room.js";

const KINDS = {
  public: "Everybody here can find and join it.",
  private: "Only its members can see it.",
  direct: "Between you and nobody else.",
};

export function roomDetails(name) {
  const room = state.rooms.get(name);
  const about = visible(room.topic);
  openDialog({
    title: "About this room",
    body: (close) => [
      el("p", { class: "details-title", dir: "auto", "aria-label": plainTitle(room) },
        roomTitle(room)),
      about && el("p", { class: "details-topic", dir: "auto" }, linked(about)),
      el("p", { class: "lead" }, KINDS[room.kind]),
      room.kind !== "direct" && el("p", { class: "lead" },
        "Its name in links and searches is ", el("code", {}, room.name), "."),
      el("p", { class: "lead" }, "Made ",
        room.created_by && ["by ", el("bdi", {}, shown(room.created_by)), " "],
        `on ${longDay(room.created_at)}.`),
      // What has no room in the head of a phone.
      el("div", { class: "details-acts" },
        act("Pinned messages", () => {
          close();
          openRoomPins(name);
        }),
        act(room.favorite ? "Remove from favourites" : "Add to favourites", () => {
          close();
          attempt(() => setFavorite(name, !room.favorite));
        }),
        act("Notifications", ({ currentTarget }) => openRoomBell(currentTarget, name))),
    ],
  });
}

const act = (words, onclick) => el("button", { type: "button", class: "plain", onclick }, words);
