// A small card about somebody: opened from their name, their face, or where they were named.

import { talkTo } from "../../acts/people.js";
import { shown } from "../../state/people.js";
import { state } from "../../state/state.js";
import { go } from "../../state/view.js";
import { avatar, botTag, presenceWord } from "../../ui/avatar.js";
import { el } from "../../ui/el.js";
import { openPopover } from "../../ui/popover.js";
import { attempt } from "../../ui/toast.js";

export const ROLES = { owner: "Owner", admin: "Admin", member: "Member", bot: "Bot" };

export function cardAt(anchor, name) {
  const user = state.users.get(name);
  const isMe = name === state.me.name;
  const facts = [`@${name}`, user.role !== "bot" && ROLES[user.role],
    user.disabled ? "disabled" : presenceWord(name)];
  const act = isMe ? () => go("#/profile") : () => attempt(() => talkTo([name]));
  const press = () => {
    close();
    act();
  };
  const content = el("div", { class: "person-card" },
    avatar(name, { presence: true }),
    el("div", { class: "card-words" },
      el("p", { class: "person-card-name" }, el("bdi", {}, shown(name)),
        user.role === "bot" && botTag()),
      el("p", {}, facts.filter(Boolean).join(" · "))),
    (isMe || !user.disabled) && el("button", {
      type: "button", class: "primary", onclick: press,
    }, isMe ? "Your profile" : "Write"));
  const close = openPopover(anchor, content, { label: shown(name), start: true });
  content.querySelector("button")?.focus();
}
