// A window on a room's log: some of its messages, in the order of seq, without inner gaps.

export const WINDOW = 200;
// Dropping costs a layout of all that stays, so it is done for many messages at once.
const SLACK = 40;
const REST = 60;

export class Log {
  constructor(room) {
    this.room = room;
    this.items = [];
    this.ready = false;
    this.hasOlder = false;
    this.hasNewer = false;
    this.rev = 0;
    this.following = true;
    this.loading = 0;
    this.asked = null; // the last page that is to stand instead of what is there
    this.failed = "";
    this.late = [];
  }

  get first() {
    return this.items[0]?.seq ?? 0;
  }

  get last() {
    return this.items.at(-1)?.seq ?? 0;
  }

  get(seq) {
    const index = this.#index(seq);
    return this.items[index]?.seq === seq ? this.items[index] : undefined;
  }

  /** Take a message's latest state, as it was heard: all that changed before is here. */
  take(message) {
    this.rev = Math.max(this.rev, message.rev);
    this.learn(message);
  }

  /** Take a message's state as it was asked for: what changed before may not be heard yet. */
  learn(message) {
    // A page on its way may hold an older state of it, and may make room for it.
    if (this.loading) this.late.push(message);
    const index = this.#index(message.seq);
    const known = this.items[index];
    if (known?.seq === message.seq) {
      if (message.rev > known.rev) this.items[index] = message;
    } else if (index === this.items.length) {
      this.#append(message);
    } else if (index > 0) {
      this.items.splice(index, 0, message);
    }
  }

  /** Show this page instead of what was there. */
  replace(page) {
    this.items = page.messages;
    this.hasOlder = page.has_older;
    this.hasNewer = page.has_newer;
    this.ready = true;
    for (const { rev } of page.messages) this.rev = Math.max(this.rev, rev);
    this.#settle();
  }

  prepend(page) {
    this.items = [...page.messages.filter((message) => message.seq < this.first), ...this.items];
    this.hasOlder = page.has_older;
    if (this.items.length > WINDOW) {
      this.items.length = WINDOW;
      this.hasNewer = true;
    }
    this.#settle();
  }

  append(page) {
    this.items.push(...page.messages.filter((message) => message.seq > this.last));
    this.hasNewer = page.has_newer;
    this.#dropOldest(WINDOW);
    this.#settle();
  }

  /** Nobody looks at it any more: keep its newest messages; false if it has none. */
  rest() {
    this.following = true;
    this.#dropOldest(REST);
    return this.ready && !this.hasNewer;
  }

  #append(message) {
    if (!this.ready || this.hasNewer) return;
    // Somebody reads further up: what they see must not be dropped under their eyes.
    if (!this.following && this.items.length >= WINDOW) {
      this.hasNewer = true;
      return;
    }
    this.items.push(message);
    if (this.items.length > WINDOW + SLACK) this.#dropOldest(WINDOW);
  }

  #dropOldest(most) {
    if (this.items.length <= most) return;
    this.items.splice(0, this.items.length - most);
    this.hasOlder = true;
  }

  #settle() {
    const late = this.late;
    this.late = [];
    for (const message of late) this.learn(message);
  }

  /** Where a seq is, or would be. */
  #index(seq) {
    if (seq > this.last) return this.items.length;
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.items[middle].seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
