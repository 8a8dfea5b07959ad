// Toasts: short notes at the foot of the page, with at most one thing to do about them; and acts
// that say by one that they failed, or that their code, which is only fetched when it is wanted,
// cannot be had.

import { el, fill } from "./el.js";

const LASTS = 4_000;
const NOT_LOADED = "This part cannot be loaded now. Please try again.";

const loaded = new WeakMap(); // modules, by how they are loaded

export function toast(text, action, lasts = LASTS) {
  if (!text) return; // Whoever it is for has signed out.
  const shelf = document.getElementById("toasts");
  const note = el("div", { class: "toast" }, el("span", { dir: "auto" }, text));
  const close = () => note.remove();
  if (action) {
    const press = () => {
      close();
      action.act();
    };
    note.append(el("button", { type: "button", class: "quiet", onclick: press }, action.label));
  }
  shelf.append(note);
  setTimeout(close, lasts);
}

/** Run an act of the user; a refusal is shown, not thrown. */
export async function attempt(act) {
  try {
    return await act();
  } catch (refusal) {
    toast(refusal.message);
    return undefined;
  }
}

/** Have code at hand, so that it is used without a wait. */
export async function ahead(load) {
  loaded.set(load, await load());
  return loaded.get(load);
}

/** Fetch code and use it: at once if it is here, or keys typed meanwhile would go elsewhere. */
export function withLater(load, use) {
  return attempt(async () => use(loaded.get(load) ?? await ahead(load).catch(() => {
    throw new Error(NOT_LOADED);
  })));
}

/** A box that fills itself: at once if the code is here. */
export function later(load, draw) {
  const box = el("div", { class: "later" });
  const use = (module) => fill(box, draw(module));
  const tryIt = () => ahead(load).then(
    (module) => box.isConnected && use(module), // else whoever was here went elsewhere
    () => fill(box, el("p", { class: "later-failed", role: "alert" }, NOT_LOADED),
      el("button", { type: "button", class: "plain", onclick: tryIt }, "Try again")),
  );
  if (loaded.has(load)) use(loaded.get(load));
  else tryIt();
  return box;
}
