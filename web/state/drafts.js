// Drafts: what was written and attached in each room and not yet sent. They survive a reload.

import { changed, state } from "./state.js";

const FILES_LAST = 20 * 3_600_000; // ms; the server keeps an upload without a message for a day

const texts = () => `hearth/draft/${state.me.name}/`;
const files = () => `hearth/draft-files/${state.me.name}/`;

export function draft(room) {
  return localStorage.getItem(texts() + room) ?? "";
}

export function keepDraft(room, text) {
  const had = draft(room) !== "";
  keep(texts() + room, text.trim() && text);
  if (had !== Boolean(text.trim())) changed("drafts");
}

/** The files that the server has already, for a message that is not sent yet. */
export function draftFiles(room) {
  try {
    const { at, list } = JSON.parse(localStorage.getItem(files() + room)) ?? {};
    return Date.now() - at < FILES_LAST ? list : [];
  } catch {
    return [];
  }
}

export function keepDraftFiles(room, list) {
  keep(files() + room, list.length && JSON.stringify({ at: Date.now(), list }));
}

export function forgetDrafts() {
  const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index));
  for (const key of keys) {
    if (key.startsWith(texts()) || key.startsWith(files())) localStorage.removeItem(key);
  }
}

function keep(key, value) {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // Storage is full or forbidden: it stays in the page.
  }
}
