// Times in words: in the page's language, in the reader's order of days, clock and zone.

const OWN = navigator.language;
// The words of this page are English; mixed with another language they would be neither.
const WORDS = /^en\b/i.test(OWN) ? OWN : "en-GB";

const clock = new Intl.DateTimeFormat(OWN, {
  hour: "numeric", minute: "2-digit", numberingSystem: "latn",
});
const day = new Intl.DateTimeFormat(WORDS, { weekday: "long", day: "numeric", month: "long" });
const longAgo = new Intl.DateTimeFormat(WORDS, { dateStyle: "long" });
const brief = new Intl.DateTimeFormat(WORDS, { day: "numeric", month: "short" });
const briefLongAgo = new Intl.DateTimeFormat(WORDS, { dateStyle: "medium" });
const full = new Intl.DateTimeFormat(WORDS, { dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(WORDS, { numeric: "auto" });

const DAY = 86_400_000;
const STEPS = [["day", DAY], ["hour", 3_600_000], ["minute", 60_000]];

export const clockTime = (time) => clock.format(new Date(time));
/** The clock without its day period: for where there is no room for it. */
export function shortClock(time) {
  const parts = clock.formatToParts(new Date(time));
  const kept = parts.filter(({ type }) => type !== "dayPeriod").map(({ value }) => value);
  return kept.join("").trim();
}

export const longDay = (time) => longAgo.format(new Date(time));
/** A day in few letters: of this year, without the year. */
export const shortDay = (time) => (isThisYear(time) ? brief : briefLongAgo).format(new Date(time));
export const fullTime = (time) => full.format(new Date(time));

/** Which day it is, as a number that only grows. */
export function dayOf(time) {
  const date = new Date(time);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY);
}

export function dayName(time) {
  const age = dayOf(Date.now()) - dayOf(time);
  if (age < 2 && age >= 0) return capital(relative.format(-age, "day"));
  return (isThisYear(time) ? day : longAgo).format(new Date(time));
}

const isThisYear = (time) => new Date(time).getFullYear() === new Date().getFullYear();

/** The day so many days ago, as a search takes it. */
export const dateOf = (ago) => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);

/** How long ago, or in how long, roughly. */
export function roughly(time) {
  const distance = new Date(time) - Date.now();
  for (const [unit, length] of STEPS) {
    if (Math.round(Math.abs(distance) / length) >= 1) return relative.format(Math.round(distance / length), unit);
  }
  return "just now";
}

/** A time for a list: the clock today, else the day. */
export function briefly(time) {
  return dayOf(time) === dayOf(Date.now()) ? clockTime(time) : dayName(time);
}

const capital = (word) => word.charAt(0).toLocaleUpperCase() + word.slice(1);
