// The first steps of somebody who is new here: each is offered until it is taken.

import { isAdmin, isAlone } from "../../state/people.js";
import { state, watch } from "../../state/state.js";
import { roomLink } from "../../state/view.js";
import { el, fill, keepingFocus } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { toast, withLater } from "../../ui/toast.js";

const people = () => import("../../acts/people.js");
const copying = () => import("../../ui/once.js");
const told = () => import("./told.js");

const INVITED = 25; // people, by one link
const WEEK = 604_800; // seconds

/** The steps that are left, in a box that is gone with the last of them. */
export function firstSteps() {
  const element = el("section", { class: "first", "aria-label": "First steps" });
  let link = null;
  const invite = () => withLater(people, ({ inviteLink, makeInvite }) => (
    withLater(copying, async ({ copyLine }) => {
      const made = await makeInvite({ uses: INVITED, expires_in: WEEK });
      link = copyLine("invite link", inviteLink(made), true);
      draw();
      link.querySelector("button").focus();
    })));
  const draw = () => {
    const steps = [inviting(link, invite), hello(), picture(), notified(draw)].filter(Boolean);
    keepingFocus(element, () => fill(element,
      el("h2", {}, "First steps"), el("ol", {}, steps.map(row))));
    element.hidden = steps.length === 0;
  };
  const stop = watch(["users", "rooms", "me"], draw);
  draw();
  return { element, close: stop };
}

function row({ mark, title, hint, control, more }, index) {
  if (index === 0) control?.classList.replace("plain", "primary");
  return el("li", {}, icon(mark),
    el("div", { class: "first-words" }, el("strong", {}, title), el("small", {}, hint)),
    control, more);
}

const button = (key, words, onclick) => el("button", {
  type: "button", class: "plain", "data-key": key, onclick,
}, words);

function inviting(link, invite) {
  if (!isAdmin() || !isAlone()) return null;
  return {
    mark: "people",
    title: "Invite your team",
    hint: link ? `For ${INVITED} people, within a week. Send it to them.`
      : "By a link. Whoever opens it can make an account.",
    control: link ? null : button("invite", "Make a link", invite),
    more: link,
  };
}

function hello() {
  const room = state.rooms.get("general");
  if (!room || room.seq > 0) return null;
  return {
    mark: "hash",
    title: "Say hello in General",
    hint: "So that the first who come find somebody there.",
    control: el("a", { class: "plain", href: roomLink("general"), "data-key": "hello" }, "Say hello"),
  };
}

function picture() {
  if (state.me.avatar) return null;
  const chooser = el("input", {
    type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", hidden: true,
    "aria-label": "Picture",
    onchange: () => chooser.files[0] && withLater(people, async ({ changeAvatar }) => {
      await changeAvatar(chooser.files[0]);
      toast("Everybody sees your new picture");
    }),
  });
  return {
    mark: "person",
    title: "Add a picture",
    hint: "Your face beside what you say.",
    control: button("picture", "Choose", () => chooser.click()),
    more: chooser,
  };
}

function notified(draw) {
  if (!isSecureContext || window.Notification?.permission !== "default") return null;
  return {
    mark: "bell",
    title: "Get notified",
    hint: "When somebody names you, or writes to you alone.",
    control: button("notify", "Turn on", () => (
      withLater(told, ({ turnOn }) => turnOn()).then(draw))),
  };
}
