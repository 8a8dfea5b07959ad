// One other browser in a call: what goes to it, what comes from it, and how both agree
// ("perfect negotiation"). Of two who offer at once, the polite one takes its offer back.

const GATHER = 80;
const MENDS_ITSELF = 3_000;
const AGAIN = 8_000;
const KINDS = ["audio", "video"];
const BITRATES = [[1, 1_200_000], [3, 600_000], [Infinity, 350_000]];
const BITRATE_SCREEN = 1_500_000;

export class Peer {
  #pc;
  #channel;
  #senders = null;
  #tracks = {};
  #words = "";
  #candidates = [];
  #making = false;
  #turn = Promise.resolve();
  #askedAt = performance.now();

  constructor({ user, tab, connection, polite, ice, signal, onchange }) {
    Object.assign(this, { user, tab, connection, polite, signal, onchange });
    this.status = "connecting";
    this.says = { mic: true, camera: true, screen: 0 };
    this.stream = new MediaStream();
    this.#pc = new RTCPeerConnection(ice);
    this.#pc.onnegotiationneeded = () => this.#offer();
    this.#pc.onicecandidate = ({ candidate }) => candidate && this.#gather(candidate);
    this.#pc.onconnectionstatechange = () => this.#follow();
    this.#pc.ontrack = ({ track }) => {
      this.stream.addTrack(track);
      onchange();
    };
    this.#channel = this.#pc.createDataChannel("state", { negotiated: true, id: 0 });
    this.#channel.onopen = () => this.tell(this.#words);
    this.#channel.onmessage = ({ data }) => this.#hearState(data);
    if (!polite) {
      this.#senders = KINDS.map((kind) => this.#pc.addTransceiver(kind).sender);
    }
  }

  /** Send these tracks from now on; nothing has to be agreed upon for it. */
  send(tracks, people, isScreen) {
    this.#tracks = tracks;
    this.#senders?.forEach((sender, index) => {
      const track = tracks[KINDS[index]] ?? null;
      if (sender.track !== track) sender.replaceTrack(track).catch(() => {});
    });
    const [, bitrate] = BITRATES.find(([most]) => people <= most);
    this.#limit(isScreen ? BITRATE_SCREEN : bitrate).catch(() => {});
  }

  /** Tell them how I am: muted, without a camera, sharing a screen. */
  tell(words) {
    this.#words = words;
    if (words && this.#channel.readyState === "open") this.#channel.send(words);
  }

  /** Take what they signalled, one after the other. */
  hear(data) {
    this.#turn = this.#turn.then(() => this.#hear(data)).catch(() => {});
  }

  /** The line was away or is back, or a moment has passed: mend what is broken. */
  tend() {
    if (this.status === "connected" || performance.now() - this.#askedAt < AGAIN) return;
    this.#askedAt = performance.now();
    if (this.#pc.signalingState === "have-local-offer") this.#say();
    else this.restart();
  }

  restart() {
    this.#askedAt = performance.now();
    this.#pc.restartIce();
  }

  setServers(ice) {
    this.#pc.setConfiguration(ice);
  }

  /** How loud they are now, from 0 to 1. */
  level() {
    const receiver = this.#pc.getReceivers().find(({ track }) => track.kind === "audio");
    return receiver?.getSynchronizationSources()[0]?.audioLevel ?? 0;
  }

  /** How loud I am, as what is sent to them says. */
  async ownLevel() {
    const stats = [...(await this.#pc.getStats()).values()];
    return stats.find(({ type, kind }) => type === "media-source" && kind === "audio")?.audioLevel ?? 0;
  }

  close() {
    this.#pc.close();
  }

  async #offer() {
    // The other one begins; both would else bring lines of their own.
    if (this.polite && !this.#pc.remoteDescription) return;
    this.#making = true;
    try {
      await this.#pc.setLocalDescription();
      this.#say();
    } catch {
      // Closed meanwhile; or their offer came first, and ours follows.
    } finally {
      this.#making = false;
    }
  }

  #say() {
    this.signal({ description: this.#pc.localDescription });
  }

  async #hear({ description, candidates = [] }) {
    if (description) {
      const isOffer = description.type === "offer";
      const glare = isOffer && (this.#making || this.#pc.signalingState !== "stable");
      if (glare && !this.polite) return;
      await this.#pc.setRemoteDescription(description);
      if (isOffer) await this.#answer();
    }
    for (const candidate of candidates) {
      await this.#pc.addIceCandidate(candidate).catch(() => {});
    }
  }

  async #answer() {
    if (!this.#senders) {
      const lines = this.#pc.getTransceivers().slice(0, KINDS.length);
      for (const line of lines) line.direction = "sendrecv";
      this.#senders = lines.map(({ sender }) => sender);
      this.onchange("ready");
    }
    await this.#pc.setLocalDescription();
    this.#say();
  }

  /** Candidates come in swarms; each signal counts. */
  #gather(candidate) {
    this.#candidates.push(candidate);
    if (this.#candidates.length > 1) return;
    setTimeout(() => {
      this.signal({ candidates: this.#candidates });
      this.#candidates = [];
    }, GATHER);
  }

  #follow() {
    const { connectionState: now } = this.#pc;
    if (now === "closed") return;
    this.status = now === "connected" ? "connected" : this.status;
    if (now === "failed" || now === "disconnected") {
      this.status = "lost";
      const wait = now === "failed" ? 0 : MENDS_ITSELF;
      setTimeout(() => this.status === "lost" && this.restart(), wait);
    }
    this.onchange();
  }

  #hearState(text) {
    try {
      const { mic, camera, screen } = JSON.parse(text);
      this.says = { mic: Boolean(mic), camera: Boolean(camera), screen: Number(screen) || 0 };
      this.onchange();
    } catch {
      // Not ours to understand.
    }
  }

  async #limit(bitrate) {
    const sender = this.#senders?.[1];
    const parameters = sender?.getParameters();
    if (!parameters?.encodings?.length) return;
    if (parameters.encodings[0].maxBitrate === bitrate) return;
    parameters.encodings[0].maxBitrate = bitrate;
    await sender.setParameters(parameters);
  }
}
