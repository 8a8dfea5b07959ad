// The members of a room, beside it: who is here, and what an owner may do.

import { loadMembers } from "../../acts/history.js";
import { talkTo } from "../../acts/people.js";
import { addMember, removeMember, setMemberRole } from "../../acts/rooms.js";
import { isBot, mayManage, order, plainName, shown } from "../../state/people.js";
import { state } from "../../state/state.js";
import { go } from "../../state/view.js";
import { avatar, botTag } from "../../ui/avatar.js";
import { confirmDialog } from "../../ui/dialog.js";
import { el } from "../../ui/el.js";
import { icon } from "../../ui/icons.js";
import { openMenu } from "../../ui/popover.js";
import { attempt, withLater } from "../../ui/toast.js";

export function membersOf(name, members) {
  const sorted = members.sort((a, b) => order.compare(shown(a.user), shown(b.user)));
  const here = sorted.filter(({ user }) => state.online.has(user));
  const away = sorted.filter(({ user }) => !state.online.has(user));
  const room = state.rooms.get(name);
  return [
    room.kind !== "direct" && !room.archived && el("button", {
      type: "button", class: "plain add-people", onclick: () => addPeople(name, members),
    }, icon("plus"), "Add people"),
    group("Online", here, room),
    group("Offline", away, room),
  ];
}

function group(title, members, room) {
  if (members.length === 0) return null;
  return el("section", { "aria-label": title },
    el("h3", {}, `${title} · ${members.length}`),
    el("ul", {}, members.map((member) => el("li", {}, memberRow(member, room)))));
}

function memberRow({ user, role }, room) {
  const owns = role === "owner" && room.kind !== "direct";
  const notes = [user === state.me.name && "you", owns && "owner"];
  return el("button", {
    type: "button", class: "member", "aria-haspopup": "menu", "data-key": user,
    onclick: ({ currentTarget }) => memberMenu(currentTarget, user, role, room),
  },
  avatar(user, { presence: true }),
  el("span", { class: "member-words" },
    el("span", {}, el("bdi", {}, shown(user)), isBot(user) && botTag()),
    el("small", {}, [`@${user}`, ...notes.filter(Boolean)].join(" · "))));
}

function memberMenu(anchor, user, role, room) {
  const other = user !== state.me.name;
  const manage = mayManage(room);
  const removal = () => confirmDialog({
    title: "Remove from the room?",
    text: `${plainName(user)} will not see this room any more.`,
    action: "Remove",
    act: () => attempt(() => removeMember(room.name, user)),
  });
  const setRole = (to) => () => attempt(() => setMemberRole(room.name, user, to));
  const owns = role === "owner";
  const item = (text, drawing, act, danger = false) => ({ text, mark: icon(drawing), act, danger });
  openMenu(anchor, `@${user}`, [
    other && item("Send a message", "write", () => attempt(() => talkTo([user]))),
    !other && item("Notes to self", "write", () => attempt(() => talkTo([user]))),
    !other && item("Your profile", "person", () => go("#/profile")),
    manage && !owns && item("Make room owner", "star", setRole("owner")),
    manage && owns && item("Make plain member", "person", setRole("member")),
    manage && other && item("Remove", "leave", removal, true),
  ]);
}

function addPeople(name, members) {
  const inside = new Set(members.map(({ user }) => user));
  withLater(() => import("../people/choose.js"), ({ choosePeople }) => choosePeople({
    title: "Add people",
    action: "Add",
    except: inside,
    submit: async (names) => {
      for (const user of names) await addMember(name, user);
      await loadMembers(name);
    },
  }));
}
