// The microphone, the camera and the screen of this page, and what stands in their way.

import { remember } from "../state/state.js";

const KEY = "hearth/call";
const SIZE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24, max: 30 } };
const NAMES = { audio: "microphone", video: "camera" };

/** What was chosen the last time: devices, and whether they were on. */
export function choices() {
  try {
    return { mic: true, camera: true, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return { mic: true, camera: true };
  }
}

export function choose(change) {
  remember(KEY, JSON.stringify({ ...choices(), ...change }));
}

export class Media {
  #tracks = { audio: null, video: null, screen: null };
  #isClosed = false;

  constructor() {
    this.onchange = () => {};
    this.faults = { audio: "", video: "", screen: "" };
    this.screenSince = 0;
    this.latestScreen = () => 0; // since when the latest of the others is shared
  }

  track(kind) {
    return this.#tracks[kind];
  }

  get mic() {
    return Boolean(this.#tracks.audio?.enabled);
  }

  get camera() {
    return Boolean(this.#tracks.video);
  }

  get screen() {
    return this.#tracks.screen ? this.screenSince : 0;
  }

  /** What others get to see and hear. */
  sent() {
    return { audio: this.#tracks.audio, video: this.#tracks.screen ?? this.#tracks.video };
  }

  /** Open what was on the last time, both with one question, then what is left of it. */
  async open({ mic, camera } = choices()) {
    if (mic && camera) {
      const both = await this.#ask(["audio", "video"]);
      if (both) return;
    }
    if (mic && !this.mic) await this.#ask(["audio"]);
    if (camera && !this.camera) await this.#ask(["video"]);
  }

  /** Open again what something stood in the way of. */
  retry() {
    return this.open({ mic: this.faults.audio, camera: this.faults.video });
  }

  async setMic(on) {
    choose({ mic: on });
    if (this.#tracks.audio) this.#tracks.audio.enabled = on;
    else if (on) await this.#ask(["audio"]);
    this.onchange();
  }

  async setCamera(on) {
    choose({ camera: on });
    if (on && !this.camera) await this.#ask(["video"]);
    else if (!on) this.#put("video", null);
    this.onchange();
  }

  /** Use another device; it is opened only if that kind is on. */
  async setDevice(kind, deviceId) {
    choose({ [kind]: deviceId });
    if (!this.#tracks[kind]) return;
    this.#put(kind, null);
    await this.#ask([kind]);
  }

  async setScreen(on) {
    this.faults.screen = "";
    if (on) {
      try {
        const stream = await navigator.mediaDevices.getDisplayMedia({
          video: { frameRate: { max: 15 } }, audio: false,
        });
        this.screenSince = Math.max(Date.now(), this.latestScreen() + 1);
        this.#put("screen", stream.getVideoTracks()[0]);
      } catch (error) {
        // Whoever closes the browser's question wants nothing said about it.
        if (error.name !== "NotAllowedError") this.faults.screen = "The screen cannot be shared now.";
      }
    } else this.#put("screen", null);
    this.onchange();
  }

  close() {
    this.#isClosed = true;
    for (const kind of Object.keys(this.#tracks)) this.#put(kind, null);
  }

  async #ask(kinds) {
    if (this.#isClosed) return false;
    const wanted = Object.fromEntries(kinds.map((kind) => [kind, this.#wish(kind)]));
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
      const stream = await navigator.mediaDevices.getUserMedia(wanted);
      for (const track of stream.getTracks()) this.#put(track.kind, track);
      for (const kind of kinds) this.faults[kind] = "";
      return true;
    } catch (error) {
      if (kinds.length === 1) this.faults[kinds[0]] = inWords(error, NAMES[kinds[0]]);
      return false;
    } finally {
      this.onchange();
    }
  }

  #wish(kind) {
    const id = choices()[kind];
    // Ideal: what was unplugged since is no reason to have none.
    const device = id ? { deviceId: { ideal: id } } : {};
    return kind === "video" ? { ...SIZE, ...device }
      : { echoCancellation: true, noiseSuppression: true, ...device };
  }

  #put(kind, track) {
    if (track && this.#isClosed) {
      // The browser's question was answered too late.
      track.stop();
      return;
    }
    const old = this.#tracks[kind];
    if (old) {
      old.onended = null;
      old.stop();
    }
    this.#tracks[kind] = track;
    if (!track) return;
    track.onended = () => this.#lost(kind);
    // Another microphone, for one that was muted, is muted.
    if (kind === "audio") track.enabled = choices().mic;
  }

  /** Unplugged, taken by another program, or a screen whose owner stopped it. */
  async #lost(kind) {
    this.#put(kind, null);
    if (kind === "screen" || await this.#ask([kind])) {
      this.onchange();
      return;
    }
    this.faults[kind] = `Your ${NAMES[kind]} is gone. Plug it in, or choose another one.`;
    this.onchange();
  }
}

/** What stands in the way, each thing said once. */
export function faultsOf({ faults: { audio, video, screen } }) {
  const isOne = video.includes("the camera") && video === audio.replace("the microphone", "the camera");
  const devices = isOne ? [video.replace("the camera", "the camera and the microphone")] : [audio, video];
  return [...devices, screen].filter(Boolean);
}

/** The devices of a kind that can be chosen; without permission they have no names. */
export async function devices() {
  const found = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
  const of = (kind) => found.filter((each) => each.kind === `${kind}input` && each.deviceId);
  return { audio: of("audio"), video: of("video") };
}

function inWords({ name }, device) {
  if (name === "SecurityError" || (name === "TypeError" && !isSecureContext)) {
    return `Browsers give the ${device} only to pages over HTTPS.`;
  }
  if (name === "NotAllowedError") {
    return `Your browser does not let this page use the ${device}. Allow it beside the address, `
      + "then try again.";
  }
  if (name === "NotFoundError" || name === "OverconstrainedError") return `There is no ${device}.`;
  return `The ${device} cannot be used now; perhaps another program has it.`;
}
