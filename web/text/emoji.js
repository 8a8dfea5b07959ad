// The emoji in use.

import { EMOJI_IN_USE } from "../state/rooms.js";
import { remember } from "../state/state.js";

const USUAL = ["👍", "❤️", "😂", "🎉", "👀", "✅"];
const MOST_RECENT = 16;

export function recentEmoji(most = MOST_RECENT) {
  const stored = (localStorage.getItem(EMOJI_IN_USE) ?? "").split(" ").filter(Boolean);
  return [...new Set([...stored, ...USUAL])].slice(0, most);
}

export function noteEmoji(symbol) {
  const recent = [symbol, ...recentEmoji().filter((one) => one !== symbol)];
  remember(EMOJI_IN_USE, recent.slice(0, MOST_RECENT).join(" "));
}
