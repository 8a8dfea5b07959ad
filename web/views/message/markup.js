// The text of a message. The only place where markup that came over the line enters the page:
// the server rendered it and let nothing through that is not on its list.

import { state } from "../../state/state.js";
import { isLoneEmoji } from "../../text/emoji.js";
import { personLink } from "../../ui/avatar.js";
import { el } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";

/** The text, with a mark such as "edited" behind its last word. */
export function messageText({ text, html }, mark) {
  const box = html ? serverMarkup(html) : plainText(text);
  const last = box.lastElementChild?.matches("p") ? box.lastElementChild : box;
  if (mark) last.append(mark);
  return box;
}

function plainText(text) {
  const lone = isLoneEmoji(text) ? " lone" : "";
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
  const button = el("button", {
    type: "button", class: "icon-button small", "aria-label": "Copy code",
    onclick: async () => {
      const { copied } = await import("../../ui/copy.js");
      if (!await copied(block.textContent)) return;
      button.replaceChildren(icon("check"));
      setTimeout(() => button.replaceChildren(icon("copy")), 1_500);
    },
  }, icon("copy"));
  frame.append(block, button);
}
