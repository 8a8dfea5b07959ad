// What the next message takes along: each file with its progress, and a way to leave it behind.

import { detach, tryUploadAgain, uploadsOf } from "../acts/uploads.js";
import { plain } from "../state/people.js";
import { bytes } from "../text/size.js";
import { el, fill } from "../ui/el.js";
import { keepingFocus } from "../ui/focus.js";
import { icon } from "../ui/icons.js";

const pictures = new WeakMap();

export function drawUploads(list, room) {
  const uploads = uploadsOf(room);
  list.hidden = uploads.length === 0;
  keepingFocus(list, () => fill(list, uploads.map((one, place) => row(room, one, place))));
}

function row(room, one, place) {
  const { name, size, sent, file, fault } = one;
  const state = fault || (file ? bytes(size) : `${Math.floor((100 * sent) / size)} %`);
  return el("li", { class: `upload ${fault ? "failed" : ""}` },
    thumbnail(one),
    el("div", { class: "upload-words" },
      el("bdi", {}, name),
      el("small", { role: fault ? "alert" : null }, state),
      !file && !fault && el("progress", {
        max: size, value: sent, "aria-label": `Uploading ${plain(name)}`,
      })),
    fault && size > 0 && el("button", {
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
function thumbnail({ source }) {
  if (!/^image\/(png|jpeg|gif|webp)$/.test(source.type)) {
    return el("span", { class: "upload-mark" }, icon("file"));
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
