// What is shown only once: a secret to copy now, for nobody can show it again.

import { copied } from "./copy.js";
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
    if (await copied(text)) toast("Copied");
    else toast("Your browser does not let this page copy; it is selected for you.");
    shown.select();
  };
  return el("div", { class: "copy-line" }, shown, el("button", {
    type: "button", class: "primary", "aria-label": `Copy ${label}`, autofocus, onclick: copy,
  }, "Copy"));
}
