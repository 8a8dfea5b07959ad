// Rooms that nobody is in: the server's owners delete them or hand them on, and read nothing.

import { abandonedRooms, addMember, deleteRoom } from "../../acts/rooms.js";
import { isBot, plain } from "../../state/people.js";
import { roomIcon, roomTitle } from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { confirmDialog } from "../../ui/dialog.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { attempt, toast } from "../../ui/toast.js";
import { choosePeople } from "../people/choose.js";
import { panel } from "../shell/page.js";

export function abandonedPanel() {
  const box = el("div", {});
  const load = async () => {
    const rooms = (await attempt(abandonedRooms)) ?? [];
    fill(box, rooms.length > 0 && panel("Rooms without people",
      el("p", { class: "lead" }, "Everybody has left these, and nobody can join them. Hand one on "
        + "to somebody, who becomes its owner, or delete it; you cannot read it."),
      el("ul", { class: "cards" }, rooms.map((room) => el("li", {}, card(room, load))))));
  };
  load();
  return box;
}

function card(room, load) {
  const title = plain(roomTitle(room));
  return el("article", { class: "card" },
    icon(roomIcon(room)),
    el("div", { class: "card-words" },
      el("h2", { dir: "auto" }, roomTitle(room)),
      el("p", {}, room.archived ? `#${room.name} · archived` : `#${room.name}`)),
    el("button", {
      type: "button", class: "plain", "aria-label": `Hand on ${title}`,
      onclick: () => handOn(room, title, load),
    }, "Hand on…"),
    el("button", {
      type: "button", class: "plain", "aria-label": `Delete ${title}`,
      onclick: () => confirmDialog({
        title: "Delete this room?",
        text: `${title}, its messages and their files are gone for good.`,
        action: "Delete",
        act: () => attempt(async () => {
          await deleteRoom(room.name);
          toast("Deleted");
          await load();
        }),
      }),
    }, "Delete…"));
}

function handOn(room, title, load) {
  const bots = [...state.users.keys()].filter(isBot);
  choosePeople({
    title: `Hand on ${title}`,
    action: "Hand on",
    hint: "They become its owner, and can read all of it.",
    except: new Set(bots),
    most: 1,
    submit: async ([name]) => {
      await addMember(room.name, name);
      toast("Handed on");
      await load();
    },
  });
}
