// Searching messages: a page of hits, the newest first.

import { http } from "../line/http.js";
import { state } from "../state/state.js";

const PAGE = 20;

/** Does the search end in an operator that still waits for its value? */
export const isUnfinished = (sought) => /(^|\s)-?(from|to|in|before|after|has):$/i.test(sought);

const DAY = /(^|\s)(before|after):(\d{4})-(\d\d)-(\d\d)(?=\s|$)/gi;

/** The reader's days as moments; what the server takes for a day is one of UTC. */
const withMoments = (sought) => sought.replace(DAY, (all, space, operator, year, month, day) => {
  const midnight = new Date(year, month - 1, day);
  const isDay = midnight.getMonth() === month - 1 && midnight.getDate() === Number(day) && year > 999;
  return isDay ? `${space}${operator}:${midnight.toISOString().slice(0, 16)}Z` : all;
});

export async function searchMessages(sought, before = "") {
  if (state.line.status === "away" && !state.line.byHttp) {
    const { searchKept } = await import("./search-kept.js");
    return searchKept(sought);
  }
  const query = new URLSearchParams({ q: withMoments(sought), limit: PAGE });
  if (before) query.set("before", before);
  return http.get(`api/search?${query}`);
}
