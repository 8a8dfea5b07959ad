// Before a call: how one looks, which devices, and what stands in the way.

import { currentCall, joinCall } from "../../acts/call.js";
import { choices, faultsOf, Media } from "../../line/media.js";
import { state } from "../../state/state.js";
import { avatar } from "../../ui/avatar.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill } from "../../ui/el.js";
import { attempt } from "../../ui/toast.js";
import { deviceFields } from "./devices.js";
import { callIcon, withStyle } from "./icons.js";
import { openPanel, showPanel } from "./panel.js";

/** The running call of a room, as its log here has it. */
function runningCall(room) {
  const items = state.logs.get(room)?.items ?? [];
  return items.findLast(({ call }) => call && !call.ended_at)?.call;
}

export async function startCall(room, call = runningCall(room)) {
  if (currentCall()?.room === room) {
    showPanel();
    return;
  }
  await withStyle();
  const media = new Media();
  const instead = call?.people.filter(({ user }) => user === state.me.name) ?? [];
  const fields = deviceFields(media);
  const picture = el("div", { class: "call-mirror" });
  const words = el("div", { class: "call-faults", role: "status" });
  const video = el("video", { autoplay: true, playsinline: true, class: "mirrored", "aria-label": "Your camera" });
  video.muted = true;
  let joined = false;

  const mic = toggle("m", () => media.setMic(!media.mic));
  const camera = toggle("v", () => media.setCamera(!media.camera));
  const draw = () => {
    const track = media.track("video");
    if (track && video.srcObject?.getVideoTracks()[0] !== track) video.srcObject = new MediaStream([track]);
    fill(picture, track ? video : avatar(state.me.name));
    show(mic, "mic", media.mic, "Microphone");
    show(camera, "camera", media.camera, "Camera");
    const faults = faultsOf(media);
    fill(words, faults.map((fault) => el("p", {}, fault)),
      faults.length > 0 && el("button", { type: "button", class: "quiet", onclick: () => media.retry() }, "Try again"));
  };
  media.onchange = () => {
    draw();
    fields.draw();
  };

  const join = (close, others) => {
    joined = true;
    close();
    enterCall(room, { media, instead: others });
  };
  openDialog({
    title: call ? "Join the call" : "Start a call",
    className: "call-start",
    onclose: () => {
      fields.close();
      if (!joined) media.close();
    },
    body: (close) => [
      picture, el("div", { class: "call-toggles" }, mic, camera), words, fields.element,
      instead.length > 0 && el("p", {}, "You are in this call in another window, or on another device."),
      el("div", { class: "dialog-foot" },
        instead.length > 0 && el("button", {
          type: "button", class: "plain", onclick: () => join(close, []),
        }, "Join here, too"),
        el("button", {
          type: "button", class: "primary", autofocus: true, onclick: () => join(close, instead),
        }, instead.length > 0 ? "Move it here" : call ? "Join" : "Start")),
    ].filter(Boolean),
  });
  draw();
  media.open(choices());
}

/** Join, and show it; a refusal is said. */
export async function enterCall(room, options) {
  await withStyle();
  openPanel();
  await attempt(() => joinCall(room, options));
}

function toggle(key, act) {
  return el("button", { type: "button", class: "call-control", onclick: act, "aria-keyshortcuts": key });
}

/** A switch of a device: what it is, and whether it is on. */
export function show(button, drawing, isOn, label) {
  fill(button, callIcon(isOn ? drawing : `${drawing}-off`));
  button.setAttribute("aria-pressed", String(isOn));
  button.setAttribute("aria-label", label);
  button.title = `${label} ${isOn ? "on" : "off"}`;
}
