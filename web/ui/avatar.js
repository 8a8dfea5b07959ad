// People as they are shown: a picture, or initials on the colour of a name, with a dot for who is
// here; a name.

import { hue, initials, initialsOf, pictureOf, senderName } from "../state/people.js";
import { state } from "../state/state.js";
import { el } from "./el.js";

const FACES = 2; // of several people, as one mark

export function avatar(name, { presence = false } = {}) {
  const classes = `avatar hue-${hue(name)}`;
  // Initials by style: they are no part of what a control is called.
  const mark = el("span", {
    class: classes, "aria-hidden": "true", "data-initials": initials(name),
  }, picture(name));
  if (presence) mark.append(presenceDot(name));
  return mark;
}

/** Their picture over the initials, which show as long as it is not there. */
function picture(name) {
  const src = pictureOf(name);
  return src ? el("img", { src, alt: "", onerror: ({ target }) => target.remove() }) : "";
}

/** The face of who sent a message: a hook may bring an emoji, and never a picture from elsewhere. */
export function faceOf(message) {
  const { sender, via } = message;
  if (!via) return avatar(sender);
  const classes = via.emoji ? "avatar emoji" : `avatar hue-${hue(sender + via.name)}`;
  return el("span", {
    class: classes, "aria-hidden": "true",
    "data-initials": via.emoji ? null : initialsOf(senderName(message)),
  }, via.emoji);
}

export const botTag = () => el("span", { class: "tag" }, "bot");

/** The faces of others in a direct room; of nobody's in one's notes, so one's own. */
export function avatarOfMany(names) {
  if (names.length === 0) return avatar(state.me.name);
  if (names.length === 1) return avatar(names[0], { presence: true });
  return el("span", { class: "avatar many", "aria-hidden": "true" },
    names.slice(0, FACES).map((name) => avatar(name)));
}

export function presenceDot(name) {
  return el("span", { class: state.online.has(name) ? "presence online" : "presence" });
}

export const presenceWord = (name) => (state.online.has(name) ? "online" : "offline");

/** A name that opens the card; its address is for who opens it elsewhere. */
export function personLink(name, props, ...children) {
  return el("a", { href: "#/people", tabindex: "-1", "data-person": name, ...props }, children);
}
