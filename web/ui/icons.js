// The icons, drawn on a 24 by 24 grid with a round pen, and the buttons that show nothing else.

import { el } from "./el.js";

const NAMESPACE = "http://www.w3.org/2000/svg";

const DRAWINGS = {
  back: "M15 5l-7 7 7 7",
  camera: "M4 7h11v10H4z M15 11l5-3v8l-5-3",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4z M10 21h4",
  quiet: "M6 16V11a6 6 0 0 1 9-5.200 M18 11v5l2 2H8 M10 21h4 M4 4l16 16",
  check: "M5 12.5l4.5 4.5L19 7",
  clip: "M20 11l-8.500 8.500a5 5 0 0 1-7-7L13.500 4a3.500 3.500 0 0 1 5 5L10 17.500a1.500 1.500 0 0 1-2.500-2L15 8",
  clock: "M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16z M12 8v4.5l3 2",
  close: "M6 6l12 12 M18 6L6 18",
  copy: "M9 9h11v11H9z M5 15H4V4h11v1",
  compass: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18z M15.5 8.5l-2 5-5 2 2-5z",
  dots: "M5.5 12h.01 M12 12h.01 M18.5 12h.01",
  download: "M12 4v11 M7 10.500l5 5 5-5 M5 20h14",
  down: "M12 5v14 M6 13l6 6 6-6",
  file: "M6 3h8l4 4v14H6z M14 3v4h4",
  hash: "M10 4L8 20 M16 4l-2 16 M5 9h15 M4 15h15",
  key: "M8 11a4 4 0 1 0 0 8a4 4 0 0 0 0-8z M11 12.5L20 4 M16 8l3 3",
  jump: "M4 12h15 M13 6l6 6-6 6",
  leave: "M14 4h5v16h-5 M4 12h11 M11 8l4 4-4 4",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1 M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  lock: "M6 11h12v9H6z M8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  next: "M9 5l7 7-7 7",
  open: "M13 4h7v7 M20 4l-9 9 M17 14v6H4V7h6",
  page: "M6 3h8l4 4v14H6z M14 3v4h4 M9 12h6 M9 16h6",
  pencil: "M4 20l1-4L16 5l3 3L8 19z M14 7l3 3",
  people: "M9 11a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7z M3 20c0-4 2.5-6 6-6s6 2 6 6 "
    + "M15.5 4.5a3.5 3.5 0 0 1 0 6 M17.5 14.5c2.3.8 3.5 2.7 3.5 5.5",
  person: "M12 11a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7z M5 20c0-4 3-6 7-6s7 2 7 6",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3z M12 15v6",
  plus: "M12 5v14 M5 12h14",
  reply: "M10 6L4 12l6 6 M4 12h9a7 7 0 0 1 7 7",
  search: "M11 4a7 7 0 1 0 0 14a7 7 0 0 0 0-14z M16 16l5 5",
  send: "M12 19V5 M6 11l6-6 6 6",
  settings: "M4 7h9 M17 7h3 M4 17h3 M11 17h9 M15 5a2 2 0 1 0 0 4a2 2 0 0 0 0-4z "
    + "M9 15a2 2 0 1 0 0 4a2 2 0 0 0 0-4z",
  smile: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18z M8.5 14.5c1 1.4 2.2 2 3.5 2s2.5-.6 3.5-2 "
    + "M9 9.5h.01 M15 9.5h.01",
  star: "M12 4l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z",
  trash: "M5 7h14 M9 7V4h6v3 M7 7l1 13h8l1-13 M10.5 11v5 M13.5 11v5",
  up: "M12 19V5 M6 11l6-6 6 6",
  warning: "M12 4L2.5 20h19z M12 10v4 M12 17h.01",
  write: "M12 5H5v14h14v-7 M10 14l1-3 7.5-7.5 2 2L13 13z",
};

const FLAME = {
  arch: "M7 57V32a25 25 0 0 1 50 0v25z",
  outer: "M32 17c2 8 13 13 13 25a13 13 0 0 1-26 0c0-6 3-10 5.500-14 2 2 3 3 3.500 6"
    + "C31 29 32 24 32 17z",
  inner: "M32 38c1 4 5.500 6 5.500 10a5.500 5.500 0 0 1-11 0c0-4 4.500-6 5.500-10z",
};

export function icon(name, drawing = DRAWINGS[name]) {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NAMESPACE, "path");
  path.setAttribute("d", drawing);
  svg.append(path);
  return svg;
}

/** A button whose words are only heard, and shown beside the pointer. */
export function iconButton(drawing, label, onclick, { class: more = "", ...props } = {}) {
  return el("button", {
    type: "button", class: `icon-button ${more}`.trim(), "aria-label": label, title: label,
    onclick, ...props,
  }, icon(drawing));
}

export const closeButton = (close, label = "Close") => iconButton("close", label, close);

/** The hearth: a flame in its arch. */
export function flame() {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", "6 6 52 52");
  svg.setAttribute("class", "flame");
  svg.setAttribute("aria-hidden", "true");
  for (const [part, d] of Object.entries(FLAME)) {
    const path = document.createElementNS(NAMESPACE, "path");
    path.setAttribute("class", `flame-${part}`);
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
