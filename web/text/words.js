// Words for a line: of a message without its marks, of a text with its links, of a size.

import { el } from "../ui/el.js";

const ENDS = "p, li, tr, td, th, h1, h2, h3, h4, h5, h6, pre, blockquote, br, hr";

const known = new WeakMap();

/** What a message says in one line: its words, or what it brings. */
export function gist(message) {
  const { files = [] } = message;
  return wordsOf(message) || files.map(({ name }) => name).join(", ");
}

function wordsOf(message) {
  if (!message.html) return message.text;
  if (!known.has(message)) known.set(message, fromMarkup(message.html));
  return known.get(message) || message.text;
}

/** Words are read from the server's rendering, which is never shown: it stays out of the page. */
function fromMarkup(html) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const end of body.querySelectorAll(ENDS)) end.after(" ");
  return body.textContent.replace(/\s+/g, " ").trim();
}

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

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

const inWords = UNITS.map((unit) => new Intl.NumberFormat("en", {
  style: "unit", unit, unitDisplay: "short", maximumSignificantDigits: 2,
}));
const whole = new Intl.NumberFormat("en", {
  style: "unit", unit: "byte", unitDisplay: "long",
});

export function bytes(count) {
  if (count < 1000) return whole.format(count);
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
  return inWords[step].format(count / 1000 ** step);
}

/** A text without accents and capitals. */
export const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** A name made from a title: `Garden plans` becomes `garden-plans`. */
export function nameFrom(title) {
  return fold(title)
    .replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 32);
}
