// The emoji in use.

import { remember } from "../state/state.js";

const RECENT = "hearth/emoji";
const USUAL = ["👍", "❤️", "😂", "🎉", "👀", "✅"];
const MOST_RECENT = 16;

export function recentEmoji(most = MOST_RECENT) {
  const stored = (localStorage.getItem(RECENT) ?? "").split(" ").filter(Boolean);
  return [...new Set([...stored, ...USUAL])].slice(0, most);
}

export function noteEmoji(symbol) {
  const recent = [symbol, ...recentEmoji().filter((one) => one !== symbol)];
  remember(RECENT, recent.slice(0, MOST_RECENT).join(" "));
}
