// What the next message takes along: each file with its progress, and a way to leave it behind.

import { detach, tryUploadAgain, uploadsOf } from "../../acts/uploads.js";
import { plain } from "../../state/people.js";
import { bytes } from "../../text/size.js";
import { el, fill } from "../../ui/el.js";
import { keepingFocus } from "../../ui/focus.js";
import { icon } from "../../ui/icons.js";
import { address } from "../message/files.js";

const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

const rows = new WeakMap();
const pictures = new WeakMap();

/** Draw what has changed: a button must not be replaced while somebody presses it. */
export function drawUploads(list, room) {
  const uploads = uploadsOf(room);
  const wanted = uploads.map((one, place) => row(room, one, place));
  list.hidden = uploads.length === 0;
  const isSame = wanted.length === list.children.length
    && wanted.every((element, place) => element === list.children[place]);
  if (!isSame) keepingFocus(list, () => fill(list, wanted));
}

function row(room, one, place) {
  const { size, sent, file, fault } = one;
  const look = [Boolean(file), fault, place].join("|");
  if (rows.get(one)?.look !== look) rows.set(one, { look, element: makeRow(room, one, place) });
  const { element } = rows.get(one);
  const progress = element.querySelector("progress");
  if (progress) {
    progress.value = sent;
    element.querySelector("small").textContent = `${Math.floor((100 * sent) / size)} %`;
  }
  return element;
}

function makeRow(room, one, place) {
  const { name, size, file, fault, mayRetry } = one;
  return el("li", { class: `upload ${fault ? "failed" : ""}` },
    thumbnail(one),
    el("div", { class: "upload-words" },
      el("bdi", {}, name),
      el("small", { role: fault ? "alert" : null }, fault || bytes(size)),
      !file && !fault && el("progress", {
        max: size, "aria-label": `Uploading ${plain(name)}`,
      })),
    fault && mayRetry && el("button", {
      type: "button", class: "quiet", "data-key": `again/${place}`,
      onclick: () => tryUploadAgain(room, one),
    }, "Try again"),
    el("button", {
      type: "button", class: "icon-button small", "data-key": `remove/${place}`,
      "aria-label": `${file || fault ? "Remove" : "Cancel"} ${plain(name)}`,
      onclick: () => detach(room, one),
    }, icon("close")));
}

/** The picture itself, from this machine: there is nothing to wait for. */
function thumbnail({ source, file }) {
  if (!PICTURE.test(source?.type ?? file?.type)) {
    return el("span", { class: "upload-mark" }, icon("file"));
  }
  // Kept beside the draft when the page was loaded anew.
  if (!source) {
    return el("img", { class: "upload-mark", src: address(file.preview ?? file.path), alt: "" });
  }
  if (!pictures.has(source)) {
    const src = URL.createObjectURL(source);
    const forget = () => URL.revokeObjectURL(src);
    pictures.set(source, el("img", {
      class: "upload-mark", src, alt: "", onload: forget, onerror: forget,
    }));
  }
  return pictures.get(source);
}
