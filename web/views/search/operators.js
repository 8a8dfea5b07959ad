// The search's operators: what may stand after them, by title and by name, and what cannot be meant.

import { everyone, shown } from "../../state/people.js";
import { myRooms, others, roomIcon, roomTitle } from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { dateOf } from "../../text/time.js";
import { avatar } from "../../ui/avatar.js";
import { el } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";

const AT_CARET = /(?:^|\s)-?(from|to|in|has|before|after):(\S*)$/iu;
const GIVEN = /(?:^|\s)-?(from|to|in):(\S+)/giu;
const MOST = 8;
const DAYS = [["Today", 0], ["Yesterday", 1], ["A week ago", 7], ["A month ago", 30]];

const VALUES = { from: people, to: people, in: rooms, has: kinds, before: days, after: days };

/** What fits the operator before the caret. */
export function findValues(before) {
  const [, operator, word] = AT_CARET.exec(before) ?? [];
  if (!operator) return null;
  const sought = word.toLowerCase();
  const fits = ({ insert, text }) => insert.startsWith(sought)
    || `${insert} ${text}`.toLowerCase().split(/[\s@~._-]+/).some((part) => part.startsWith(sought));
  const found = VALUES[operator.toLowerCase()]().filter(fits).slice(0, MOST);
  const isWhole = found.length === 1 && found[0].insert === sought;
  return { start: before.length - word.length, found: isWhole ? [] : found };
}

/** Why a search cannot find anything, in words; "" if it may. */
export function whyNothing(text) {
  for (const [, operator, given] of text.matchAll(GIVEN)) {
    const value = given.toLowerCase();
    const isRoom = operator.toLowerCase() === "in";
    if (!(isRoom ? isPlace(value) : isPerson(value))) {
      return isRoom ? `You are in no room called ${given}.` : `Nobody is called ${given}.`;
    }
  }
  return "";
}

const isPerson = (value) => ["me", "all"].includes(value) || state.users.has(value.replace(/^@/, ""));

function isPlace(value) {
  if (value.startsWith("@")) return state.users.has(value.slice(1));
  return state.rooms.has(value.replace(/^#/, ""));
}

function people() {
  const me = { insert: "me", text: "you", parts: () => [avatar(state.me.name), el("span", {}, "Me")] };
  return [me, ...everyone().filter(({ name }) => name !== state.me.name).map(({ name }) => ({
    insert: name,
    text: shown(name),
    parts: () => [avatar(name), el("bdi", {}, shown(name)), el("small", {}, `@${name}`)],
  }))];
}

function rooms() {
  return myRooms().map((room) => {
    const names = room.kind === "direct" ? others(room) : [];
    return {
      insert: names.length === 1 ? `@${names[0]}` : room.name,
      text: roomTitle(room),
      parts: () => [
        names.length === 1 ? avatar(names[0]) : icon(roomIcon(room)),
        el("bdi", {}, roomTitle(room)),
        el("small", {}, names.length === 1 ? `@${names[0]}` : room.name),
      ],
    };
  });
}

function kinds() {
  return [["file", "A file"], ["link", "A link"]].map(([insert, text]) => ({
    insert, text, parts: () => [icon(insert), el("span", {}, text)],
  }));
}

function days() {
  return DAYS.map(([text, ago]) => {
    const insert = dateOf(ago);
    return { insert, text, parts: () => [el("span", {}, text), el("small", {}, insert)] };
  });
}
