// The HTTP calls: the one place that sends requests and reads refusals.

export class Refusal extends Error {
  constructor(status, document, retryAfter = 0) {
    super(document.detail ?? document.title ?? "The server did not say why.");
    this.status = status;
    this.kind = (document.type ?? "").split(":").pop();
    this.faults = document.faults ?? [];
    this.retryAfter = retryAfter;
  }
}

const UNREACHABLE = {
  type: "urn:hearth:unreachable",
  detail: "The server cannot be reached. Please try again.",
};

const LEFT = { detail: "" }; // Whoever would be told is not here any more.
const LEAVING_MS = 3_000; // that somebody who goes waits for an answer
let whenSignedOut = () => {};
let visit = new AbortController(); // of whoever is signed in

/** Who was here goes: nothing that they asked for is heard, and nothing more is asked. */
export function hangUp() {
  visit.abort();
}

/** Whoever comes next may ask. */
export function beginAnew() {
  hangUp();
  visit = new AbortController();
}

/** Say what happens when the server no longer knows who we are. */
export function onSignedOut(act) {
  whenSignedOut = act;
}

async function call(method, path, body, options = {}) {
  const signal = options.leaving ? AbortSignal.timeout(LEAVING_MS) : visit.signal;
  const request = { method, signal, keepalive: options.keepalive };
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers = { "Content-Type": "application/json" };
  }
  let response;
  let answer = null;
  try {
    response = await fetch(new URL(path, document.baseURI), request);
    if (!response.ok) answer = await response.json().catch(() => ({}));
    else if (response.status !== 204) answer = await response.json();
    signal.throwIfAborted();
  } catch {
    throw new Refusal(0, signal.aborted && !options.leaving ? LEFT : UNREACHABLE);
  }
  if (response.ok) return answer;
  if (response.status === 401 && !options.entering && !options.leaving) whenSignedOut();
  throw new Refusal(response.status, answer, Number(response.headers.get("Retry-After")) || 0);
}

/**
 * Send a file as it is, and hear how much of it has left.
 *
 * Not by `fetch`, which tells nothing of that.
 */
export function upload(method, path, file, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded }) => progress?.(loaded);
    request.onabort = () => reject(new Refusal(0, { detail: "Cancelled." }));
    request.onerror = () => reject(new Refusal(0, UNREACHABLE));
    request.onload = () => {
      const answer = request.response ?? {};
      if (request.status < 300) resolve(answer);
      else if (request.status === 401) whenSignedOut();
      reject(new Refusal(request.status, answer));
    };
  });
  request.open(method, new URL(path, document.baseURI));
  request.responseType = "json";
  request.send(file);
  return { done, cancel: () => request.abort() };
}

export const http = {
  get: (path, options) => call("GET", path, undefined, options),
  post: (path, body = {}, options) => call("POST", path, body, options),
  put: (path, body = {}, options) => call("PUT", path, body, options),
  patch: (path, body, options) => call("PATCH", path, body, options),
  delete: (path, options) => call("DELETE", path, undefined, options),
};

/** An API path of these parts, each escaped. */
export function api(...parts) {
  return `api/${parts.map((part) => encodeURIComponent(part)).join("/")}`;
}
