// Toasts: short notes at the foot of the page, with at most one thing to do about them.

import { el } from "./el.js";

const LASTS = 4_000;

export function toast(text, action, lasts = LASTS) {
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
