// Choosing people from a list: for a direct message, or to add them to a room.

import { everyone, plainName, shown } from "../../state/people.js";
import { state } from "../../state/state.js";
import { avatar } from "../../ui/avatar.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill, freshId } from "../../ui/el.js";
import { form } from "../../ui/form.js";
import { icon } from "../../ui/icons.js";

/** `words` says what the button does, of those who are chosen. */
export function choosePeople({
  title, action, words, hint = "", except = new Set(), most, submit,
}) {
  openDialog({
    title,
    body: (close) => {
      const chosen = new Set();
      const choice = peopleList(chosen, except, most, () => drawButton());
      const element = form({
        fields: [],
        action,
        body: [hint && el("p", { class: "lead" }, hint), choice],
        submit: async () => {
          if (chosen.size === 0) throw new Error("Choose somebody first.");
          await submit([...chosen]);
          close();
        },
      });
      const button = element.querySelector("[type=submit]");
      const drawButton = () => {
        button.disabled = chosen.size === 0;
        if (words) button.textContent = chosen.size ? words([...chosen]) : action;
      };
      drawButton();
      return element;
    },
  });
}

/** A list with a search box; who is ticked is in `chosen`, and stands above them by name. */
export function peopleList(chosen, except = new Set(), most = Infinity, onchange = () => {}) {
  const chips = el("ul", { class: "chips", "aria-label": "Chosen", hidden: true });
  const list = el("ul", { class: "people-choice", tabindex: "-1" });
  const seek = el("input", {
    type: "search", class: "seek", placeholder: "Find people", "aria-label": "Find people",
    autofocus: true, oninput: () => draw(),
  });
  const draw = () => {
    const sought = seek.value.trim().toLowerCase();
    const people = everyone().filter(({ name, disabled }) => (
      !disabled && name !== state.me.name && !except.has(name)
      && `${name} ${shown(name)}`.toLowerCase().includes(sought)));
    const rows = people.map(({ name }) => person(name, chosen, most, drawChips));
    fill(list, rows.length ? rows : el("li", { class: "empty" }, "Nobody to choose."));
  };
  const drawChips = () => {
    fill(chips, [...chosen].map((name) => el("li", {}, el("button", {
      type: "button", class: "chip", "aria-label": `Not ${plainName(name)}`,
      onclick: () => {
        chosen.delete(name);
        draw();
        drawChips();
        seek.focus();
      },
    }, avatar(name), el("bdi", {}, shown(name)), icon("close")))));
    chips.hidden = chosen.size === 0;
    onchange();
  };
  // Enter in the search box chooses the only one found, instead of sending the form.
  seek.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !seek.value.trim()) return;
    event.preventDefault();
    const first = list.querySelector("input:not(:checked)");
    first?.click();
    seek.value = "";
    draw();
  });
  draw();
  return [chips, seek, list];
}

function person(name, chosen, most, onchange) {
  const id = freshId("person");
  const box = el("input", {
    type: "checkbox", id, checked: chosen.has(name),
    onchange: () => {
      if (box.checked && chosen.size < most) chosen.add(name);
      else {
        chosen.delete(name);
        box.checked = false;
      }
      onchange();
    },
  });
  return el("li", {}, el("label", { for: id, class: "person" },
    box,
    avatar(name, { presence: true }),
    el("span", { class: "member-words" },
      el("bdi", {}, shown(name)), el("small", {}, `@${name}`))));
}
