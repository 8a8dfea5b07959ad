// The way to the emoji picker; it is loaded when it is wanted.

import { withLater } from "../../ui/later.js";

/** Let the user pick an emoji beside this control. */
export const openPicker = (anchor, pick) => (
  withLater(() => import("./picker.js"), ({ pickerAt }) => pickerAt(anchor, pick)));
