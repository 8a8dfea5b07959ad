// The choice of devices, and whether a relay can be reached; before a call and in it.

import { http } from "../../line/http.js";
import { choices, devices } from "../../line/media.js";
import { el, fill, freshId } from "../../ui/el.js";
import { openDialog } from "../../ui/dialog.js";

const REACH = 6_000;
const KINDS = [["audio", "Microphone"], ["video", "Camera"]];

/** Two fields that follow what is plugged in; returns the element and how to stop. */
export function deviceFields(media) {
  const element = el("div", { class: "call-devices" });
  const draw = async () => {
    const found = await devices();
    fill(element, KINDS.map(([kind, label]) => field(media, kind, label, found[kind])));
  };
  draw();
  navigator.mediaDevices?.addEventListener("devicechange", draw);
  return {
    element, draw, close: () => navigator.mediaDevices?.removeEventListener("devicechange", draw),
  };
}

function field(media, kind, label, found) {
  const id = freshId("device");
  const chosen = media.track(kind)?.getSettings().deviceId ?? choices()[kind];
  return el("div", { class: "field" },
    el("label", { for: id }, label),
    el("select", {
      id, disabled: found.length === 0, onchange: ({ target }) => media.setDevice(kind, target.value),
    }, found.length === 0 ? el("option", {}, `No ${label.toLowerCase()} found`)
      : found.map(({ deviceId, label: name }, index) => el("option", {
        value: deviceId, selected: deviceId === chosen,
      }, name || `${label} ${index + 1}`))));
}

export function openDevices(media) {
  const fields = deviceFields(media);
  const reach = el("p", { class: "call-reach", role: "status" }, "Looking for a relay…");
  relayInWords().then((words) => fill(reach, words));
  openDialog({ title: "Devices", body: () => [fields.element, reach], onclose: fields.close });
}

/** Whether people in other networks can be met from here. */
async function relayInWords() {
  const found = await http.get("api/calls/ice").catch(() => null);
  if (!found) return "Whether a relay can be reached is not known now: the server cannot be asked.";
  const servers = found.ice_servers;
  if (!servers.some(({ credential }) => credential)) {
    return "No relay is set up: calls work between people in one network.";
  }
  return await reaches(servers)
    ? "The relay can be reached: calls work from any network."
    : "The relay cannot be reached from here: calls may work only within one network.";
}

async function reaches(iceServers) {
  const trial = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
  try {
    trial.createDataChannel("trial");
    const found = new Promise((resolve) => {
      trial.onicecandidate = ({ candidate }) => candidate && resolve(true);
      setTimeout(resolve, REACH, false);
    });
    await trial.setLocalDescription();
    return await found;
  } finally {
    trial.close();
  }
}
