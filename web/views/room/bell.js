// What a room may notify me about: chosen beside the bell, and kept at once.

import { setNotify } from "../../acts/rooms.js";
import { state } from "../../state/state.js";
import { el } from "../../ui/el.js";
import { choice } from "../../ui/form.js";
import { openPopover } from "../../ui/popover.js";
import { attempt, toast } from "../../ui/toast.js";

/** What may notify, as radio buttons; `save` takes what is chosen, which else goes back. */
export function notifyChoices(legend, kept, save, hasMentions = true) {
  let chosen = kept;
  const option = (value, label, hint) => choice("notify", value, label, hint, chosen === value);
  const element = el("fieldset", { class: "choices" }, el("legend", {}, legend),
    option("all", "Everything", "Every message notifies you."),
    hasMentions && option("mentions", "Mentions", "Only when somebody names you."),
    option("nothing", "Nothing", "It stays quiet in the list too."));
  element.addEventListener("change", ({ target }) => attempt(async () => {
    try {
      await save(target.value);
      chosen = target.value;
    } finally {
      element.querySelector(`[value=${chosen}]`).checked = true;
    }
  }));
  return element;
}

export function openBell(anchor, name) {
  const room = state.rooms.get(name);
  // A direct message needs an answer: to be told of mentions only has no meaning there.
  const direct = room.kind === "direct";
  const chosen = direct && room.notify === "mentions" ? "all" : room.notify;
  const choices = notifyChoices("Notify me about", chosen, async (value) => {
    await setNotify(name, value);
    toast("Saved");
  }, !direct);
  choices.classList.add("bell");
  openPopover(anchor, choices, { label: "Notify me about" });
  choices.querySelector(":checked")?.focus();
}
