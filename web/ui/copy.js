// Copying, also on plain HTTP, where browsers offer no clipboard to a page.

import { el } from "./el.js";
import { toast } from "./toast.js";

/** Copy a text and say so; where that cannot be, say what to do. */
export async function copy(text) {
  toast(await copied(text) ? "Copied" : "Your browser does not let this page copy.");
}

/** Put a text on the clipboard; false if the browser does not let us. */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

/** The old way: the browser copies what is selected. */
function copiedBySelection(text) {
  const had = document.activeElement;
  const box = el("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1", value: text });
  // Inside an open dialog, everything outside it is inert.
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  box.select();
  const isCopied = document.execCommand("copy");
  box.remove();
  had?.focus({ preventScroll: true });
  return isCopied;
}
