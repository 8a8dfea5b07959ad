// A part of the page whose code is only fetched when it is wanted.

import { el, fill } from "./el.js";
import { attempt } from "./toast.js";

const FAILED = "This part cannot be loaded now. Please try again.";

const loaded = new WeakMap(); // modules, by how they are loaded

/** Have code at hand, so that it is used without a wait. */
export async function ahead(load) {
  loaded.set(load, await load());
  return loaded.get(load);
}

/** Fetch code and use it: at once if it is here, or keys typed meanwhile would go elsewhere. */
export function withLater(load, use) {
  return attempt(async () => use(loaded.get(load) ?? await ahead(load).catch(() => {
    throw new Error(FAILED);
  })));
}

/** A box that fills itself: at once if the code is here. */
export function later(load, draw) {
  const box = el("div", { class: "later" });
  const use = (module) => fill(box, draw(module));
  const tryIt = () => ahead(load).then(
    use,
    () => fill(box, el("p", { class: "later-failed", role: "alert" }, FAILED),
      el("button", { type: "button", class: "plain", onclick: tryIt }, "Try again")),
  );
  if (loaded.has(load)) use(loaded.get(load));
  else tryIt();
  return box;
}
