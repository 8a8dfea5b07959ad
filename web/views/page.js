// What the pages beside the rooms have in common.

import { el } from "../ui/el.js";
import { icon } from "../ui/icons.js";

export function backLink() {
  return el("a", { class: "icon-button back", href: "#/", "aria-label": "Back to the rooms" },
    icon("back"));
}

export function pageHead(title, ...controls) {
  return el("header", { class: "page-head" },
    backLink(), el("h1", { tabindex: "-1" }, title), controls);
}

export function panel(title, ...content) {
  return el("section", { class: "panel" }, el("h2", {}, title), content);
}
