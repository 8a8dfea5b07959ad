// Invites, for admins: make a link, copy it while it can be seen, take it back.

import { inviteLink, invites, makeInvite, revokeInvite } from "../../acts/people.js";
import { visible } from "../../state/people.js";
import { roughly } from "../../text/time.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill } from "../../ui/el.js";
import { field, form } from "../../ui/form.js";
import { copyLine } from "../../ui/once.js";
import { attempt } from "../../ui/toast.js";
import { revocable } from "../shell/page.js";

const DAY = 86_400;
const LASTING = [["1", "A day"], ["7", "A week"], ["30", "A month"]];

/** Make a link, and see those that still let somebody in. */
export function invitesDialog() {
  const made = el("div", { hidden: true });
  const list = el("ul", { class: "invites" });
  const links = el("section", { class: "invite-links", hidden: true },
    el("h3", {}, "Links that still work"), list);
  const load = async () => {
    const all = await attempt(invites);
    if (!all) return;
    fill(list, all.map((invite) => el("li", {}, row(invite, load))));
    links.hidden = all.length === 0;
  };
  openDialog({
    title: "Invite people",
    body: () => [
      el("p", { class: "lead" }, "An invite is a link. Whoever opens it can make an account."),
      made, newInvite((invite) => {
        fill(made, el("p", { class: "lead" }, "Copy it now: it is shown only this once."),
          copyLine("invite link", inviteLink(invite)));
        made.hidden = false;
        made.querySelector("button").focus();
        load();
      }), links,
    ],
  });
  load();
}

function row(invite, load) {
  const { id, note, uses_left: uses, expires_at: end } = invite;
  const what = visible(note) || "Invite link";
  const facts = [uses === 1 ? "one use left" : `${uses} uses left`, `ends ${roughly(end)}`];
  return revocable({ what, facts, revoke: () => revokeInvite(id), load });
}

function newInvite(use) {
  const options = LASTING.map(([days, words]) => (
    el("option", { value: days, selected: days === "7" }, words)));
  const lasting = field("days", "How long it works", { tag: "select" });
  lasting.input.append(...options);
  return form({
    fields: [
      field("note", "For whom", { maxlength: 100, autofocus: true }, "Only admins see this."),
      field("uses", "How many people", { type: "number", min: 1, max: 1000, value: "25" }),
      lasting,
    ],
    action: "Make a link",
    submit: async ({ note, uses, days }) => use(await makeInvite({
      uses: Number(uses),
      expires_in: Number(days) * DAY,
      ...(note.trim() && { note: note.trim() }),
    })),
  });
}
