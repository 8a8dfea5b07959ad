// Messages picked out of a room, in order: its pins, or the answers to one of them.

import { unpin } from "../../acts/messages.js";
import { api, http } from "../../line/http.js";
import { senderName } from "../../state/people.js";
import { state, watch } from "../../state/state.js";
import { roomLink } from "../../state/view.js";
import { clockTime, dayName, fullTime } from "../../text/time.js";
import { faceOf } from "../../ui/avatar.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill, keepingFocus } from "../../ui/el.js";
import { attachments, messageText } from "./content.js";

const SOON = 300;

export function openPins(room) {
  openListed({
    room,
    title: "Pinned messages",
    empty: "Nothing is pinned. Pin what all should find, by More beside a message.",
    load: async () => (await http.get(api("rooms", room, "pins"))).messages,
    extra: (message) => !state.rooms.get(room)?.archived && el("button", {
      type: "button", class: "quiet", "data-key": `unpin-${message.seq}`,
      onclick: () => unpin(message),
    }, "Unpin"),
  });
}

export function openAnswers(question) {
  const { room, seq } = question;
  openListed({
    room,
    title: "Answers",
    about: () => state.logs.get(room)?.get(seq) ?? question,
    empty: "There are no answers any more.",
    load: () => allAnswers(api("rooms", room, "messages", seq, "answers")),
  });
}

async function allAnswers(path) {
  const found = [];
  for (let after = 0, more = true; more; after = found.at(-1)?.seq ?? 0) {
    const page = await http.get(`${path}?after=${after}&limit=200`);
    found.push(...page.messages);
    more = page.has_newer && page.messages.length > 0;
  }
  return found;
}

/** A dialog that follows the room: what comes, changes or goes meanwhile does so here, too. */
function openListed({ room, title, about, empty, load, extra }) {
  const above = el("div", { class: "listed asked" });
  const list = el("ol", { class: "listed", "aria-busy": "true" });
  const note = el("p", { class: "lead", role: "status" });
  let timer = null;
  let turn = 0;

  async function refresh() {
    timer = null;
    turn += 1;
    const mine = turn;
    try {
      const found = await load();
      if (mine !== turn) return;
      note.textContent = found.length ? "" : empty;
      if (about) fill(above, listed("div", about()));
      keepingFocus(list, () => fill(list, found.map((message) => listed("li", message, extra))));
    } catch (refusal) {
      note.textContent = refusal.message;
    }
    list.removeAttribute("aria-busy");
  }

  const stop = watch([`log:${room}`], () => { timer ??= setTimeout(refresh, SOON); });
  openDialog({
    title,
    wide: true,
    body: () => [about && above, el("div", {}, note, list)],
    onclose: () => {
      stop();
      clearTimeout(timer);
    },
  });
  refresh();
}

function listed(tag, message, extra) {
  const { room, seq, created_at: time } = message;
  return el(tag, {},
    faceOf(message),
    el("div", { class: "message-words" },
      el("p", { class: "message-head" },
        el("bdi", { class: "sender" }, senderName(message)),
        el("a", {
          class: "stamp", href: roomLink(room, seq), title: fullTime(time), "data-key": `at-${seq}`,
        }, el("time", { datetime: time }, `${dayName(time)}, ${clockTime(time)}`)),
        extra?.(message)),
      message.deleted && el("p", { class: "tombstone" }, "Message deleted"),
      message.text && messageText(message),
      attachments(message)));
}
