// The one call of this page, from joining to leaving. What the room's message says is right; media
// go on without the server.

import { ears } from "../line/events.js";
import { http } from "../line/http.js";
import { choices, Media } from "../line/media.js";
import { newId } from "../line/outbox.js";
import { isMine, Peers } from "../line/peers.js";
import { say } from "../line/socket.js";
import { plainName } from "../state/people.js";
import { changed, state, watch } from "../state/state.js";
import { messageAt } from "./history.js";
import { IN_CALL } from "./session.js";

const TICK = 1_000;
const RING = 30_000;
const SLEPT = 120_000;
const ANSWER = 8_000;
const SERVERS_AGAIN = 50 * 60_000;
const PASSING = new Set(["unavailable", "too_many"]);
const OFFLINE = "You are offline. Join again when the line is back.";
const SLEEP = "This device slept, so you left the call.";

let now = null;
let over = () => {};

/** The call that this page is in, or joins. */
export const currentCall = () => now;

/** Call `act` with words and the room when a call ended otherwise than by its button. */
export function onCallOver(act) {
  over = act;
}

/** The room of the call that this page was in before it was loaded anew; said once. */
export function callBefore() {
  const room = sessionStorage.getItem(IN_CALL);
  sessionStorage.removeItem(IN_CALL);
  return room;
}

/** Join the call of a room, or begin one; throws what to say if that cannot be. */
export async function joinCall(room, { media, instead = [] } = {}) {
  now?.leave();
  const call = new Call(room, media);
  now = call;
  changed("call");
  try {
    await call.join();
  } catch (refusal) {
    call.leave();
    throw refusal;
  }
  // Whoever has left meanwhile takes it away from nobody.
  for (const { connection } of now === call ? instead : []) {
    say({ type: "signal", to: state.me.name, connection, data: { call: room, moved: true } });
  }
  return call;
}

export class Call {
  #asked = null;
  #isAsking = false;
  #last = null;
  #aliveAt = Date.now();
  #serversAt = 0;
  #declined = new Set();
  #timer = 0;
  #joinedAt = 0;
  #ear = (event) => this.#hear(event);
  // Whoever signs out has neither a camera nor a microphone open any more.
  #unwatch = watch(["me"], () => state.me || this.leave());

  constructor(room, media = new Media()) {
    Object.assign(this, { room, media, isIn: false, seq: 0, startedAt: "", attended: [], people: [] });
    this.peers = new Peers({ room, media, onchange: () => changed("call") });
    media.onchange = () => this.peers.tell();
    ears.add(this.#ear);
  }

  async join() {
    const { audio, video } = this.media.faults;
    if (!this.media.track("audio") && !this.media.track("video") && !audio && !video) {
      await this.media.open(choices());
    }
    await this.#loadServers();
    await this.#ask();
    if (now !== this) return;
    this.isIn = true;
    this.#joinedAt = performance.now();
    sessionStorage.setItem(IN_CALL, this.room);
    this.#timer = setInterval(() => this.#tick(), TICK);
    await this.#look();
    changed("call");
  }

  /** Leave; with words for whoever did not do it themselves. */
  leave(words = "", mayJoin = false) {
    if (now === this) now = null;
    ears.delete(this.#ear);
    this.#unwatch();
    clearInterval(this.#timer);
    this.peers.close();
    this.media.close();
    sessionStorage.removeItem(IN_CALL);
    say({ type: "call", id: newId(), room: this.room, join: false });
    this.isIn = false;
    changed("call");
    if (words) over(words, this.room, mayJoin);
  }

  /** Does it still ring at the others of a direct room? */
  get isRinging() {
    return this.room.includes("~") && this.attended.length === 1 && this.people.length === 1;
  }

  /** Say that I join, and wait for what the server says to it. */
  async #ask() {
    this.#isAsking = true;
    try {
      while (now === this) {
        const answer = await this.#answer();
        if (answer.type === "ok") {
          this.seq = answer.seq;
          return;
        }
        if (!PASSING.has(answer.code)) throw new Error(answer.detail);
        await new Promise((done) => { setTimeout(done, (answer.retry_after ?? 1) * 1_000); });
      }
    } finally {
      this.#isAsking = false;
    }
  }

  #answer() {
    const id = newId();
    const away = { type: "error", detail: OFFLINE };
    if (!say({ type: "call", id, room: this.room, join: true })) return away;
    return new Promise((resolve) => {
      this.#asked = { id, resolve };
      setTimeout(resolve, ANSWER, away);
    });
  }

  #hear(event) {
    const { type } = event;
    if (type === "ok" || type === "error") {
      if (event.id && event.id === this.#asked?.id) this.#asked.resolve(event);
    } else if (type === "welcome") {
      if (this.isIn) this.#comeBack();
    } else if (type === "message" && event.room === this.room && event.call) {
      this.#last = event;
      this.#take(event);
    } else if (type === "gone" && event.room === this.room) {
      this.leave("You are no longer in that room.");
    } else if (type === "signal" && event.data?.call === this.room) this.#hearSignal(event);
  }

  /** A new connection: others know me by the old one until I join with it. */
  async #comeBack() {
    if (this.#isAsking) return;
    if (Date.now() - this.#aliveAt > SLEPT) {
      this.leave(SLEEP, true);
      return;
    }
    try {
      await this.#ask();
    } catch ({ message }) {
      if (now === this && message !== OFFLINE) this.leave(message, true);
      return;
    }
    if (now !== this) return;
    this.peers.sayHere();
    await this.#look();
  }

  /** What the message says; who was in it already did not change it by joining. */
  async #look() {
    if (this.#last?.seq !== this.seq) {
      const found = await messageAt(this.room, this.seq).catch(() => null);
      if (this.#last?.seq !== this.seq) this.#last = found;
    }
    if (this.#last) this.#take(this.#last);
  }

  #take({ seq, call }) {
    if (!this.isIn || seq !== this.seq) return;
    Object.assign(this, {
      people: call.people, startedAt: call.started_at, attended: call.attended,
    });
    // It lost me while my line was away, or another server did not wait for me.
    if (!call.people.some(isMine) && state.line.status === "open") this.#comeBack();
    this.peers.take(call.people);
  }

  #hearSignal(event) {
    const { from, data } = event;
    if (data.moved && from === state.me.name) {
      this.leave("The call goes on in another window or on another device.", true);
    } else if (data.declined) this.#noteDeclined(from);
    else this.peers.hear(event);
  }

  #tick() {
    if (Date.now() - this.#aliveAt < SLEPT) this.#aliveAt = Date.now();
    if (state.line.status !== "open") return;
    if (Date.now() - this.#aliveAt >= SLEPT) {
      this.leave(SLEEP, true);
      return;
    }
    this.peers.tend();
    if (performance.now() - this.#serversAt > SERVERS_AGAIN) this.#loadServers();
    if (this.isRinging && performance.now() - this.#joinedAt > RING) this.leave("Nobody answered.");
  }

  #noteDeclined(name) {
    this.#declined.add(name);
    const others = this.room.split("~").filter((each) => each !== state.me.name);
    if (this.isRinging && others.every((each) => this.#declined.has(each))) {
      this.leave(`${plainName(name)} cannot talk now.`);
    }
  }

  async #loadServers() {
    this.#serversAt = performance.now();
    try {
      this.peers.setServers((await http.get("api/calls/ice")).ice_servers);
    } catch {
      // Without them, browsers in one network find each other all the same.
    }
  }
}
