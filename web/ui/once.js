// What is shown only once: a secret to copy now, for nobody can show it again.

import { openDialog } from "./dialog.js";
import { el } from "./el.js";
import { toast } from "./toast.js";

export function showOnce({ title, label, secret, more }) {
  openDialog({
    title,
    body: () => [
      el("p", { class: "lead" }, "Copy it now: it is shown only this once."),
      copyLine(label, secret, true),
      more,
    ].filter(Boolean),
  });
}

/** A line of text and a button that copies it. */
export function copyLine(label, text, autofocus = false) {
  const shown = el("input", {
    class: "link", readonly: true, value: text, "aria-label": label, spellcheck: "false",
    onfocus: () => shown.select(),
  });
  const copy = async () => {
    shown.select();
    await navigator.clipboard?.writeText(text).then(() => toast("Copied"), () => {});
  };
  return el("div", { class: "copy-line" }, shown, el("button", {
    type: "button", class: "primary", "aria-label": `Copy ${label}`, autofocus, onclick: copy,
  }, "Copy"));
}
