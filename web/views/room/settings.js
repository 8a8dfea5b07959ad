// A room's settings: what it is called, what posts there, and its end.

import { changeRoom, deleteRoom, hideRoom, leaveRoom } from "../../acts/rooms.js";
import { mayManage, plain } from "../../state/people.js";
import { plainTitle, roomTitle } from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { go } from "../../state/view.js";
import { confirmDialog, openDialog } from "../../ui/dialog.js";
import { el } from "../../ui/el.js";
import { field, form } from "../../ui/form.js";
import { attempt, toast, withLater } from "../../ui/toast.js";

export function roomSettings(name) {
  openDialog({
    title: "Room settings",
    body: (close) => {
      const room = state.rooms.get(name);
      return [
        mayManage(room) && names(room, close),
        mayManage(room) && !room.archived && webhooks(room, close),
        room.kind === "direct" ? hiding(room, close) : endings(room, close),
      ].filter(Boolean);
    },
  });
}

function names(room, close) {
  return form({
    fields: [
      field("title", "Title", { value: room.title ?? "", maxlength: 80 }),
      field("topic", "Description", { value: room.topic ?? "", maxlength: 300 }),
    ],
    action: "Save",
    submit: async ({ title, topic }) => {
      await changeRoom(room.name, { title: title.trim(), topic: topic.trim() });
      close();
      toast("Saved");
    },
  });
}

function hiding(room, close) {
  const act = () => {
    close();
    go("#/");
    hideRoom(room.name);
  };
  return el("div", { class: "setting" },
    el("div", {}, el("strong", {}, "Hide from the list"),
      el("p", { class: "field-note" }, "It comes back with the next message, and by Jump to.")),
    el("button", { type: "button", class: "plain", onclick: act }, "Hide"));
}

function webhooks(room, close) {
  const show = () => withLater(() => import("./hooks.js"), ({ hooksDialog }) => {
    close();
    hooksDialog(room.name);
  });
  return el("div", { class: "setting" },
    el("div", {}, el("strong", {}, "Webhooks"),
      el("p", { class: "field-note" }, "Let alerts, builds and other programs post here.")),
    el("button", { type: "button", class: "plain", onclick: show }, "Set up…"));
}

function endings(room, close) {
  const after = (act) => () => attempt(async () => {
    await act();
    close();
  });
  const leave = () => {
    close();
    confirmDialog({
      title: "Leave this room?",
      text: room.kind === "private"
        ? `Only a member can bring you back to ${plainTitle(room)}.`
        : `You can join ${plainTitle(room)} again at any time.`,
      action: "Leave",
      act: after(() => leaveRoom(room.name).then(() => go("#/"))),
    });
  };
  const remove = () => {
    close();
    askToDelete(room);
  };
  const manage = mayManage(room);
  return el("div", { class: "endings" },
    el("button", { type: "button", class: "plain", onclick: leave }, "Leave"),
    manage && el("button", {
      type: "button", class: "plain",
      onclick: after(() => changeRoom(room.name, { archived: !room.archived })),
    }, room.archived ? "Open again" : "Archive"),
    manage && room.name !== "general" && el("button", {
      type: "button", class: "plain danger-text", onclick: remove,
    }, "Delete…"));
}

/** Gone for everybody, and for good: not by one press. */
function askToDelete(room) {
  const title = roomTitle(room);
  openDialog({
    title: "Delete this room?",
    body: (close) => {
      const element = form({
        fields: [field("title", `Type ${plain(title)} to go on`, {
          autocomplete: "off", spellcheck: "false", autofocus: true,
        }, `${plain(title)} and all its messages will be gone for everybody.`)],
        action: "Delete for good",
        check: (typed) => (same(typed.title, title) || same(typed.title, room.name) ? {} : {
          title: `That is not ${plain(title)}.`,
        }),
        submit: async () => {
          await deleteRoom(room.name);
          close();
          go("#/");
        },
      });
      element.querySelector("[type=submit]").className = "danger";
      return element;
    },
  });
}

const same = (typed, wanted) => typed.trim().toLowerCase() === wanted.trim().toLowerCase();
