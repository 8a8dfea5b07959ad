// What the next message takes along: each file with its progress, and a way to leave it behind.

import {
  detach, isBusy, notWhenThere, sendWhenThere, takeUploads, tryUploadAgain, uploadsOf,
} from "../../acts/uploads.js";
import { plain } from "../../state/people.js";
import { state, watch } from "../../state/state.js";
import { bytes } from "../../text/words.js";
import { el, fill, refill } from "../../ui/el.js";
import { icon, iconButton } from "../../ui/icons.js";
import { address } from "../message/content.js";

export { attach, sendWhenThere } from "../../acts/uploads.js";

const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

const rows = new WeakMap();
const pictures = new WeakMap();

/** `onchange` hears of each change. */
export function uploadsFor(room, { onchange, focus }) {
  const list = el("ul", { class: "uploads", "aria-label": "Files to send" });
  const due = dueLine(() => {
    notWhenThere(room);
    focus();
  });

  function changed() {
    const uploads = uploadsOf(room);
    // What did not change stays: a button must not be replaced while somebody presses it.
    refill(list, uploads.map((one, place) => row(room, one, place)));
    list.hidden = uploads.length === 0;
    due.tell(state.due.has(room) ? uploads.filter((one) => !one.file && !one.fault) : []);
    onchange();
  }

  /** Enter was pressed: true if files are on their way, and so it waits. */
  function waits(answers) {
    if (!isBusy(room)) return false;
    sendWhenThere(room, answers);
    return true;
  }

  const stop = watch([`uploads:${room}`], changed);
  return {
    elements: [due.element, list],
    brings: () => uploadsOf(room).some((one) => !one.fault),
    isShown: () => !list.hidden,
    waits, changed, take: () => takeUploads(room), close: stop,
  };
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
    iconButton("close", `${file || fault ? "Remove" : "Cancel"} ${plain(name)}`, () => (
      detach(room, one)), { class: "small", "data-key": `remove/${place}` }));
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

/** The line that says what a message waits for, when Enter was pressed before its files were there. */
function dueLine(cancel) {
  const element = el("div", { class: "compose-due", role: "status", hidden: true });
  let look = "";

  function tell(awaited) {
    element.hidden = awaited.length === 0;
    const wanted = awaited.map(({ name }) => name).join("|");
    if (wanted === look) return;
    look = wanted;
    const what = awaited.length === 1
      ? [el("bdi", {}, awaited[0].name), " is"] : `${awaited.length} files are`;
    fill(element, icon("clock"), el("p", {}, "Sends when ", what, " there"),
      el("button", { type: "button", class: "quiet", onclick: cancel }, "Cancel"));
  }

  return { element, tell };
}
