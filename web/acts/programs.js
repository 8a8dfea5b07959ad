// What lets programs in: tokens, bots, and the hooks of a room.

import { api, http } from "../line/http.js";
import { changed, knowUser } from "../state/state.js";

/** Mine, and for admins those of the bots too. */
export const tokens = async () => (await http.get("api/tokens")).tokens;
export const makeToken = (form) => http.post("api/tokens", form);
export const revokeToken = (id) => http.delete(api("tokens", id));

export async function makeBot(form) {
  const { user, token } = await http.post("api/bots", form);
  knowUser(user);
  changed("users");
  return token;
}

export const hooks = async (room) => (await http.get(api("rooms", room, "hooks"))).hooks;
export const makeHook = (room, form) => http.post(api("rooms", room, "hooks"), form);
export const revokeHook = (room, id) => http.delete(api("rooms", room, "hooks", id));

/** The address of a hook, whatever path this page is served from. */
export function hookAddress({ secret }) {
  return new URL(`hooks/${encodeURIComponent(secret)}`, document.baseURI).href;
}
