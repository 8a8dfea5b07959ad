// Our sounds: soft tones, made here.

import { remember } from "../state/state.js";

const WANTED = "hearth/sound";
const TONES = [[659, 0], [880, 0.11]]; // hertz, and when they begin, in seconds
const LASTS = 0.35; // seconds
const LOUD = 0.12;

export const isOn = () => localStorage.getItem(WANTED) !== null;

export const setOn = (wanted) => remember(WANTED, wanted && "yes");

let context = null;

export function play() {
  // One that may not sound yet would let all that it was given sound at the first touch.
  if (context?.state === "suspended") {
    context.close();
    context = null;
  }
  context ??= new AudioContext();
  playTones(context, TONES, LASTS, LOUD);
}

/** Tones, each of `[hertz, seconds until it begins]`. */
export function playTones(on, tones, lasts, loud) {
  for (const [frequency, after] of tones) {
    const from = on.currentTime + after;
    const volume = new GainNode(on, { gain: 0 });
    volume.gain.linearRampToValueAtTime(loud, from + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + lasts);
    const tone = new OscillatorNode(on, { frequency });
    tone.connect(volume).connect(on.destination);
    tone.start(from);
    tone.stop(from + lasts);
  }
}
