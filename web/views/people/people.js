// People: who has an account here; for admins also their roles, and the invites.

import { changeUser, makeReset, resetLink, talkTo } from "../../acts/people.js";
import { everyone, isAdmin, plainName, shown } from "../../state/people.js";
import { state, watch } from "../../state/state.js";
import { shortDay } from "../../text/time.js";
import { avatar, botTag, personLink, presenceWord } from "../../ui/avatar.js";
import { confirmDialog } from "../../ui/dialog.js";
import { el, fill, keepingFocus } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { showOnce } from "../../ui/once.js";
import { openMenu } from "../../ui/popover.js";
import { attempt, toast, withLater } from "../../ui/toast.js";
import { ROLES } from "./card.js";
import { invitesDialog } from "./invites.js";
import { openCards } from "../shell/doors.js";
import { pageHead } from "../shell/page.js";

export function peopleView() {
  const list = el("ul", { class: "cards" });
  const seek = el("input", {
    type: "search", class: "seek", placeholder: "Find people", "aria-label": "Find people",
    oninput: () => draw(),
  });
  const draw = () => {
    const sought = seek.value.trim().toLowerCase();
    const found = everyone().filter(({ name }) => (
      `${name} ${shown(name)}`.toLowerCase().includes(sought)));
    keepingFocus(list, () => fill(list, found.length
      ? found.map((user) => el("li", {}, card(user)))
      : el("li", { class: "empty" }, "Nobody is called that.")));
  };
  openCards(list);
  const element = el("div", { class: "page people" },
    pageHead("People", isAdmin() && [
      headButton("plain", "Make a bot", () => withLater(() => import("./bots.js"), (
        { newBot },
      ) => newBot())),
      headButton("primary", "Invite people", invitesDialog),
    ]), seek, list);
  const stop = watch(["users", "presence"], draw);
  draw();
  return { element, close: stop };
}

const headButton = (look, words, onclick) => (
  el("button", { type: "button", class: look, onclick }, words));

function card(user) {
  const me = user.name === state.me.name;
  const told = ["owner", "admin"].includes(user.role) && ROLES[user.role];
  const notes = [`@${user.name}`, told, me && "you",
    user.disabled ? "disabled" : presenceWord(user.name), `since ${shortDay(user.created_at)}`];
  const actions = actionsOn(user);
  return el("article", { class: `card ${user.disabled ? "disabled" : ""}` },
    avatar(user.name, { presence: true }),
    el("div", { class: "card-words" },
      el("h2", {}, personLink(user.name, { tabindex: null, "data-key": `about/${user.name}` },
        el("bdi", {}, shown(user.name))), user.role === "bot" && botTag()),
      el("p", {}, notes.filter(Boolean).join(" · "))),
    !me && !user.disabled && el("button", {
      type: "button", class: "icon-button", "data-key": `write/${user.name}`,
      "aria-label": `Write to ${plainName(user.name)}`, title: "Write",
      onclick: () => attempt(() => talkTo([user.name])),
    }, icon("write")),
    actions.length > 0 && el("button", {
      type: "button", class: "icon-button", "aria-haspopup": "menu",
      "data-key": `change/${user.name}`,
      "aria-label": `Change ${plainName(user.name)}`, title: "Change",
      onclick: ({ currentTarget }) => openMenu(currentTarget, `@${user.name}`, actions),
    }, icon("dots")));
}

/** What I may change about somebody: owners everything, admins only plain members. */
function actionsOn(user) {
  const owner = state.me.role === "owner";
  const mayTouch = owner || (isAdmin() && !isAdmin(user));
  if (!mayTouch || user.name === state.me.name) return [];
  const change = (what) => () => attempt(async () => {
    await changeUser(user.name, what);
    toast("Saved");
  });
  const toRole = (role) => owner && user.role !== role && user.role !== "bot" && {
    text: `Make ${ROLES[role].toLowerCase()}`, mark: icon("person"), act: change({ role }),
  };
  const disable = () => confirmDialog({
    title: "Disable this account?",
    text: `${plainName(user.name)} is out everywhere at once. What they wrote stays.`,
    action: "Disable",
    act: change({ disabled: true }),
  });
  const showTokens = () => withLater(() => import("../account/tokens.js"), ({ tokensDialog }) => (
    tokensDialog(user.name)));
  const reset = () => attempt(async () => {
    const made = await makeReset(user.name);
    showOnce({
      title: `A new password for ${plainName(user.name)}`,
      label: "link to a new password",
      secret: resetLink(made),
      more: el("p", {}, "Give it to them alone. It works once, within 24 hours, and ends all "
        + "their sessions; they are told that it was you."),
    });
  });
  return [
    user.role !== "bot" && !user.disabled && {
      text: "New password link…", mark: icon("key"), act: reset,
    },
    user.role === "bot" && { text: "Tokens…", mark: icon("key"), act: showTokens },
    toRole("owner"), toRole("admin"), toRole("member"),
    user.disabled
      ? { text: "Enable again", mark: icon("check"), act: change({ disabled: false }) }
      : { text: "Disable…", mark: icon("close"), danger: true, act: disable },
  ].filter(Boolean);
}
