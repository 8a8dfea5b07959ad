// Searching messages: a page of hits, the newest first.

import { http } from "../line/http.js";

const PAGE = 20;

/** Does the search end in an operator that still waits for its value? */
export const isUnfinished = (sought) => /(^|\s)(from|in|before|after|has):$/i.test(sought);

export function searchMessages(sought, before = "") {
  const query = new URLSearchParams({ q: sought, limit: PAGE });
  if (before) query.set("before", before);
  return http.get(`api/search?${query}`);
}
