// The ways to a new room; their dialogs are loaded when they are wanted.

import { withLater } from "../../ui/later.js";

const load = () => import("./create.js");

export const newRoom = () => withLater(load, ({ roomDialog }) => roomDialog());
export const newDirect = () => withLater(load, ({ directDialog }) => directDialog());
