// What a message holds: its text; pictures, sound and films as themselves, other files as a card.
// The only place where markup that came over the line enters the page: the server rendered it and
// let nothing through that is not on its list.

import { plain } from "../../state/people.js";
import { state } from "../../state/state.js";
import { bytes } from "../../text/words.js";
import { personLink } from "../../ui/avatar.js";
import { el } from "../../ui/el.js";
import { icon, iconButton } from "../../ui/icons.js";
import { withLater } from "../../ui/toast.js";

const WIDEST = 360;
const HIGHEST = 280;
const LEAST = 48;
const ONE = "\\p{Extended_Pictographic}[\\u{1f3fb}-\\u{1f3ff}\\ufe0f]*";
const LONE = new RegExp(`^(?:${ONE}(?:\\u200d${ONE})*\\s*){1,3}$`, "u");

/** The text, with a mark such as "edited" behind its last word. */
export function messageText({ text, html }, mark) {
  const box = html ? serverMarkup(html) : plainText(text);
  const last = box.lastElementChild?.matches("p") ? box.lastElementChild : box;
  if (mark) last.append(mark);
  return box;
}

function plainText(text) {
  // Nothing but one to three emoji: these may be large.
  const lone = text.length < 40 && LONE.test(text) ? " lone" : "";
  return el("div", { class: `text plain-text${lone}`, dir: "auto" }, text);
}

function serverMarkup(html) {
  const box = el("div", { class: "text", dir: "auto" });
  box.innerHTML = html;
  for (const mention of box.querySelectorAll(".mention")) {
    const { name } = mention.dataset;
    mention.classList.toggle("me", name === state.me.name || name === "all");
    if (state.users.has(name)) {
      mention.replaceWith(personLink(name, { class: mention.className, "data-name": name },
        ...mention.childNodes));
    }
  }
  for (const link of box.querySelectorAll("a.room.private")) {
    // Who may not enter sees what was written.
    const name = decodeURIComponent(link.getAttribute("href").replace("#/rooms/", ""));
    if (!state.rooms.has(name)) link.replaceWith(link.textContent);
  }
  for (const block of box.querySelectorAll("pre")) dress(block);
  return box;
}

/** A block of code scrolls by itself, by keyboard too, and can be copied. */
function dress(block) {
  const frame = el("div", { class: "code" });
  block.replaceWith(frame);
  Object.assign(block, { tabIndex: 0, dir: "ltr" });
  block.setAttribute("role", "region");
  block.setAttribute("aria-label", "Code");
  const button = iconButton("copy", "Copy code", async () => {
    const { copied } = await import("../../ui/copy.js");
    if (!await copied(block.textContent)) return;
    button.replaceChildren(icon("check"));
    setTimeout(() => button.replaceChildren(icon("copy")), 1_500);
  }, { class: "small" });
  frame.append(block, button);
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
