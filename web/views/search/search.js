// The search: what is sought stands in the address, so the way back from a hit leads here.

import { isUnfinished, searchMessages } from "../../acts/search.js";
import { state, watch } from "../../state/state.js";
import { searchLink, settleAt } from "../../state/view.js";
import { el, fill } from "../../ui/el.js";
import { suggest } from "../../ui/suggest.js";
import { Hits } from "./hits.js";
import { findValues, whyNothing } from "./operators.js";
import { pageHead } from "../shell/page.js";

const PAUSE = 250;
const HINTS = [
  ["from:", "from:ann", "said by somebody, or from:me"],
  ["to:me", "to:me", "that mentions you"],
  ["in:", "in:general", "said in a room, or in:@ben"],
  ["after:", "after:2026-10-01", "said on that day or later"],
  ["before:", "before:2026-11-01", "said before that day"],
  ["has:link", "has:link", "with a link, or has:file"],
  ["\"", "\"two words\"", "said just like that"],
  ["-", "-word", "without a word"],
];

export function searchView() {
  const box = el("input", {
    type: "search", class: "seek", placeholder: "Search messages", maxlength: 200,
    "aria-label": "Search messages", autocomplete: "off", spellcheck: "false",
    enterkeyhint: "search", oninput: () => later(), onkeydown: press,
  });
  const list = el("div", { class: "completion", hidden: true });
  const values = suggest(box, list, findValues);
  const note = el("p", { class: "search-note", role: "status" });
  const hints = el("div", { class: "search-hints" },
    el("p", { class: "lead" }, "Words are found from their start. To narrow a search:"),
    el("dl", {}, HINTS.map(hint)));
  const more = el("button", { type: "button", class: "plain", onclick: loadMore }, "Show more");
  const hits = new Hits(() => box.focus());
  const element = el("div", { class: "page search" },
    pageHead("Search"), el("search", {}, box, list), note, hints, hits.element, more);

  let due = 0;
  let turn = 0;
  let sought = null;
  let next = null;

  function hint([text, example, words]) {
    const add = () => {
      box.value = `${box.value.trimEnd()} ${text}`.trimStart();
      box.focus();
      box.dispatchEvent(new Event("input"));
    };
    return el("div", {},
      el("dt", {}, el("button", { type: "button", class: "chip", onclick: add }, example)),
      el("dd", {}, words));
  }

  function press(event) {
    if (event.isComposing || values.press(event)) return;
    if (event.key === "ArrowDown") hits.focusFirst();
    else if (event.key === "Enter") look();
    else if (event.key === "Escape" && box.value) clear();
    else return;
    event.preventDefault();
  }

  function clear() {
    box.value = "";
    look();
  }

  function later() {
    clearTimeout(due);
    due = setTimeout(look, PAUSE);
  }

  /** Search for what stands in the box, unless that is what is shown. */
  function look() {
    clearTimeout(due);
    const wanted = box.value.trim();
    if (wanted === sought || isUnfinished(wanted)) return;
    const reason = whyNothing(wanted);
    // Half a name is no reason to say that nobody is called so.
    if (reason && values.isOpen()) return;
    settleAt(searchLink(wanted));
    show(wanted);
  }

  async function show(wanted) {
    sought = wanted;
    next = null;
    const reason = whyNothing(wanted);
    if (reason) {
      turn += 1;
      hits.show([]);
      settle(reason);
    } else if (wanted) {
      element.setAttribute("aria-busy", "true");
      await load(wanted, "", (found) => hits.show(found));
    } else {
      turn += 1;
      hits.show([]);
      settle("");
    }
  }

  async function loadMore() {
    more.disabled = true;
    await load(sought, next, (found) => hits.add(found));
    more.disabled = false;
  }

  async function load(wanted, before, use) {
    turn += 1;
    const mine = turn;
    try {
      const found = await searchMessages(wanted, before);
      if (mine !== turn) return;
      next = found.next;
      use(found.messages);
      const words = hits.count || next ? "" : "Nothing found in the rooms that you are in.";
      if (found.kept) {
        settle(`Without a line, only the latest messages can be searched.${words && ` ${words}`}`);
        return;
      }
      settle(found.indexed === undefined ? words
        : `Only ${Math.floor(found.indexed * 100)} % of all messages can be searched yet.`);
    } catch (refusal) {
      if (mine !== turn) return;
      if (!before) hits.show([]);
      sought = before ? sought : null;
      settle(refusal.faults?.[0]?.reason || refusal.message);
    }
  }

  function settle(words) {
    element.removeAttribute("aria-busy");
    note.textContent = words;
    note.hidden = !words;
    hints.hidden = hits.count > 0;
    more.hidden = !next;
  }

  /** The address changed: by the way back, or by a link. */
  function followPlace() {
    const { view, sought: wanted = "" } = state.place;
    if (view !== "search" || wanted === sought) return;
    box.value = wanted;
    show(wanted);
  }

  const stop = watch(["place"], followPlace);
  fill(note);
  followPlace();
  requestAnimationFrame(() => box.focus({ preventScroll: true }));
  return {
    element,
    close: () => {
      stop();
      clearTimeout(due);
      turn += 1;
    },
  };
}
