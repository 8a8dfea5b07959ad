// Making a bot, for admins: an account for a program, and its first token.

import { makeBot } from "../../acts/programs.js";
import { openDialog } from "../../ui/dialog.js";
import { el } from "../../ui/el.js";
import { field, form } from "../../ui/form.js";
import { showToken } from "../account/tokens.js";

const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;

export function newBot() {
  openDialog({
    title: "Make a bot",
    body: (close) => [el("p", { class: "lead" }, "A bot is a program with an account of its own. It "
      + "hears and says what a member of its rooms does, and signs in with a token."), form({
      fields: [
        field("name", "Name", {
          autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 32,
          autofocus: true,
        }, "How others mention it. You cannot change it later."),
        field("display_name", "Full name", { autocomplete: "off", maxlength: 80 },
          "As others see it. You can change it later."),
      ],
      action: "Make a bot",
      conflictField: "name",
      check: ({ name }) => (NAME.test(name) ? {} : {
        name: "Lower-case letters, digits, dots, dashes and underscores.",
      }),
      submit: async ({ name, display_name: shown }) => {
        const token = await makeBot({ name, display_name: shown.trim() });
        close();
        showToken(token);
      },
    })],
  });
}
