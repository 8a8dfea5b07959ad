// The other browsers of a call. People stand in its message with the ids of their connections to
// the server, which change when a line was lost; so browsers tell each other which tab they are,
// and media go on under a new id.

import { newId } from "./outbox.js";
import { Peer } from "./peer.js";
import { say } from "./socket.js";
import { state } from "../state/state.js";

const ASK_AGAIN = 3_000;

export const isMine = ({ user, connection }) => (
  user === state.me?.name && connection === state.connection);

export class Peers {
  #tab = newId();
  #byTab = new Map();
  #hereAt = new Map();
  #people = [];
  #ice = {};

  constructor({ room, media, onchange }) {
    Object.assign(this, { room, media, onchange });
    // Devices' clocks differ: who begins later says a later time.
    media.latestScreen = () => Math.max(0, ...this.all.map(({ says }) => says.screen));
  }

  get all() {
    return [...this.#byTab.values()];
  }

  get others() {
    return this.#people.filter((each) => !isMine(each));
  }

  of({ user, connection }) {
    return this.all.find((peer) => peer.user === user && peer.connection === connection);
  }

  /** These are in the call now. */
  take(people) {
    this.#people = people;
    for (const peer of this.all) if (!this.#mayStay(peer)) this.#drop(peer);
    for (const each of this.others) if (!this.of(each)) this.#sayHere(each);
    this.tell();
  }

  /** I have a new connection: everybody shall know. */
  sayHere() {
    for (const each of this.others) this.#sayHere(each);
  }

  /** A signal of the call; only those who are in it have a say. */
  hear({ from, connection, data }) {
    if (!this.#people.some((each) => each.user === from && each.connection === connection)) return;
    const { tab } = data;
    if (typeof tab !== "string" || tab === this.#tab || tab.length > 40) return;
    const known = this.#byTab.get(tab);
    if (known && known.user !== from) return;
    const peer = known ?? this.#meet(from, connection, tab);
    peer.connection = connection;
    peer.goneSince = 0;
    if (data.here && !data.re) this.#sayHere(peer, true);
    if (data.description || data.candidates) peer.hear(data);
    this.onchange();
  }

  /** Give everybody what I send, and how I am. */
  tell() {
    const { mic, camera, screen } = this.media;
    // One screen at a time: the latest.
    if (screen && this.media.latestScreen() > screen) {
      this.media.setScreen(false);
      return;
    }
    for (const peer of this.all) {
      peer.send(this.media.sent(), this.#people.length - 1, screen > 0);
      peer.tell(JSON.stringify({ mic, camera, screen }));
    }
    this.onchange();
  }

  /** A moment has passed: mend what is broken, meet who was missed. */
  tend() {
    for (const peer of this.all) {
      if (this.#mayStay(peer)) peer.tend();
      else this.#drop(peer);
    }
    for (const each of this.others) {
      const saidAt = this.#hereAt.get(each.connection) ?? -Infinity;
      if (!this.of(each) && performance.now() - saidAt > ASK_AGAIN) this.#sayHere(each);
    }
  }

  setServers(iceServers) {
    this.#ice = { ...this.#ice, iceServers };
    for (const peer of this.all) peer.setServers(this.#ice);
  }

  close() {
    for (const peer of this.all) this.#drop(peer);
  }

  /** Is it in the call, or will it be told by which connection it is back? */
  #mayStay(peer) {
    if (this.#people.some(({ connection }) => connection === peer.connection)) return true;
    peer.goneSince ||= performance.now();
    return performance.now() - peer.goneSince < ASK_AGAIN
      && this.others.some((each) => each.user === peer.user && !this.of(each));
  }

  #drop(peer) {
    peer.close();
    this.#byTab.delete(peer.tab);
    this.onchange();
  }

  #sayHere(each, re = false) {
    this.#hereAt.set(each.connection, performance.now());
    this.#signal(each, { here: true, re });
  }

  #signal({ user, connection }, words) {
    const data = { call: this.room, tab: this.#tab, ...words };
    say({ type: "signal", to: user, connection, data });
  }

  #meet(user, connection, tab) {
    const peer = new Peer({
      user, connection, tab, polite: this.#tab < tab, ice: this.#ice,
      signal: (words) => this.#signal(peer, words),
      onchange: (isReady) => (isReady ? this.tell() : this.#follow()),
    });
    this.#byTab.set(tab, peer);
    queueMicrotask(() => this.tell());
    return peer;
  }

  /** Somebody said how they are: a newer screen than mine ends mine. */
  #follow() {
    const { screen } = this.media;
    if (screen && this.media.latestScreen() > screen) this.tell();
    else this.onchange();
  }
}
