// Forms: fields with their label, hint and fault; a refusal's faults land beside their fields.

import { el, fill, freshId } from "./el.js";

export function field(name, label, props = {}, hint = "") {
  const id = freshId(name);
  const { tag = "input", before, revealed, ...rest } = props;
  const input = el(tag, { id, name, "aria-describedby": `${id}-note`, ...rest });
  const note = el("p", { id: `${id}-note`, class: "field-note" }, hint);
  const element = el("div", { class: "field" }, el("label", { for: id }, label),
    before || revealed ? el("div", { class: "field-box" },
      before && el("span", { class: "field-before", "aria-hidden": "true" }, before),
      input, revealed && revealer(input, label)) : input,
    note);
  const setFault = (fault) => {
    element.classList.toggle("faulty", Boolean(fault));
    if (fault) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    note.textContent = fault || hint;
  };
  input.addEventListener("input", () => setFault(""));
  return { name, element, input, setFault };
}

/** Shows the password while it is pressed in: on a phone nobody types blindly. */
function revealer(input, label) {
  const button = el("button", {
    type: "button", class: "quiet", "aria-pressed": "false", "aria-label": `Show ${label.toLowerCase()}`,
    onclick: () => {
      const isShown = input.type === "password";
      input.type = isShown ? "text" : "password";
      button.setAttribute("aria-pressed", String(isShown));
      button.textContent = isShown ? "Hide" : "Show";
    },
  }, "Show");
  return button;
}

export function choice(name, value, label, hint, checked) {
  const id = freshId(name);
  return el("div", { class: "choice" },
    el("input", { type: "radio", id, name, value, checked, "aria-describedby": `${id}-hint` }),
    el("div", {},
      el("label", { for: id }, label),
      el("p", { id: `${id}-hint`, class: "field-note" }, hint)));
}

/**
 * A form that checks, submits once at a time, and puts faults where they belong.
 *
 * @param fields - what `field` returned
 * @param check - names the first thing that is wrong: `{field: reason}`
 * @param conflictField - the field that is meant when something is taken already
 */
export function form({ fields, body, action, check, submit, conflictField, foot }) {
  const alert = el("p", { class: "form-fault", role: "alert", hidden: true });
  const button = el("button", { type: "submit", class: "primary" }, action);
  const element = el("form", { class: "form", novalidate: true },
    alert, body ?? fields.map((one) => one.element),
    el("div", { class: "dialog-foot" }, foot, button));

  const showFaults = (faults, general = "") => {
    for (const one of fields) one.setFault(faults[one.name]);
    fill(alert, general);
    alert.hidden = !general;
    fields.find((one) => faults[one.name])?.input.focus();
  };

  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const values = Object.fromEntries(new FormData(element));
    const wrong = check?.(values) ?? {};
    showFaults(wrong);
    if (Object.keys(wrong).length > 0) return;
    button.disabled = true;
    try {
      await submit(values);
    } catch (refusal) {
      const faults = faultsOf(refusal, fields, conflictField);
      showFaults(faults, Object.keys(faults).length ? "" : refusal.message);
    } finally {
      button.disabled = false;
    }
  });
  return element;
}

function faultsOf(refusal, fields, conflictField) {
  if (refusal.kind === "conflict" && conflictField) return { [conflictField]: refusal.message };
  const known = new Set(fields.map((one) => one.name));
  const faults = (refusal.faults ?? []).filter((fault) => known.has(fault.field));
  return Object.fromEntries(faults.map((fault) => [fault.field, fault.reason]));
}
