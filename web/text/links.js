// Addresses in a plain text, such as a room's description, as links.

import { el } from "../ui/el.js";

const ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/gu;

/** The text in pieces, its addresses as links. */
export function linked(text) {
  const pieces = [];
  let from = 0;
  for (const { 0: href, index } of text.matchAll(ADDRESS)) {
    pieces.push(text.slice(from, index),
      el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, href));
    from = index + href.length;
  }
  return [...pieces, text.slice(from)];
}
