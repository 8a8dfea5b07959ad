// The state of this page: plain data, and who wants to know when a part of it changes.

export const state = {
  me: null,
  epoch: null,
  config: null,
  limits: {},
  server: null,
  users: new Map(),
  rooms: new Map(),
  members: new Map(),
  memberships: new Map(),
  gone: new Map(),
  online: new Set(),
  typing: new Map(),
  logs: new Map(),
  undoing: new Set(),
  editing: "",
  uploads: new Map(),
  line: { status: "off", welcomes: 0, retryAt: 0, awaySince: 0, asOf: 0, byHttp: false, fault: "" },
  place: { view: "lobby" },
};

const watchers = new Map();
const due = new Set();
let telling = false;

/** Call `draw` after any of these parts of the state changed; returns how to stop. */
export function watch(parts, draw) {
  for (const part of parts) {
    if (!watchers.has(part)) watchers.set(part, new Set());
    watchers.get(part).add(draw);
  }
  return () => {
    for (const part of parts) {
      const draws = watchers.get(part);
      draws?.delete(draw);
      if (draws?.size === 0) watchers.delete(part);
    }
    due.delete(draw);
  };
}

/** Say that parts of the state changed. Draws once, however much one frame brought. */
export function changed(...parts) {
  for (const part of parts) {
    for (const draw of watchers.get(part) ?? []) due.add(draw);
  }
  if (telling || due.size === 0) return;
  telling = true;
  queueMicrotask(tell);
}

function tell() {
  // A draw may take down a view, whose own draws are then no longer due.
  for (const draw of due) {
    due.delete(draw);
    try {
      draw();
    } catch (error) {
      reportError(error);
    }
  }
  telling = false;
}

/** Forget everything about the user who signed out. */
export function forgetUser() {
  const parts = [
    "users", "rooms", "members", "memberships", "gone", "online", "typing", "logs", "undoing",
  ];
  for (const part of parts) state[part].clear();
  Object.assign(state, { me: null, epoch: null });
  Object.assign(state.line, { welcomes: 0, asOf: 0 });
}
