// Tokens: make one, copy it while it can be seen, see when it was used, revoke it.

import { makeToken, revokeToken, tokens } from "../../acts/programs.js";
import { plainName, visible } from "../../state/people.js";
import { state } from "../../state/state.js";
import { roughly } from "../../text/time.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill } from "../../ui/el.js";
import { field, form } from "../../ui/form.js";
import { showOnce } from "../../ui/once.js";
import { attempt } from "../../ui/toast.js";
import { revocable } from "../shell/page.js";

/** A user's tokens, and the way to another one. */
export function tokensOf(user) {
  const list = el("ul", { class: "keys" });
  const load = async () => {
    const all = await attempt(tokens);
    if (!all) return;
    const theirs = all.filter((token) => token.user === user);
    fill(list, theirs.map((token) => el("li", {}, row(token, load))));
  };
  load();
  const make = { type: "button", class: "primary", onclick: () => newToken(user, load) };
  return [list, el("button", make, "Make a token")];
}

export function tokensDialog(user) {
  openDialog({ title: `Tokens of ${plainName(user)}`, body: () => tokensOf(user) });
}

export function showToken(token) {
  showOnce({
    title: "Your new token",
    label: "token",
    secret: token.secret,
    more: el("p", { class: "lead" }, "A program gives it as ",
      el("code", {}, "Authorization: Bearer …"), ", or in the socket's hello."),
  });
}

/** When a key was used, in words. */
export function lastUse({ last_used_at: used }) {
  return used ? `last used ${roughly(used)}` : "never used";
}

function row(token, load) {
  const what = visible(token.note) || "Token";
  const maker = token.created_by !== state.me.name && `made by @${token.created_by}`;
  const facts = [`made ${roughly(token.created_at)}`, maker, lastUse(token)];
  const ask = {
    title: "Revoke this token?",
    text: "The program that uses it is out at once.",
  };
  return revocable({ what, facts, ask, revoke: () => revokeToken(token.id), load });
}

function newToken(user, load) {
  openDialog({
    title: "Make a token",
    body: (close) => form({
      fields: [field("note", "What it is for", { maxlength: 80, autofocus: true },
        "A program with it may do what its user may, until you revoke it.")],
      action: "Make a token",
      submit: async ({ note }) => {
        const mine = user === state.me.name;
        const token = await makeToken({ note: note.trim(), ...(!mine && { user }) });
        close();
        showToken(token);
        load();
      },
    }),
  });
}
