// Emoji: the ones in use, and texts of nothing else.

const RECENT = "hearth/emoji";
const USUAL = ["👍", "❤️", "😂", "🎉", "👀", "✅"];
const MOST_RECENT = 16;
const ONE = "\\p{Extended_Pictographic}[\\u{1f3fb}-\\u{1f3ff}\\ufe0f]*";
const LONE = new RegExp(`^(?:${ONE}(?:\\u200d${ONE})*\\s*){1,3}$`, "u");

export function recentEmoji(most = MOST_RECENT) {
  const stored = (localStorage.getItem(RECENT) ?? "").split(" ").filter(Boolean);
  return [...new Set([...stored, ...USUAL])].slice(0, most);
}

export function noteEmoji(symbol) {
  const recent = [symbol, ...recentEmoji().filter((one) => one !== symbol)];
  localStorage.setItem(RECENT, recent.slice(0, MOST_RECENT).join(" "));
}

/** Nothing but one to three emoji: these may be large. */
export const isLoneEmoji = (text) => text.length < 40 && LONE.test(text);
