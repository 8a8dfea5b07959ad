// The webhooks of a room: make one, copy its address while it can be seen, revoke it.

import { hookAddress, hooks, makeHook, revokeHook } from "../../acts/programs.js";
import { visible } from "../../state/people.js";
import { roughly } from "../../text/time.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill } from "../../ui/el.js";
import { field, form } from "../../ui/form.js";
import { copyLine, showOnce } from "../../ui/once.js";
import { attempt } from "../../ui/toast.js";
import { revocable } from "../shell/page.js";
import { lastUse } from "../account/tokens.js";

export function hooksDialog(room) {
  const list = el("ul", { class: "keys" });
  const load = async () => {
    const all = await attempt(() => hooks(room));
    if (all) fill(list, all.map((hook) => el("li", {}, row(hook, load))));
  };
  const make = form({
    fields: [field("display_name", "Name", { maxlength: 80, placeholder: "Alerts" },
      "Who its messages are from, if they do not say so themselves.")],
    action: "Make a webhook",
    submit: async ({ display_name: name }) => {
      const hook = await makeHook(room, { display_name: name.trim() });
      make.reset();
      showHook(hook);
      load();
    },
  });
  load();
  openDialog({
    title: "Webhooks",
    body: () => [
      el("p", { class: "lead" }, "A webhook is an address at which other programs post into this "
        + "room. Whatever can post to Slack can post here."),
      list,
      make,
    ],
  });
}

function row(hook, load) {
  const what = visible(hook.display_name) || "Webhook";
  const facts = [`made ${roughly(hook.created_at)} by @${hook.created_by}`, lastUse(hook)];
  const ask = {
    title: "Revoke this webhook?",
    text: "Nothing comes in by it any more. What it posted stays.",
  };
  return revocable({ what, facts, ask, revoke: () => revokeHook(hook.room, hook.id), load });
}

function showHook(hook) {
  const address = hookAddress(hook);
  const curl = `curl -d '{"text": "Hello from curl"}' ${address}`;
  showOnce({
    title: "Your new webhook",
    label: "address",
    secret: address,
    more: el("div", { class: "later" },
      el("p", { class: "lead" }, "Try it:"), copyLine("command", curl)),
  });
}
