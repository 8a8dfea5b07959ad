// What the pages beside the rooms have in common.

import { plain } from "../../state/people.js";
import { confirmDialog } from "../../ui/dialog.js";
import { el } from "../../ui/el.js";
import { attempt, toast } from "../../ui/toast.js";
import { backLink } from "./doors.js";

export function pageHead(title, ...controls) {
  return el("header", { class: "page-head" },
    backLink(), el("h1", { tabindex: "-1" }, title),
    controls.some(Boolean) && el("div", { class: "page-acts" }, controls));
}

export function panel(title, ...content) {
  return el("section", { class: "panel" }, el("h2", {}, title), content);
}

/** A row of something that lets somebody in: what it is, and how to end it; `ask` comes first. */
export function revocable({ what, facts, ask, revoke, load }) {
  const act = () => attempt(async () => {
    await revoke();
    toast("Revoked");
    await load();
  });
  const press = ask ? () => confirmDialog({ ...ask, action: "Revoke", act }) : act;
  return [
    el("div", { class: "card-words" },
      el("strong", { dir: "auto" }, what), el("p", {}, facts.filter(Boolean).join(" · "))),
    el("button", {
      type: "button", class: "plain", "aria-label": `Revoke ${plain(what)}`, onclick: press,
    }, "Revoke"),
  ];
}
