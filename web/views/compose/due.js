// The line that says what a message waits for, when Enter was pressed before its files were there.

import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";

export function dueLine(cancel) {
  const element = el("div", { class: "compose-due", role: "status", hidden: true });
  let look = "";

  function tell(awaited) {
    element.hidden = awaited.length === 0;
    const wanted = awaited.map(({ name }) => name).join("|");
    if (wanted === look) return;
    look = wanted;
    const what = awaited.length === 1
      ? [el("bdi", {}, awaited[0].name), " is"] : `${awaited.length} files are`;
    fill(element, icon("clock"), el("p", {}, "Sends when ", what, " there"),
      el("button", { type: "button", class: "quiet", onclick: cancel }, "Cancel"));
  }

  return { element, tell };
}
