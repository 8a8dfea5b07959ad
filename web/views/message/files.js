// The files of a message: pictures, sound and films as themselves, everything else as a card.

import { plain } from "../../state/people.js";
import { bytes, wordsOf } from "../../text/words.js";
import { el } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { withLater } from "../../ui/later.js";

const WIDEST = 360;
const HIGHEST = 280;
const LEAST = 48;

/** What a message says in one line: its words, or what it brings. */
export function gist(message) {
  const { files = [] } = message;
  return wordsOf(message) || files.map(({ name }) => name).join(", ");
}

export function attachments({ files }) {
  if (!files?.length) return null;
  const pictures = files.filter(isPicture);
  const others = files.filter((file) => !isPicture(file));
  const several = pictures.length > 1 ? "several" : "";
  return el("ul", { class: `files ${several}`, "aria-label": "Files" },
    pictures.map((file) => el("li", {}, picture(file))),
    others.map((file) => el("li", { class: "row" }, shownFile(file))));
}

/** The server's paths begin at its own root, wherever that is. */
export const address = (path) => path.slice(1);

const isPicture = ({ type, width }) => type.startsWith("image/") && width > 0;

function shownFile(file) {
  const [kind] = file.type.split("/");
  if (kind === "audio" || kind === "video") return player(file, kind);
  return card(file);
}

/** A picture in its box; the size is known before it comes, so nothing moves when it does. */
function picture(file) {
  const scale = Math.min(1, WIDEST / file.width, HIGHEST / file.height);
  const [width, height] = [file.width, file.height].map((length) => (
    Math.max(LEAST, Math.round(length * scale))));
  const image = el("img", {
    src: address(file.preview ?? file.path), alt: plain(file.name), loading: "lazy",
    width, height, onload: ({ target }) => target.parentNode?.classList.add("here"),
  });
  // Not its own: what is very long or very wide is cut to its box.
  image.style.aspectRatio = `${width} / ${height}`;
  return el("a", {
    class: "picture", href: address(file.path), target: "_blank", rel: "noopener",
    title: file.name, onclick: enlarge,
  }, image);
}

/** Over the page; with Ctrl, or where its code does not come, where links go. */
function enlarge(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const { currentTarget } = event;
  withLater(() => import("./lightbox.js"), ({ openLightbox }) => openLightbox(currentTarget));
}

function player(file, kind) {
  return el("figure", { class: `player ${kind}` },
    el(kind, {
      src: address(file.path), controls: true, preload: "metadata",
      "aria-label": plain(file.name),
    }),
    el("figcaption", {}, card(file)));
}

function card(file) {
  const opens = file.type === "application/pdf";
  const way = opens ? { target: "_blank", rel: "noopener" } : { download: file.name };
  return el("a", { class: "file", href: address(file.path), ...way },
    icon(opens ? "page" : "file"),
    el("span", { class: "file-words" },
      el("bdi", {}, file.name), el("small", {}, facts(file))),
    icon(opens ? "open" : "download"));
}

/** Its size, and the ending of its name, which a narrow card may cut off. */
function facts({ name, size }) {
  const [, ending] = /[^.]\.([a-z0-9]{1,5})$/i.exec(name) ?? [];
  return [bytes(size), ending?.toUpperCase()].filter(Boolean).join(" · ");
}
