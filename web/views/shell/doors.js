// What opens over the page: its code is fetched when it is wanted, or when nothing else is to do.

import { ahead, withLater } from "../../ui/later.js";

const IDLE = 1_000; // ms after the first view

const create = () => import("../room/create.js");
const switcher = () => import("../sidebar/switcher.js");
const picker = () => import("../compose/picker.js");
const help = () => import("./help.js");
const completion = () => import("../compose/complete.js");

export const newRoom = () => withLater(create, ({ roomDialog }) => roomDialog());
export const newDirect = () => withLater(create, ({ directDialog }) => directDialog());
export const openSwitcher = () => withLater(switcher, ({ switcherDialog }) => switcherDialog());
export const openHelp = () => withLater(help, ({ helpDialog }) => helpDialog());

export const openMarks = (anchor) => withLater(help, ({ marksAt }) => marksAt(anchor));

/** Let the user pick an emoji beside this control. */
export const openPicker = (anchor, pick) => (
  withLater(picker, ({ pickerAt }) => pickerAt(anchor, pick)));

/** Have what is opened most: it is there at once, and also when the line is lost. */
export function warmUp() {
  setTimeout(() => {
    for (const load of [switcher, completion, picker, create]) ahead(load).catch(() => {});
  }, IDLE);
}
