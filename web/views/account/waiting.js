// Waiting for a server that one is signed in to.

import { state } from "../../state/state.js";
import { el } from "../../ui/el.js";
import { flame } from "../../ui/icons.js";

/** Signed in, but the server gives no answer that could be shown. */
export function waitingView() {
  return el("main", { class: "enter" },
    el("div", { class: "enter-card", role: "status" },
      el("div", { class: "enter-mark" }, flame()),
      el("h1", {}, "Waiting for the server"),
      el("p", { class: "lead" }, state.line.fault, " This page tries again by itself."),
      el("button", {
        type: "button", class: "primary", onclick: () => location.reload(),
      }, "Try now")));
}
