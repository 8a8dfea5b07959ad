// The ways from the compose box into the messages above it.

const PAGE_PART = 0.9; // of the screen

export const PAGES = { PageUp: -1, PageDown: 1 };

/** Scroll the room by most of a screen. */
export function scrollRoom(inside, direction) {
  const scroller = inside.closest(".room-main")?.querySelector(".scroller");
  scroller?.scrollBy({ top: direction * scroller.clientHeight * PAGE_PART });
}

/** Put the keyboard on the message that it was on last; false if there is none. */
export function toMessages(inside) {
  const row = inside.closest(".room-main")?.querySelector(".messages > [tabindex='0']");
  row?.focus();
  return Boolean(row);
}
