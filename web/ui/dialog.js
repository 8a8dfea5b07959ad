// Dialogs: modal, closed by Esc, by their button or by a press outside; focus goes back.

import { whenElsewhere } from "../state/view.js";
import { el, fill, freshId } from "./el.js";
import { closeButton } from "./icons.js";

export function openDialog({ title, body, wide = false, className = "", onclose }) {
  const id = freshId("dialog");
  const heading = el("h2", { id }, title);
  const dialog = el("dialog", {
    "aria-labelledby": id,
    class: `dialog ${wide ? "wide" : ""} ${className}`,
  });
  const close = () => dialog.close();
  const content = el("div", { class: "dialog-body" });
  dialog.append(
    el("header", { class: "dialog-head" }, heading, closeButton(close)),
    content,
  );
  let pressedOutside = false;
  dialog.addEventListener("pointerdown", (event) => {
    pressedOutside = event.target === dialog;
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && pressedOutside) close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose?.();
  });
  fill(content, body(close));
  document.body.append(dialog);
  dialog.showModal();
  // What is only read must be scrolled by keyboard, too.
  const controls = [...content.querySelectorAll("a, button, input, textarea, select, summary")];
  if (!controls.some((one) => one.checkVisibility())) content.tabIndex = 0;
  dialog.querySelector("[autofocus]")?.focus();
  return close;
}

/** Ask before something that cannot be taken back. */
export function confirmDialog({ title, text, action, act }) {
  openDialog({
    title,
    body: (close) => {
      const confirm = () => {
        close();
        act();
      };
      const plain = { type: "button", class: "plain", autofocus: true, onclick: close };
      return [
        el("p", { dir: "auto" }, text),
        el("div", { class: "dialog-foot" },
          el("button", plain, "Cancel"),
          el("button", { type: "button", class: "danger", onclick: confirm }, action)),
      ];
    },
  });
}

whenElsewhere(() => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
});
