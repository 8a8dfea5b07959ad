// The search without a line: in the messages that this page has, for words and simple operators.

import { state } from "../state/state.js";
import { fold } from "../text/words.js";

const MOST = 100; // hits
const AROUND = 80; // characters before the first hit

const CHECKS = {
  from: (message, name) => message.sender === me(name),
  to: (message, name) => message.mentions?.includes(me(name)),
  in: (message, name) => message.room === name.replace(/^#/, "")
    || message.room.split("~").sort().join() === [name.slice(1), state.me.name].sort().join(),
  has: (message, kind) => (
    kind === "file" ? message.files?.length > 0 : /https?:\/\/\w/i.test(message.text)),
  after: (message, day) => message.created_at >= new Date(`${day}T00:00`).toISOString(),
  before: (message, day) => message.created_at < new Date(`${day}T00:00`).toISOString(),
};

const me = (name) => (name === "me" ? state.me.name : name.replace(/^@/, ""));

/** The hits as the server's search gives them; `kept` says that there may be more elsewhere. */
export function searchKept(sought) {
  const tests = [...sought.matchAll(/(-?)(?:"([^"]*)"|(\S+))/g)].map(test);
  const messages = [...state.logs.values()].flatMap((log) => log.items)
    .filter((message) => !message.deleted && tests.every((fits) => fits(message)))
    .sort((a, b) => (a.created_at < b.created_at ? 1 : -1))
    .slice(0, MOST);
  const words = sought.match(/(?<!\S)[^\s:"-][^\s:"]*(?!\S)/g)?.map(fold) ?? [];
  return {
    messages: messages.map((message) => ({ ...message, excerpt: excerpt(message.text, words) })),
    next: null,
    kept: true,
  };
}

function test([, minus, phrase, word]) {
  const [, operator, value] = /^(\w+):(.+)$/.exec(word ?? "") ?? [];
  const check = CHECKS[operator?.toLowerCase()];
  const said = fold(phrase ?? word);
  const fits = check
    ? (message) => safely(() => check(message, value.toLowerCase()))
    : (message) => fold([message.text, ...(message.files ?? []).map(({ name }) => name)].join("\n"))
      .includes(said);
  return (message) => fits(message) !== (minus === "-");
}

/** A day that is none fits nothing. */
function safely(check) {
  try {
    return Boolean(check());
  } catch {
    return false;
  }
}

/** The text from a little before the first hit; its pieces are by turns plain and a hit. */
function excerpt(text, words) {
  const first = Math.min(...words.map((word) => fold(text).indexOf(word)).filter((at) => at >= 0));
  const start = Number.isFinite(first) ? Math.max(0, first - AROUND) : 0;
  const shown = text.slice(start, start + 3 * AROUND);
  // Folding may change lengths; then the text is shown without its hits.
  if (words.length === 0 || fold(shown).length !== shown.length) return [shown];
  const any = new RegExp(words.map((word) => word.replace(/\W/gu, "\\$&")).join("|"), "g");
  const pieces = [];
  let at = 0;
  for (const { 0: hit, index } of fold(shown).matchAll(any)) {
    pieces.push(shown.slice(at, index), shown.slice(index, index + hit.length));
    at = index + hit.length;
  }
  return [...pieces, shown.slice(at)];
}
