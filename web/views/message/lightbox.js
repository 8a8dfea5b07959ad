// Pictures over the page, one after the other.

import { plain } from "../../state/people.js";
import { openDialog } from "../../ui/dialog.js";
import { el, fill } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { withStyles } from "../../ui/style.js";

/** Show a picture of a list of messages, with ways to the others there. */
export async function openLightbox(anchor) {
  await withStyles("lightbox");
  const all = [...anchor.closest("ol, main, body").querySelectorAll("a.picture")];
  const shown = el("div", { class: "lightbox-picture" });
  const facts = el("p", { class: "lightbox-facts" });
  const bar = el("div", { class: "lightbox-bar" });
  let here = all.indexOf(anchor);

  const draw = () => {
    const { href, title } = all[here];
    fill(shown, el("img", { src: href, alt: plain(title) }));
    fill(facts, el("bdi", {}, title), all.length > 1 && ` · ${here + 1} of ${all.length}`);
    fill(bar,
      all.length > 1 && [step("back", "Previous picture", -1), step("next", "Next picture", 1)],
      facts,
      el("a", {
        class: "icon-button", href, download: title, "aria-label": "Download", title: "Download",
      }, icon("download")),
      el("a", {
        class: "icon-button", href, target: "_blank", rel: "noopener",
        "aria-label": "Open by itself", title: "Open by itself",
      }, icon("open")));
  };
  const step = (mark, label, by) => el("button", {
    type: "button", class: "icon-button", "aria-label": label, title: label, "data-step": by,
    onclick: () => go(by),
  }, icon(mark));
  const go = (by) => {
    here = (here + by + all.length) % all.length;
    const had = document.activeElement?.dataset.step;
    draw();
    if (had) bar.querySelector(`[data-step="${had}"]`)?.focus();
  };
  const press = (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    if (!(event.key in steps) || all.length < 2) return;
    event.preventDefault();
    go(steps[event.key]);
  };
  draw();
  openDialog({
    title: "Picture",
    className: "lightbox",
    body: (close) => [el("div", {
      class: "lightbox-body", onkeydown: press,
      onclick: ({ target }) => !target.closest("img, .lightbox-bar") && close(),
    }, shown, bar)],
    onclose: () => all[here].isConnected && all[here].focus({ preventScroll: true }),
  });
  // The arrow keys work at once, not only after a press on a button.
  bar.querySelector("button, a").focus();
}
