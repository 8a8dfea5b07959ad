// Completion in the compose box: people after `@`, rooms after `#`, emoji after `:`.

import { loadMembers } from "../../acts/history.js";
import { everyone, shown } from "../../state/people.js";
import { myRooms, roomIcon, roomTitle } from "../../state/rooms.js";
import { state } from "../../state/state.js";
import { findEmoji } from "../../text/emoji-list.js";
import { noteEmoji } from "../../text/emoji.js";
import { avatar } from "../../ui/avatar.js";
import { el } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { suggest } from "../../ui/suggest.js";

const WORD = /(?:^|[\s(])([@#:])([\p{L}\p{N}._+-]*)$/u;
const MOST = 8;
const EVERYBODY = ["all", "here", "channel", "everyone"];
const SHORTEST_EMOJI = 2;

export function completion(box, list, room) {
  return suggest(box, list, (before) => {
    const [, mark, word] = WORD.exec(before) ?? [];
    if (!mark) return null;
    const found = KINDS[mark](word, room);
    return { start: before.length - word.length - 1, found };
  });
}

function rooms(word) {
  const sought = word.toLowerCase();
  return myRooms()
    .filter((room) => room.kind !== "direct" && !room.archived && (room.name.startsWith(sought)
      || roomTitle(room).toLowerCase().split(/\s+/).some((part) => part.startsWith(sought))))
    .slice(0, MOST)
    .map((room) => ({
      insert: `#${room.name}`,
      parts: () => [icon(roomIcon(room)), el("bdi", {}, roomTitle(room)),
        el("small", {}, `#${room.name}`)],
    }));
}

function people(word, room) {
  if (!state.members.has(room)) loadMembers(room).catch(() => {});
  const sought = word.toLowerCase();
  const fits = ({ name }) => name.startsWith(sought)
    || shown(name).toLowerCase().split(/\s+/).some((part) => part.startsWith(sought));
  const members = state.members.get(room);
  const isMember = ({ name }) => Number(members?.has(name) ?? 0);
  const found = everyone()
    .filter((user) => !user.disabled && user.name !== state.me.name && fits(user))
    .sort((a, b) => isMember(b) - isMember(a))
    .slice(0, MOST)
    .map(({ name }) => ({
      insert: `@${name}`,
      parts: () => [avatar(name), el("bdi", {}, shown(name)), el("small", {}, `@${name}`)],
    }));
  for (const name of EVERYBODY.filter((each) => sought && each.startsWith(sought))) {
    const parts = () => [el("strong", {}, `@${name}`), el("small", {}, "everybody in this room")];
    found.push({ insert: `@${name}`, parts });
  }
  return found;
}

function emoji(word) {
  if (word.length < SHORTEST_EMOJI) return [];
  const sought = word.toLowerCase();
  return findEmoji(word, MOST).map(({ symbol, name, words }) => ({
    insert: symbol,
    use: () => noteEmoji(symbol),
    // By the word that was typed: many have several names.
    parts: () => [el("span", { class: "emoji" }, symbol), el("span", {}, `:${
      name.startsWith(sought) ? name : words.find((one) => one.startsWith(sought)) ?? name}:`)],
  }));
}

const KINDS = { "@": people, "#": rooms, ":": emoji };
