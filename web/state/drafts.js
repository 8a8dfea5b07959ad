// Drafts: what was written in each room and not yet sent. They survive a reload.

import { changed, state } from "./state.js";

const prefix = () => `hearth/draft/${state.me.name}/`;

export function draft(room) {
  return localStorage.getItem(prefix() + room) ?? "";
}

export function keepDraft(room, text) {
  const had = draft(room) !== "";
  try {
    if (text.trim()) localStorage.setItem(prefix() + room, text);
    else localStorage.removeItem(prefix() + room);
  } catch {
    // Storage is full or forbidden: the text stays in its box.
  }
  if (had !== Boolean(text.trim())) changed("drafts");
}

export function forgetDrafts() {
  const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index));
  for (const key of keys) if (key.startsWith(prefix())) localStorage.removeItem(key);
}
