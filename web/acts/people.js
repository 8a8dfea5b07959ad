// What can be done with people and with one's own account.

import { api, http, upload } from "../line/http.js";
import { changed, knowRoom, knowUser, state } from "../state/state.js";
import { wayToRoom } from "../state/view.js";

export async function changeUser(name, change) {
  know(await http.patch(api("users", name), change));
}

function know(user) {
  knowUser(user);
  changed("users", "me");
}

/** Give myself a picture; the server cuts it to a square. */
export async function changeAvatar(picture) {
  know(await upload("PUT", api("users", "me", "avatar"), picture).done);
}

export async function removeAvatar() {
  know(await http.delete(api("users", "me", "avatar")));
}

/** Open the direct room with these people; it is made when it is not there yet. */
export async function talkTo(names) {
  const enter = wayToRoom();
  const members = [...new Set([...names, state.me.name])].sort();
  // With oneself alone, the name is said twice.
  const name = (members.length > 1 ? members : [...members, ...members]).join("~");
  if (!state.rooms.has(name)) {
    const room = await http.put(api("rooms", name));
    knowRoom(room);
  }
  enter(name);
}

export const changePassword = (current, password) => (
  http.post("api/auth/password", { current, password }));

export const sessions = async () => (await http.get("api/sessions")).sessions;
export const endSession = (id) => http.delete(api("sessions", id));

export const invites = async () => (await http.get("api/invites")).invites;
export const makeInvite = (form) => http.post("api/invites", form);
export const revokeInvite = (id) => http.delete(api("invites", id));

export const makeReset = (name) => http.post(api("users", name, "reset"));

/** The link to a new password, whatever path this page is served from. */
export function resetLink({ code }) {
  return new URL(`reset/${encodeURIComponent(code)}`, document.baseURI).href;
}

/** The link of an invite, whatever path this page is served from. */
export function inviteLink({ code }) {
  return new URL(`join/${encodeURIComponent(code)}`, document.baseURI).href;
}
