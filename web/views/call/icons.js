// The icons and the styles that only calls have.

import { icon } from "../../ui/icons.js";
import { withStyles } from "../../ui/style.js";

const DRAWINGS = {
  "camera-off": "M4 7h8 M15 10v1l5-3v8 M15 15v2H4V8 M3 3l18 18",
  grow: "M9 4H4v5 M15 4h5v5 M9 20H4v-5 M15 20h5v-5",
  mic: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3z M6 11a6 6 0 0 0 12 0 M12 17v4",
  "mic-off": "M9 9v2a3 3 0 0 0 4.500 2.600 M15 11V6a3 3 0 0 0-5.800-1 M6 11a6 6 0 0 0 9 5.200 "
    + "M18 11a6 6 0 0 1-.5 2.400 M12 17v4 M3 3l18 18",
  phone: "M6 4h3l1.500 4.500-2 1.500a12 12 0 0 0 5.500 5.500l1.500-2L20 15v3a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z",
  screen: "M4 5h16v11H4z M9 20h6 M12 16v4 M12 13V8 M9.500 10.500L12 8l2.500 2.500",
  shrink: "M4 9h5V4 M20 9h-5V4 M4 15h5v5 M20 15h-5v5",
};

/** Only calls have these; others are as everywhere. */
export const callIcon = (name) => icon(name, DRAWINGS[name]);

/** The styles of calls come with the first of them. */
export const withStyle = () => withStyles("call", "call-tiles", "calls");
