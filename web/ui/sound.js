// Our sound: two soft tones, made here.

const WANTED = "hearth/sound";
const TONES = [[659, 0], [880, 0.11]]; // hertz, and when they begin, in seconds
const LASTS = 0.35; // seconds
const LOUD = 0.12;

export const isOn = () => localStorage.getItem(WANTED) !== null;

export function setOn(wanted) {
  if (wanted) localStorage.setItem(WANTED, "yes");
  else localStorage.removeItem(WANTED);
}

let context = null;

export function play() {
  context ??= new AudioContext();
  for (const [frequency, after] of TONES) {
    const from = context.currentTime + after;
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.linearRampToValueAtTime(LOUD, from + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + LASTS);
    const tone = new OscillatorNode(context, { frequency });
    tone.connect(volume).connect(context.destination);
    tone.start(from);
    tone.stop(from + LASTS);
  }
}
