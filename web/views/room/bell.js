// What a room may notify me about: chosen beside the bell, and kept at once.

import { setNotify } from "../../acts/rooms.js";
import { state } from "../../state/state.js";
import { el } from "../../ui/el.js";
import { choice } from "../../ui/form.js";
import { openPopover } from "../../ui/popover.js";
import { attempt, toast } from "../../ui/toast.js";

export function openBell(anchor, name) {
  const room = state.rooms.get(name);
  // A direct message needs an answer: to be told of mentions only has no meaning there.
  const direct = room.kind === "direct";
  const chosen = direct && room.notify === "mentions" ? "all" : room.notify;
  const option = (value, label, hint) => choice("notify", value, label, hint, chosen === value);
  const choices = el("fieldset", { class: "choices bell" }, el("legend", {}, "Notify me about"),
    option("all", "Everything", "Every message notifies you."),
    !direct && option("mentions", "Mentions", "Only when somebody names you."),
    option("nothing", "Nothing", "It stays quiet in the list too."));
  choices.addEventListener("change", ({ target }) => attempt(async () => {
    await setNotify(name, target.value);
    toast("Saved");
  }));
  openPopover(anchor, choices, { label: "Notify me about" });
  choices.querySelector(":checked")?.focus();
}
