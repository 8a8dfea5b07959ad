// What may tell me, and where: this device, the others, rooms that are new to me, a sound.

import {
  canPush, chooseForNewRooms, notifications, permission, stop, testHere,
} from "../../acts/push.js";
import { device } from "../../text/device.js";
import { roughly } from "../../text/time.js";
import { el, fill, freshId, keepingFocus } from "../../ui/el.js";
import { isOn, play, setOn } from "../../ui/sound.js";
import { attempt, toast } from "../../ui/toast.js";
import { notifyChoices } from "../room/bell.js";
import { turnOn } from "../shell/told.js";

const WORDS = {
  ask: "Be told of mentions and direct messages on this device, also while Hearth is closed.",
  denied: "This browser blocks notifications from here. Allow them in its settings for this "
    + "site, then load the page again.",
  insecure: "This browser shows notifications only over HTTPS.",
  none: "This browser shows no notifications.",
  install: "On an iPhone or iPad, notifications come once Hearth is on the Home Screen:",
};
const STEPS = ["Press Share, the square with an arrow, at the edge of Safari.",
  "Choose “Add to Home Screen”, then “Add”.",
  "Open Hearth from the Home Screen, sign in, and come back to this place."];

export function notificationsView() {
  const here = el("div", { class: "notify-state" });
  const list = el("ul", { class: "sessions", "aria-label": "Devices that are told" });
  const rooms = el("div");
  const load = async () => {
    const found = await attempt(notifications);
    if (!found) return;
    const { devices, notify } = found;
    keepingFocus(here, () => fill(here, state(devices, load)));
    fill(list, devices.map((one) => el("li", {}, row(one, load))));
    list.hidden = devices.length === 0;
    fill(rooms, notifyChoices("In rooms that are new to me", notify, chooseForNewRooms));
  };
  load();
  return [here, list, rooms, soundChoice()];
}

function state(devices, load) {
  const may = permission();
  const isTold = may === "granted" && devices.some((one) => one.current);
  if (may === "install") {
    return [el("p", {}, WORDS.install), el("ol", { class: "steps" }, STEPS.map((step) => el("li", {}, step)))];
  }
  if (isTold) {
    return [el("p", {}, "This device is told, also while Hearth is closed."),
      button("test", "Send a test", sendTest)];
  }
  if (may === "granted" && !canPush()) {
    return el("p", {}, "This device is told while a page of Hearth is open.");
  }
  return [el("p", {}, WORDS[may] ?? WORDS.ask),
    ["ask", "granted"].includes(may) && button("on", "Switch on here", () => attempt(turnOn).then(load))];
}

const button = (key, words, onclick) => el("button", {
  type: "button", class: "plain", "data-key": key, onclick,
}, words);

async function sendTest() {
  await attempt(async () => {
    await testHere();
    toast("A test is on its way; it comes within seconds.");
  });
}

function row(one, load) {
  const { current, user_agent: agent, created_at: asked, failed_at: failed } = one;
  const what = device(agent);
  const facts = [current ? "this device" : `last seen ${roughly(asked)}`,
    failed && `not reached, first ${roughly(failed)}`];
  const end = () => attempt(async () => {
    await stop(one);
    toast(current ? "Stopped here" : "Stopped there");
  }).then(load); // Another page may have stopped it before.
  const words = current ? "Stop here" : "Stop there";
  return [
    el("div", { class: "card-words" },
      el("strong", {}, what), el("p", {}, facts.filter(Boolean).join(" · "))),
    el("button", {
      type: "button", class: "plain", "aria-label": `${words}: ${what}`, onclick: end,
    }, words),
  ];
}

function soundChoice() {
  const id = freshId("sound");
  const box = el("input", {
    type: "checkbox", id, checked: isOn(), "aria-describedby": `${id}-hint`,
    onchange: () => {
      setOn(box.checked);
      if (box.checked) play();
    },
  });
  return el("div", { class: "choice" }, box, el("div", {},
    el("label", { for: id }, "A sound"),
    el("p", { id: `${id}-hint`, class: "field-note" },
      "Two soft tones while a page is open; in this browser only.")));
}
