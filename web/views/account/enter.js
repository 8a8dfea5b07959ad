// Entering: sign in, or make an account with an invite.

import { register, signIn } from "../../acts/session.js";
import { state } from "../../state/state.js";
import { el } from "../../ui/el.js";
import { field, form } from "../../ui/form.js";
import { flame } from "../../ui/icons.js";

const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;
const SHORTEST_PASSWORD = 8;

export function enterView() {
  const { view, code } = state.place;
  const joining = view === "join";
  const title = state.config?.name || "Hearth";
  return el("main", { class: "enter" },
    el("div", { class: "enter-card" },
      el("div", { class: "enter-mark" }, flame()),
      el("h1", {}, joining ? `Join ${title}` : title),
      el("p", { class: "lead" }, joining
        ? "Make your account. Your name is how others mention you."
        : "Sign in to see what is new."),
      joining ? joinForm(code) : signInForm(),
      joining ? alternative("Have an account?", "Sign in", "#/") : openRegistration()));
}

/** Signed in, but the server gives no answer that could be shown. */
export function waitingView() {
  return el("main", { class: "enter" },
    el("div", { class: "enter-card", role: "status" },
      el("div", { class: "enter-mark" }, flame()),
      el("h1", {}, "Waiting for the server"),
      el("p", { class: "lead" }, state.line.fault, " This page tries again by itself."),
      el("button", {
        type: "button", class: "primary", onclick: () => location.reload(),
      }, "Try now")));
}

function alternative(question, answer, href) {
  return el("p", { class: "enter-else" }, `${question} `, el("a", { href }, answer));
}

function openRegistration() {
  if (state.config?.registration === "open") {
    return alternative("New here?", "Sign up", "#/join/open");
  }
  return el("p", { class: "enter-else" }, "New here? Ask a member for an invite link.");
}

function nameField(hint, props = {}) {
  return field("name", "Name", {
    autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true,
    maxlength: 32, ...props,
  }, hint);
}

function signInForm() {
  const fields = [
    nameField("", { autofocus: true }),
    field("password", "Password", {
      type: "password", autocomplete: "current-password", required: true,
    }),
  ];
  return form({
    fields,
    action: "Sign in",
    check: ({ name, password }) => missing({ name, password }),
    submit: async ({ name, password }) => {
      try {
        await signIn(name.trim().toLowerCase(), password);
      } catch (refusal) {
        throw refusal.status === 401 ? new Error("That name and password do not match.") : refusal;
      }
    },
  });
}

function joinForm(code) {
  const fields = [
    nameField("Lower-case letters, digits, dots and dashes. You cannot change it later.", {
      autofocus: true,
    }),
    field("display_name", "Full name", { autocomplete: "name", maxlength: 80 },
      "As others see it. You can change it later."),
    field("password", "Password", {
      type: "password", autocomplete: "new-password", required: true, maxlength: 256,
    }, `At least ${SHORTEST_PASSWORD} characters.`),
  ];
  return form({
    fields,
    action: "Create account",
    conflictField: "name",
    check: ({ name, password }) => ({ ...missing({ name, password }), ...faulty(name, password) }),
    submit: ({ name, display_name, password }) => register({
      name,
      password,
      ...(display_name.trim() && { display_name: display_name.trim() }),
      ...(code !== "open" && { invite: code }),
    }),
  });
}

function missing(values) {
  const words = { name: "Please give a name.", password: "Please give a password." };
  const empty = Object.keys(values).filter((key) => !values[key]);
  return Object.fromEntries(empty.map((key) => [key, words[key]]));
}

function faulty(name, password) {
  const faults = {};
  if (name && !NAME.test(name)) {
    faults.name = /^[._-]/.test(name)
      ? "Begin with a letter or a digit."
      : "Only lower-case letters, digits, dots, dashes and underscores.";
  }
  if (password && password.length < SHORTEST_PASSWORD) {
    faults.password = `At least ${SHORTEST_PASSWORD} characters, please.`;
  }
  return faults;
}
