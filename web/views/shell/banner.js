// The banner: quiet while all is well; says when the line is down, and what waits.

import { waiting } from "../../line/outbox.js";
import { tryNow } from "../../line/socket.js";
import { state, watch } from "../../state/state.js";
import { briefly } from "../../text/time.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";

// A restart of the server, or another one's turn, may be over before anybody has to know.
const QUIET = 1_000;
const MINUTE = 60_000;

const NOT_LIVE = "Signed in, but the live connection fails. "
  + "If you run this server: does the proxy pass WebSockets?";

export function banner() {
  const words = el("span", { class: "banner-words" });
  const button = el("button", { type: "button", class: "quiet", onclick: tryNow }, "Try now");
  const element = el("div", { class: "banner", role: "status", hidden: true },
    icon("warning"), words, button);
  let timer = 0;

  const draw = () => {
    clearInterval(timer);
    const { status, awaySince, byHttp } = state.line;
    const away = status === "away" || byHttp;
    const early = QUIET - (Date.now() - awaySince);
    element.hidden = !away || (early > 0 && !byHttp);
    if (!away) return;
    if (element.hidden) {
      timer = setInterval(draw, early + 10);
      return;
    }
    fill(words, sentence());
    timer = setInterval(draw, 1_000);
  };
  const stop = watch(["line", "outbox"], draw);
  draw();
  const close = () => {
    clearInterval(timer);
    stop();
  };
  return { element, close };
}

function sentence() {
  if (state.line.byHttp) return NOT_LIVE;
  const count = waiting().filter((entry) => !entry.fault).length;
  const kept = ["", " One message waits here."][count] ?? ` ${count} messages wait here.`;
  const seconds = Math.ceil((state.line.retryAt - Date.now()) / 1000);
  const next = seconds > 1 ? ` Trying again in ${seconds} seconds.` : "";
  return `Reconnecting…${age()}${kept}${next}`;
}

/** As of when this is, where that is not a moment ago. */
function age() {
  const { asOf, awaySince, welcomes } = state.line;
  if (!state.me || (welcomes && Date.now() - awaySince < MINUTE)) return "";
  return ` This is as of ${briefly(welcomes ? awaySince : asOf)}.`;
}
