// The words of a part of a message's text, of which the server sends no rendering.

const SPAN_MARKS = /\*\*|~~|`+/g;
const LINE_MARKS = /^\s*(?:#{1,6}|>|[-*+]|\d+\.)\s+/gm;
const LINK = /!?\[([^[\]]+)\]\((\S*?)\)/g;
const EMPHASIS = /(?<![\w*])([*_])(?=[^\s*_])([^*_\n]+)(?<=\S)\1(?![\w*])/g;
const SEAM = "\u0001"; // between the pieces, while marks are looked for

/** The pieces of an excerpt, without the marks that can be told from words in a part of a text. */
export function withoutMarks(pieces) {
  return pieces.join(SEAM)
    // A hit within the address goes with it; one that begins or ends there keeps it.
    .replace(LINK, (all, label, url) => (url.split(SEAM).length % 2 ? label : all))
    .replace(EMPHASIS, "$2")
    .replace(LINE_MARKS, "")
    .replace(SPAN_MARKS, "")
    .split(SEAM);
}
