// Entering: sign in, or make an account with an invite.

import { joining, register, resetOf, setPassword, signIn } from "../../acts/session.js";
import { state } from "../../state/state.js";
import { go } from "../../state/view.js";
import { nameFrom } from "../../text/words.js";
import { roughly } from "../../text/time.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill } from "../../ui/el.js";
import { field, form } from "../../ui/form.js";
import { flame } from "../../ui/icons.js";
import { toast } from "../../ui/toast.js";

const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;
const SHORTEST_PASSWORD = 8;

export function enterView() {
  const { view, code } = state.place;
  if (view === "reset") return resetView(code);
  const isJoining = view === "join";
  return el("main", { class: "enter" },
    el("div", { class: "enter-card" },
      el("div", { class: "enter-mark" }, flame()),
      el("h1", {}, isJoining ? `Join ${state.site}` : state.site),
      isJoining ? joinForms(code) : el("p", { class: "lead" }, "Sign in to see what is new."),
      isJoining ? null : signInForm(),
      isJoining ? alternative("Have an account?", "Sign in", "#/") : openRegistration()));
}

/** Ask what a link is good for, before anybody fills in a form; a bad one says so instead. */
function checked(ask, forms) {
  const shown = el("div", {}, el("p", { class: "lead", role: "status" }, "One moment…"));
  const show = (...what) => {
    fill(shown, ...what);
    shown.querySelector("[autofocus]")?.focus();
  };
  ask().then(
    (seen) => show(...forms(seen)),
    (refusal) => ([403, 404].includes(refusal.status)
      ? show(el("p", { class: "lead", role: "alert" }, refusal.message))
      : show(...forms({}))),
  );
  return shown;
}

function joinForms(code) {
  const forms = ({ role, created_by: host, expires_at: end }) => [
    // Where anybody may sign up, a link that is none does not keep them from it.
    role === "member" && !end
      ? el("p", { class: "lead", role: "alert" }, "This invite has been used or has ended. ",
        "Here, you can make an account without one.")
      : el("p", { class: "lead" },
        role === "owner" ? "You will own this Hearth. " : "",
        host ? `@${host} invites you to ${state.site}. ` : "",
        "Make your account."),
    joinForm(code),
  ];
  if (code === "open") return el("div", {}, ...forms({}));
  return checked(() => joining(code), forms);
}

function resetView(code) {
  const forms = ({ user }) => [
    el("p", { class: "lead" }, user ? `Choose a new password for @${user}.` : ""),
    form({
      fields: [field("password", "New password", {
        type: "password", autocomplete: "new-password", required: true, maxlength: 256,
        autofocus: true, revealed: true,
      }, `At least ${SHORTEST_PASSWORD} characters.`)],
      action: "Set the password",
      check: ({ password }) => ({ ...missing({ password }), ...faulty("", password) }),
      submit: async ({ password }) => {
        await setPassword(code, password);
        go("#/");
        toast("Your new password is set. Sign in with it.");
      },
    }),
  ];
  return el("main", { class: "enter" },
    el("div", { class: "enter-card" },
      el("div", { class: "enter-mark" }, flame()),
      el("h1", {}, "Set a new password"),
      checked(() => resetOf(code), forms),
      alternative("Know it after all?", "Sign in", "#/")));
}

/** Tell somebody, until they have read it, that their password was not set by themselves. */
function tellReset({ created_by: by, used_at: at }) {
  openDialog({
    title: "Your password was set by a link",
    body: () => el("p", {}, `@${by} made the link; it was used ${roughly(at)}. If that was not `
      + "you, change your password under your name, and tell an owner of this server."),
  });
}

function alternative(question, answer, href) {
  return el("p", { class: "enter-else" }, `${question} `, el("a", { href }, answer));
}

function openRegistration() {
  if (state.nobodyYet) {
    return el("p", { class: "enter-else" }, "Nobody is here yet. The owner's link is among the ",
      "first lines that the server said; ", el("code", {}, "hearth owner-link"), " prints it again.");
  }
  if (state.registration === "open") {
    return alternative("New here?", "Sign up", "#/join/open");
  }
  return el("p", { class: "enter-else" }, "New here? Ask a member for an invite link.");
}

function nameField(hint, props = {}) {
  return field("name", "Username", {
    before: "@",
    autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true,
    maxlength: 32, ...props,
  }, hint);
}

function signInForm() {
  const fields = [
    nameField("", { autofocus: true }),
    field("password", "Password", {
      type: "password", autocomplete: "current-password", required: true, revealed: true,
    }),
  ];
  return form({
    fields,
    action: "Sign in",
    check: ({ name, password }) => missing({ name, password }),
    submit: async ({ name, password }) => {
      try {
        const { reset } = await signIn(name.trim().toLowerCase(), password);
        if (reset) tellReset(reset);
      } catch (refusal) {
        throw refusal.status === 401 ? new Error("That username and password do not match.") : refusal;
      }
    },
  });
}

function joinForm(code) {
  const full = field("display_name", "Full name", {
    autocomplete: "name", maxlength: 80, autofocus: true,
  }, "As others see it, such as Ann Archer. You can change it later.");
  const name = nameField("For signing in, and for others to mention you. It stays as it is.");
  let own = false;
  name.input.addEventListener("input", () => { own = name.input.value !== ""; });
  full.input.addEventListener("input", () => {
    if (!own) name.input.value = nameFrom(full.input.value.trim().split(/\s+/)[0]);
  });
  const fields = [full, name,
    field("password", "Password", {
      type: "password", autocomplete: "new-password", required: true, maxlength: 256,
      revealed: true,
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
  const words = { name: "Please give a username.", password: "Please give a password." };
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
