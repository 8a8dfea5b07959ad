// A part of the page whose code is only fetched when it is wanted.

import { el, fill } from "./el.js";
import { attempt } from "./toast.js";

const FAILED = "This part cannot be loaded now. Please try again.";

/** Fetch code and use it; a page that lost its line says so. */
export function withLater(load, use) {
  return attempt(async () => {
    const module = await load().catch(() => {
      throw new Error(FAILED);
    });
    return use(module);
  });
}

/** A box that fills itself. */
export function later(load, draw) {
  const box = el("div", { class: "later" });
  const tryIt = () => load().then(
    (module) => fill(box, draw(module)),
    () => fill(box, el("p", { class: "later-failed", role: "alert" }, FAILED),
      el("button", { type: "button", class: "plain", onclick: tryIt }, "Try again")),
  );
  tryIt();
  return box;
}
