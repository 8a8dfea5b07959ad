// Making rooms: a public or private one, or a direct one with some people.

import { talkTo } from "../../acts/people.js";
import { createRoom } from "../../acts/rooms.js";
import { newId } from "../../line/outbox.js";
import { plainName } from "../../state/people.js";
import { openDialog } from "../../ui/dialog.js";
import { el } from "../../ui/el.js";
import { choice, field, form } from "../../ui/form.js";
import { nameFrom } from "../../text/words.js";
import { choosePeople, peopleList } from "../people/choose.js";

const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;
const MOST_OTHERS = 7;
const SPARE_BYTES = 3;

export function directDialog() {
  choosePeople({
    title: "New message",
    hint: `To one person, or to up to ${MOST_OTHERS}.`,
    action: "Write",
    words: writeTo,
    most: MOST_OTHERS,
    submit: talkTo,
  });
}

function writeTo([first, second, ...more]) {
  if (!second) return `Write to ${plainName(first)}`;
  return more.length ? `Write to ${plainName(first)} and ${more.length + 1} others`
    : `Write to ${plainName(first)} and ${plainName(second)}`;
}

export function roomDialog() {
  openDialog({ title: "Create a room", body: (close) => roomForm(close) });
}

function roomForm(close) {
  const title = field("title", "Title", { maxlength: 80, autofocus: true, required: true },
    "What it is about, such as Garden plans.");
  const name = field("name", "Name", {
    maxlength: 32, autocapitalize: "none", spellcheck: "false", required: true,
  }, "For links. You cannot change it later.");
  const topic = field("topic", "Description", { maxlength: 300 });
  const spare = newSpareName();
  let own = false;
  name.input.addEventListener("input", () => { own = name.input.value !== ""; });
  title.input.addEventListener("input", () => {
    if (!own) name.input.value = nameFrom(title.input.value) || (title.input.value.trim() && spare);
  });

  const chosen = new Set();
  const invited = el("details", { class: "invited" },
    el("summary", {}, "Add people now"), peopleList(chosen));
  const body = [
    title.element, name.element, topic.element,
    el("fieldset", { class: "choices" }, el("legend", {}, "Who can see it"),
      choice("kind", "public", "Public", "Everybody can find and join it.", true),
      choice("kind", "private", "Private", "Only people who are added to it.", false)),
    invited,
  ];
  return form({
    fields: [title, name, topic],
    body,
    action: "Create",
    conflictField: "name",
    check: (values) => (NAME.test(values.name) ? {} : {
      name: values.name
        ? "Lower-case letters, digits, dots, dashes and underscores, please."
        : "Please give a name.",
    }),
    submit: async (values) => {
      await createRoom({
        name: values.name,
        kind: values.kind,
        ...(values.title.trim() && { title: values.title.trim() }),
        ...(values.topic.trim() && { topic: values.topic.trim() }),
        ...(chosen.size && { members: [...chosen] }),
      });
      close();
    },
  });
}

/** For a title in another script, from which no name can be made. */
function newSpareName() {
  return `room-${newId(SPARE_BYTES)}`;
}
