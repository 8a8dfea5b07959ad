// Finding emoji, and remembering the ones in use.

import { EMOJI } from "./emoji-list.js";

const RECENT = "hearth/emoji";
const USUAL = ["👍", "❤️", "😂", "🎉", "👀", "✅"];
const MOST_RECENT = 16;
const ONE = "\\p{Extended_Pictographic}[\\u{1f3fb}-\\u{1f3ff}\\ufe0f]*";
const LONE = new RegExp(`^(?:${ONE}(?:\\u200d${ONE})*\\s*){1,3}$`, "u");

const all = EMOJI.flatMap((set) => set.emoji);

/** Emoji whose words begin with what was typed; the best first. */
export function findEmoji(query, most = 60) {
  const sought = query.toLowerCase().split(/[\s_]+/).filter(Boolean);
  if (sought.length === 0) return [];
  return all
    .map((one) => ({ one, score: score(one, sought) }))
    .filter(({ score: points }) => points > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ one }) => one);
}

function score({ name, words }, sought) {
  if (!sought.every((part) => words.some((word) => word.startsWith(part)))) return 0;
  if (name === sought.join("_")) return 4;
  if (words.includes(sought[0])) return 3;
  return name.startsWith(sought[0]) ? 2 : 1;
}

export function recentEmoji(most = MOST_RECENT) {
  const stored = (localStorage.getItem(RECENT) ?? "").split(" ").filter(Boolean);
  return [...new Set([...stored, ...USUAL])].slice(0, most);
}

export function noteEmoji(symbol) {
  const recent = [symbol, ...recentEmoji().filter((one) => one !== symbol)];
  localStorage.setItem(RECENT, recent.slice(0, MOST_RECENT).join(" "));
}

export function emojiName(symbol) {
  const found = all.find((one) => one.symbol === symbol || one.symbol === `${symbol}\ufe0f`);
  return found ? found.name.replaceAll("_", " ") : symbol;
}

/** Nothing but one to three emoji: these may be large. */
export const isLoneEmoji = (text) => text.length < 40 && LONE.test(text);
