// What people are called, and which of their messages call me.

import { state } from "./state.js";

// Controls that turn text around, and characters that nobody can see.
const TURNING = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/gu;
const UNSEEN = /[\p{C}\p{Z}\u115f\u1160\u3164\uffa0\u2800\u034f]/gu;
const HUES = 12;

/** The order of names and titles. */
export const order = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

const names = new WeakMap(); // as they are shown, by user: hundreds are asked for with each key

/** A person's name as others see it. */
export function shown(name) {
  const user = state.users.get(name);
  if (!user) return name;
  if (!names.has(user)) names.set(user, visible(user.display_name) || name);
  return names.get(user);
}

/** A name for a sentence or an attribute: it cannot turn the text around it. */
export function plain(text) {
  return `\u2068${text.replace(TURNING, "")}\u2069`;
}

export function plainName(name) {
  return plain(shown(name));
}

/** Who a message is from, as others see it: what a hook posts says so itself. */
export function senderName({ sender, via }) {
  return visible(via?.name) || shown(sender);
}

export const plainSender = (message) => plain(senderName(message));

/** Was it a program's account, or a hook? */
export const isFromProgram = ({ sender, via }) => Boolean(via) || isBot(sender);
export const isBot = (name) => state.users.get(name)?.role === "bot";

/** Text that would show as nothing is nothing. */
export function visible(text) {
  return text && text.replace(UNSEEN, "") ? text : "";
}

export const initials = (name) => initialsOf(shown(name));

export function initialsOf(text) {
  const words = text.replace(TURNING, "").match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];
  const letters = words.map((word) => [...word][0]);
  if (letters.length === 0) return "?";
  return (letters[0] + (letters.length > 1 ? letters.at(-1) : "")).toUpperCase();
}

/** Is there nobody else to write to? */
export const isAlone = () => [...state.users.values()].every(({ name, role, disabled }) => (
  disabled || role === "bot" || name === state.me.name));

/** Where somebody's picture is, if they have one. */
export function pictureOf(name) {
  const tag = state.users.get(name)?.avatar;
  return tag ? `api/users/${encodeURIComponent(name)}/avatar?v=${tag}` : "";
}

/** One of the colours, always the same for a name. */
export function hue(name) {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
  // The last bits alone follow the last letters; mixed, they follow all of them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 12), 0x85ebca77);
  return ((hash ^ (hash >>> 15)) >>> 0) % HUES;
}

export function mentionsMe({ mentions = [] }) {
  return mentions.includes(state.me.name) || mentions.includes("all");
}

export const isAdmin = (user = state.me) => ["owner", "admin"].includes(user?.role);

/** May I change this room, and who is in it? */
export function mayManage(room) {
  return room.kind !== "direct" && (room.role === "owner" || isAdmin());
}

/** People in the order of how they are shown; those with an open account first. */
export function everyone() {
  return [...state.users.values()].sort((a, b) => (
    a.disabled - b.disabled || order.compare(shown(a.name), shown(b.name))));
}
