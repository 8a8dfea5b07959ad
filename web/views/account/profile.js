// My profile: what I am called, my password, my notifications, where I am signed in.

import {
  changeAvatar, changePassword, changeUser, endSession, removeAvatar, sessions,
} from "../../acts/people.js";
import { signOut } from "../../acts/session.js";
import { waiting } from "../../line/outbox.js";
import { state, watch } from "../../state/state.js";
import { device } from "../../text/device.js";
import { roughly } from "../../text/time.js";
import { avatar } from "../../ui/avatar.js";
import { confirmDialog } from "../../ui/dialog.js";
import { el, fill, keepingFocus } from "../../ui/el.js";
import { field, form } from "../../ui/form.js";
import { attempt, later, toast } from "../../ui/toast.js";
import { openHelp } from "../shell/doors.js";
import { pageHead, panel } from "../shell/page.js";

const SHORTEST_PASSWORD = 8;

export function profileView() {
  const face = el("div", { class: "profile-face" });
  const drawFace = () => keepingFocus(face, () => fill(face,
    avatar(state.me.name), el("p", {}, `@${state.me.name}`), faceActs()));
  const list = el("ul", { class: "sessions" });
  const load = async () => {
    const mine = await attempt(sessions);
    if (mine) fill(list, mine.map((session) => el("li", {}, row(session, load))));
  };
  const element = el("div", { class: "page" },
    pageHead("Your profile"), face,
    panel("Name", nameForm()),
    panel("Notifications",
      later(() => import("./notifications.js"), ({ notificationsView }) => notificationsView())),
    panel("Password", passwordForm(load)),
    panel("Where you are signed in", list),
    panel("Access tokens",
      el("p", { class: "lead" }, "A token lets a program in under your name. Where a program should "
        + "have a name of its own, ask an admin for a bot."),
      later(() => import("./tokens.js"), ({ tokensOf }) => tokensOf(state.me.name))),
    panel("Keyboard",
      el("button", { type: "button", class: "plain", onclick: openHelp }, "Keyboard shortcuts")),
    el("button", { type: "button", class: "plain sign-out", onclick: askSignOut }, "Sign out"));
  const stop = watch(["me", "users"], drawFace);
  drawFace();
  load();
  return { element, close: stop };
}

function faceActs() {
  const chooser = el("input", {
    type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", hidden: true,
    "aria-label": "Picture", onchange: () => chooser.files[0] && attempt(async () => {
      await changeAvatar(chooser.files[0]);
      toast("Everybody sees your new picture");
    }),
  });
  const choose = { type: "button", class: "plain", "data-key": "choose" };
  const { avatar: picture } = state.me;
  return el("div", { class: "face-acts" }, chooser,
    el("button", { ...choose, onclick: () => chooser.click() },
      picture ? "Change picture" : "Add a picture"),
    picture && el("button", {
      type: "button", class: "plain", "data-key": "remove",
      onclick: () => attempt(removeAvatar),
    }, "Remove"));
}

function nameForm() {
  return form({
    fields: [field("display_name", "Full name", {
      value: state.me.display_name ?? "", maxlength: 80, autocomplete: "name",
    }, "As others see it.")],
    action: "Save",
    submit: async ({ display_name: name }) => {
      await changeUser(state.me.name, { display_name: name.trim() || state.me.name });
      toast("Saved");
    },
  });
}

function passwordForm(load) {
  const current = field("current", "Current password", {
    type: "password", autocomplete: "current-password",
  });
  const next = field("password", "New password", {
    type: "password", autocomplete: "new-password", maxlength: 256,
  }, `At least ${SHORTEST_PASSWORD} characters. All other devices are signed out.`);
  const element = form({
    fields: [current, next],
    action: "Change password",
    check: ({ current: old, password }) => ({
      ...(!old && { current: "Please give your current password." }),
      ...(password.length < SHORTEST_PASSWORD && {
        password: `At least ${SHORTEST_PASSWORD} characters, please.`,
      }),
    }),
    submit: async ({ current: old, password }) => {
      try {
        await changePassword(old, password);
      } catch (refusal) {
        if (refusal.status !== 403) throw refusal;
        throw Object.assign(refusal, { faults: [{ field: "current", reason: refusal.message }] });
      }
      element.reset();
      toast("Your password is changed");
      load();
    },
  });
  return element;
}

function row(session, load) {
  const { id, current, user_agent: agent, address, last_seen_at: seen } = session;
  const end = () => attempt(async () => {
    await endSession(id);
    toast("Signed out there");
    await load();
  });
  const facts = [address, current ? "this device" : `last seen ${roughly(seen)}`];
  return [
    el("div", { class: "card-words" },
      el("strong", {}, device(agent ?? "")), el("p", {}, facts.filter(Boolean).join(" · "))),
    !current && el("button", { type: "button", class: "plain", onclick: end }, "Sign out there"),
  ];
}

function askSignOut() {
  const count = waiting().length;
  if (count === 0) {
    signOut();
    return;
  }
  confirmDialog({
    title: "Sign out now?",
    text: count === 1 ? "One message is not sent yet, and would be lost."
      : `${count} messages are not sent yet, and would be lost.`,
    action: "Sign out",
    act: signOut,
  });
}
