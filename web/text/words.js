// The words of a message without its marks, for a line of text: a quote, a notice, the lobby.

const ENDS = "p, li, tr, td, th, h1, h2, h3, h4, h5, h6, pre, blockquote, br, hr";

const known = new WeakMap();

/** What a message says, in one line. */
export function wordsOf(message) {
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
