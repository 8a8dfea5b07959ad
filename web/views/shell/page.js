// What the pages beside the rooms have in common.

import { plain } from "../../state/people.js";
import { confirmDialog } from "../../ui/dialog.js";
import { badgeCount, waitingForMe } from "../../state/rooms.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { attempt, toast } from "../../ui/toast.js";

export function backLink() {
  return drawBack(el("a", { class: "icon-button back", href: "#/" }));
}

/** Say at the way back how much calls from the other rooms. */
export function drawBack(link) {
  const { calls } = waitingForMe();
  const words = "Back to the rooms";
  link.setAttribute("aria-label", calls ? `${words}, ${calls} new` : words);
  return fill(link, icon("back"), calls > 0 && el("span", { class: "badge" }, badgeCount(calls)));
}

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
