// Invites, for admins: make a link, copy it while it can be seen, take it back.

import { inviteLink, invites, makeInvite, revokeInvite } from "../../acts/people.js";
import { visible } from "../../state/people.js";
import { roughly } from "../../text/time.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill } from "../../ui/el.js";
import { field, form } from "../../ui/form.js";
import { showOnce } from "../../ui/once.js";
import { attempt } from "../../ui/toast.js";
import { panel, revocable } from "../shell/page.js";

const DAY = 86_400;
const LASTING = [["1", "A day"], ["7", "A week"], ["30", "A month"]];

export function invitesPanel() {
  const list = el("ul", { class: "invites" });
  const load = async () => {
    const all = await attempt(invites);
    if (!all) return;
    fill(list, all.map((invite) => el("li", {}, row(invite, load))));
  };
  load();
  const make = { type: "button", class: "primary", onclick: () => newInvite(load) };
  return panel("Invite people",
    el("p", { class: "lead" }, "An invite is a link. Whoever opens it can make an account."),
    list,
    el("button", make, "Make a link"));
}

function row(invite, load) {
  const { id, note, uses_left: uses, expires_at: end } = invite;
  const what = visible(note) || "Invite link";
  const facts = [uses === 1 ? "one use left" : `${uses} uses left`, `ends ${roughly(end)}`];
  return revocable({ what, facts, revoke: () => revokeInvite(id), load });
}

function newInvite(load) {
  openDialog({
    title: "Invite people",
    body: (close) => {
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
        submit: async ({ note, uses, days }) => {
          const invite = await makeInvite({
            uses: Number(uses),
            expires_in: Number(days) * DAY,
            ...(note.trim() && { note: note.trim() }),
          });
          close();
          showOnce({
            title: "Your invite link", label: "invite link", secret: inviteLink(invite),
          });
          load();
        },
      });
    },
  });
}
