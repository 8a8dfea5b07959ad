// The sidebar: my rooms with what is unread in them, and the ways to the other views.

import { draft } from "../../line/outbox.js";
import { state, watch } from "../../state/state.js";
import { isAlone, pictureOf, plain, plainName, shown } from "../../state/people.js";
import {
  badgeCount, calls, isUnread, others, roomIcon, roomTitle, sections, shortTitle,
} from "../../state/rooms.js";
import { isOnView, roomLink } from "../../state/view.js";
import { avatar, avatarOfMany, presenceWord } from "../../ui/avatar.js";
import { el, fill, keepingFocus, refill } from "../../ui/el.js";
import { flame, icon, iconButton } from "../../ui/icons.js";
import { newDirect, newRoom, openSwitcher } from "../shell/doors.js";

const TITLES = {
  favorites: "Favourites", rooms: "Rooms", direct: "Direct messages", archived: "Archived",
};

export function sidebar() {
  const list = el("div", { class: "side-rooms" });
  const search = iconLink("search", "Search messages (/)", "search/");
  const find = el("div", { class: "side-find" });
  const foot = el("div", { class: "side-foot" });
  const element = el("nav", { class: "sidebar", "aria-label": "Rooms and people" },
    el("header", { class: "side-head" },
      el("a", { class: "side-brand", href: "#/" }, flame(),
        el("span", {}, state.site))),
    el("div", { class: "side-go" },
      el("button", { type: "button", class: "side-search", onclick: openSwitcher },
        icon("jump"), el("span", {}, "Jump or search…"), el("kbd", {}, shortcut())),
      search),
    find, list, foot);

  const draw = () => {
    const groups = sections();
    [before, now] = [now, new Map()];
    refill(list, [
      section("favorites", groups.favorites),
      section("rooms", groups.rooms, [
        iconLink("compass", "Browse rooms", "browse"),
        iconButton("plus", "Create a room", newRoom),
      ]),
      section("direct", groups.direct, [
        !isAlone() && iconButton("plus", "New direct message", newDirect),
      ]),
      archived(groups.archived),
    ]);
  };
  const drawFind = () => {
    const isSearch = state.place.view === "search";
    if (isSearch) search.setAttribute("aria-current", "page");
    else search.removeAttribute("aria-current");
    fill(find, peopleLink());
  };
  const drawFoot = () => fill(foot, footLinks());
  const stops = [
    watch(["rooms", "place", "users", "presence", "drafts"], draw),
    watch(["me", "place", "users", "presence"], () => keepingFocus(foot, drawFoot)),
    watch(["place"], () => keepingFocus(find, drawFind)),
  ];
  draw();
  drawFind();
  drawFoot();
  return { element, close: () => stops.forEach((stop) => stop()) };
}

const iconLink = (mark, words, view) => el("a", {
  class: "icon-button", href: `#/${view}`, "aria-label": words, title: words,
  "aria-current": state.place.view === view ? "page" : null,
}, icon(mark));

function shortcut() {
  return /Mac|iP/.test(navigator.platform) ? "⌘K" : "Ctrl K";
}

// What is drawn, by its key: among hundreds of rooms, only those that look different are drawn anew.
let before = new Map();
let now = new Map();

function kept(key, look, make) {
  const had = before.get(key);
  now.set(key, had?.look === look ? had : { look, element: make() });
  return now.get(key).element;
}

function section(name, rooms, buttons = []) {
  const needed = rooms.length > 0 || buttons.length > 0;
  if (!needed) return null;
  const id = `side-${name}`;
  const element = kept(id, `${rooms.length > 0}/${isAlone()}`, () => (
    el("section", { "aria-labelledby": id },
      el("div", { class: "side-title" }, el("h2", { id }, TITLES[name]), buttons),
      rooms.length ? el("ul")
        : el("p", { class: "side-empty" }, name === "direct" ? nobodyYet() : "No rooms yet."))));
  if (rooms.length) refill(element.querySelector("ul"), rooms.map(roomItem));
  return element;
}

function roomItem(room) {
  const names = room.kind === "direct" ? others(room) : [];
  const look = [roomTitle(room), calls(room), room.unread, room.notify, isOnView(room.name), room.kind,
    draft(room.name) !== "", ...names.map((name) => presenceWord(name) + pictureOf(name))].join("|");
  return kept(room.name, look, () => el("li", {}, roomRow(room)));
}

const nobodyYet = () => (isAlone() ? "Nobody else is here yet." : el("button", {
  type: "button", class: "quiet", "data-key": "write-first", onclick: newDirect,
}, "Write to somebody"));

let isArchiveOpen = false;

/** Folded: what is archived is there to be looked up. */
function archived(rooms) {
  if (rooms.length === 0) return null;
  return el("details", {
    class: "side-archived", open: isArchiveOpen || rooms.some((room) => isOnView(room.name)),
    ontoggle: ({ target }) => { isArchiveOpen = target.open; },
  },
  el("summary", { class: "side-title" }, TITLES.archived, el("span", {}, String(rooms.length))),
  el("ul", {}, rooms.map(roomItem)));
}

function roomRow(room) {
  const count = calls(room);
  const unread = isUnread(room);
  const names = room.kind === "direct" ? others(room) : [];
  const classes = ["room-row", unread && "unread", room.notify === "nothing" && "muted"];
  return el("a", {
    href: roomLink(room.name),
    class: classes.filter(Boolean).join(" "),
    "aria-current": isOnView(room.name) ? "page" : null,
    "aria-label": label(room, names, count, unread),
  },
  names.length ? avatarOfMany(names) : icon(roomIcon(room)),
  el("bdi", { class: "room-row-title", title: roomTitle(room) },
    shortTitle(room)),
  draft(room.name) && !isOnView(room.name) && icon("pencil"),
  count > 0 && [" ", el("span", { class: "badge" }, badgeCount(count))],
  count === 0 && unread ? el("span", { class: "dot" }) : null);
}

function label(room, names, count, unread) {
  // First what is seen, in its order: people say that to their computer.
  const parts = [plain(shortTitle(room))];
  if (count) parts.push(`${badgeCount(count)} ${room.kind === "direct" ? "unread" : "mentions"}`);
  else if (unread) parts.push(`${room.unread} unread`);
  if (names.length === 1) parts.push(presenceWord(names[0]));
  if (room.kind === "private") parts.push("private");
  return parts.join(", ");
}

function peopleLink() {
  return el("a", {
    class: "room-row", href: "#/people",
    "aria-current": state.place.view === "people" ? "page" : null,
  }, icon("people"), el("span", {}, "People"));
}

function footLinks() {
  const { view } = state.place;
  return [
    el("a", {
      class: "side-me",
      href: "#/profile",
      "aria-label": `${plainName(state.me.name)}, your profile`,
      "aria-current": view === "profile" ? "page" : null,
    }, avatar(state.me.name, { presence: true }), el("bdi", {}, shown(state.me.name))),
  ];
}
