// The tiles of a call: a face or a screen, a name, who is muted and who speaks.

import { isMine } from "../../line/peers.js";
import { plainName, shown } from "../../state/people.js";
import { state } from "../../state/state.js";
import { avatar } from "../../ui/avatar.js";
import { el, fill } from "../../ui/el.js";
import { callIcon } from "./icons.js";
import { places } from "./layout.js";

const LISTEN = 300;
const LOUD = 0.02;
const STATUS = { connecting: "Connecting…", lost: "Line lost, trying again…" };

export class Tiles {
  #tiles = new Map();
  #call;
  #order = [];
  #isLarge = false;
  #sizes;
  #ears;

  constructor(call) {
    this.#call = call;
    this.element = el("ul", { class: "call-tiles", "aria-label": "People in the call" });
    this.isSilent = false;
    this.#sizes = new ResizeObserver(() => this.#place());
    this.#sizes.observe(this.element);
    this.#ears = setInterval(() => this.#listen(), LISTEN);
  }

  close() {
    this.#sizes.disconnect();
    clearInterval(this.#ears);
  }

  draw() {
    const seen = seats(this.#call);
    const large = seen.find(({ says }) => says.screen > 0);
    this.#isLarge = Boolean(large);
    this.#order = large ? [large, ...seen.filter((seat) => seat !== large)] : seen;
    const kept = new Set(seen.map(({ key }) => key));
    for (const [key, tile] of this.#tiles) {
      if (kept.has(key)) continue;
      tile.element.remove();
      this.#tiles.delete(key);
    }
    for (const seat of this.#order) this.#draw(seat);
    this.#place();
  }

  /** Play what the browser would not play by itself. */
  playAll() {
    this.isSilent = false;
    for (const { video } of this.#tiles.values()) play(video, this);
  }

  #draw({ key, user, stream, says, status, isMe }) {
    let tile = this.#tiles.get(key);
    if (!tile) {
      const video = el("video", { autoplay: true, playsinline: true, tabindex: "-1", "aria-hidden": "true" });
      video.muted = isMe;
      const label = el("p", { class: "tile-label" });
      const face = el("span", { class: "tile-face" }, avatar(user));
      tile = { video, label, face, element: el("li", { class: "tile" }, face, video, label) };
      this.#tiles.set(key, tile);
      this.element.append(tile.element);
    }
    const { video, label, element } = tile;
    if (video.srcObject !== stream) {
      video.srcObject = stream;
      play(video, this);
    }
    const isSeen = says.camera || says.screen > 0;
    element.classList.toggle("seen", Boolean(isSeen && stream));
    element.classList.toggle("screen", says.screen > 0);
    element.classList.toggle("mirrored", Boolean(isMe) && !says.screen);
    element.classList.toggle("lost", status === "lost");
    const name = isMe ? "You" : shown(user);
    const words = [
      !says.mic && "muted", says.screen > 0 ? "screen" : !says.camera && "camera off", STATUS[status],
    ].filter(Boolean);
    const look = [name, ...words].join("|");
    if (label.dataset.look === look) return;
    label.dataset.look = look;
    element.setAttribute("aria-label", [isMe ? "You" : plainName(user), ...words].join(", "));
    fill(label, !says.mic && callIcon("mic-off"), el("bdi", {}, says.screen > 0 ? screenOf(name, isMe) : name),
      STATUS[status] && el("span", { class: "tile-status" }, STATUS[status]));
  }

  #place() {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0 || clientHeight === 0) return;
    const found = places(clientWidth, clientHeight, this.#order.length, this.#isLarge);
    this.#order.forEach(({ key }, index) => {
      const { style } = this.#tiles.get(key).element;
      for (const [side, length] of Object.entries(found[index])) style[side] = `${Math.round(length)}px`;
      style.zIndex = style.order = String(index);
    });
  }

  async #listen() {
    for (const { key, peer, says } of this.#order) {
      const tile = this.#tiles.get(key)?.element;
      tile?.classList.toggle("speaks", Boolean(peer && says.mic && peer.level() > LOUD));
    }
    const [first] = this.#call.peers.all;
    const level = first && this.#call.media.mic ? await first.ownLevel().catch(() => 0) : 0;
    this.#tiles.get("me")?.element.classList.toggle("speaks", level > LOUD);
  }
}

/**
 * Who has a tile: those in the call, and who is just changing connections. Oneself is the last:
 * the others are who is looked at.
 */
function seats(call) {
  const { people, peers, media } = call;
  const orphans = peers.all.filter((peer) => !people.some(({ connection }) => connection === peer.connection));
  const mine = {
    key: "me", user: state.me?.name, isMe: true, status: "connected", stream: ownStream(media.sent().video),
    says: { mic: media.mic, camera: media.camera, screen: media.screen },
  };
  const others = people.filter((each) => !isMine(each)).map((each) => {
    const peer = peers.of(each);
    return peer ? seatOf(peer) : !orphans.some(({ user }) => user === each.user) && {
      key: each.connection, user: each.user, status: "connecting", stream: null,
      says: { mic: true, camera: false, screen: 0 },
    };
  }).filter(Boolean);
  return [...others, ...orphans.map(seatOf), mine];
}

const screenOf = (name, isMe) => (isMe ? "Your screen" : `${name}’s screen`);

const seatOf = (peer) => ({
  key: peer.tab, user: peer.user, peer, status: peer.status, says: peer.says, stream: peer.stream,
});

const ownStreams = new WeakMap();

function ownStream(track) {
  if (!track) return null;
  if (!ownStreams.has(track)) ownStreams.set(track, new MediaStream([track]));
  return ownStreams.get(track);
}

function play(video, tiles) {
  if (video.srcObject) {
    video.play().catch(({ name }) => { if (name === "NotAllowedError") tiles.isSilent = true; });
  }
}
