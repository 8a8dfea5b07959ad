// Choosing people from a list: for a direct message, or to add them to a room.

import { everyone, shown } from "../../state/people.js";
import { state } from "../../state/state.js";
import { avatar } from "../../ui/avatar.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill, freshId } from "../../ui/el.js";
import { form } from "../../ui/form.js";

export function choosePeople({ title, action, hint = "", except = new Set(), most, submit }) {
  openDialog({
    title,
    body: (close) => {
      const chosen = new Set();
      const element = form({
        fields: [],
        action,
        body: [hint && el("p", { class: "lead" }, hint), peopleList(chosen, except, most)],
        submit: async () => {
          if (chosen.size === 0) throw new Error("Choose somebody first.");
          await submit([...chosen]);
          close();
        },
      });
      return element;
    },
  });
}

/** A list with a search box; what is ticked is in `chosen`. */
export function peopleList(chosen, except = new Set(), most = Infinity) {
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
    const rows = people.map(({ name }) => person(name, chosen, most));
    fill(list, rows.length ? rows : el("li", { class: "empty" }, "Nobody to choose."));
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
  return [seek, list];
}

function person(name, chosen, most) {
  const id = freshId("person");
  const box = el("input", {
    type: "checkbox", id, checked: chosen.has(name),
    onchange: () => {
      if (box.checked && chosen.size < most) chosen.add(name);
      else {
        chosen.delete(name);
        box.checked = false;
      }
    },
  });
  return el("li", {}, el("label", { for: id, class: "person" },
    box,
    avatar(name, { presence: true }),
    el("span", { class: "member-words" },
      el("bdi", {}, shown(name)), el("small", {}, `@${name}`))));
}
