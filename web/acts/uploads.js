// Files on their way: each room has a list of what the next message there takes along.

import { api, upload } from "../line/http.js";
import { draft, draftFiles, keepDraft, keepDraftFiles, send } from "../line/outbox.js";
import { plain } from "../state/people.js";
import { changed, state } from "../state/state.js";
import { bytes } from "../text/words.js";
import { toast } from "../ui/toast.js";

const AT_ONCE = 3;
const MOST_FILES = 10;
const LARGEST = 25_000_000;
const MAY_PASS = new Set([0, 408, 429]); // statuses of what may go well the next time

/** What the next message to a room takes along; after a reload, what is kept beside its draft. */
export function uploadsOf(room) {
  if (!state.uploads.has(room)) state.uploads.set(room, draftFiles(room).map(kept));
  return state.uploads.get(room);
}

const kept = (file) => ({
  source: null, name: file.name, size: file.size, sent: file.size, file, cancel: null, fault: "",
});

export const isBusy = (room) => uploadsOf(room).some((one) => !one.file && !one.fault);

/** Take files along with the next message to a room; they are sent ahead at once. */
export function attach(room, files) {
  const most = state.limits.files ?? MOST_FILES;
  const largest = state.limits.file ?? LARGEST;
  const free = most - uploadsOf(room).length;
  if (files.length > free) toast(`A message has at most ${most} files.`);
  const added = [...files].slice(0, Math.max(0, free)).map((source) => ({
    source, name: source.name, size: source.size, sent: 0, file: null, cancel: null,
    mayRetry: false,
    fault: source.size > largest ? `Larger than ${bytes(largest)}.`
      : source.size === 0 ? "It is empty." : "",
  }));
  state.uploads.set(room, [...uploadsOf(room), ...added]);
  next(room);
}

/** Do not take it along, whether it is there already or not. */
export function detach(room, one) {
  one.cancel?.();
  state.uploads.set(room, uploadsOf(room).filter((other) => other !== one));
  next(room);
}

/** What is written to a room goes once its files are there, whatever is on view by then. */
export function sendWhenThere(room, answers) {
  const failedBefore = new Set(uploadsOf(room).filter((one) => one.fault));
  state.due.set(room, { answers, failedBefore });
  next(room);
}

/** Think again: it stays a draft. */
export function notWhenThere(room) {
  state.due.delete(room);
  changed(`uploads:${room}`);
}

function sendIfDue(room) {
  const due = state.due.get(room);
  if (!due) return;
  const failed = uploadsOf(room).find((one) => one.fault && !due.failedBefore.has(one));
  if (!failed && isBusy(room)) return;
  state.due.delete(room);
  if (failed) {
    toast(`Not sent: ${plain(failed.name)} failed.`);
    return;
  }
  const text = draft(room).trim();
  const files = takeUploads(room);
  if (!text && files.length === 0) return; // each was taken back
  send(room, text, due.answers, files);
  keepDraft(room, "");
  changed(`sent:${room}`);
}

/** The files that are there go with a message; those that could not be sent stay. */
export function takeUploads(room) {
  const files = uploadsOf(room).map(({ file }) => file).filter(Boolean);
  state.uploads.set(room, uploadsOf(room).filter((one) => !one.file));
  keepDraftFiles(room, []);
  changed(`uploads:${room}`);
  return files;
}

export function tryUploadAgain(room, one) {
  Object.assign(one, { fault: "", sent: 0 });
  next(room);
}

function next(room) {
  if (!state.me) return;
  keepDraftFiles(room, uploadsOf(room).map(({ file }) => file).filter(Boolean));
  const going = uploadsOf(room).filter((one) => one.cancel).length;
  const waiting = uploadsOf(room).filter((one) => !one.cancel && !one.file && !one.fault);
  for (const one of waiting.slice(0, AT_ONCE - going)) start(room, one);
  sendIfDue(room);
  changed(`uploads:${room}`);
}

async function start(room, one) {
  const query = new URLSearchParams({ name: one.name });
  const { done, cancel } = upload("POST", `${api("rooms", room, "files")}?${query}`, one.source,
    (sent) => {
      one.sent = sent;
      changed(`uploads:${room}`);
    });
  one.cancel = cancel;
  try {
    one.file = await done;
  } catch (refusal) {
    one.fault = refusal.message;
    one.mayRetry = MAY_PASS.has(refusal.status) || refusal.status >= 500;
  }
  one.cancel = null;
  next(room);
}

// What is still on its way is lost with the page; what is there is kept beside the draft.
addEventListener("beforeunload", (event) => {
  if ([...state.uploads.keys()].some(isBusy)) event.preventDefault();
});
