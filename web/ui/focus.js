// Drawing anew must not take the keyboard's place away: what had the focus is found again by its
// address or its key.

export function keepingFocus(box, draw) {
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const names = ["href", "data-key"].filter((name) => focused?.hasAttribute(name));
  draw();
  if (names.length === 0 || focused.isConnected) return;
  const value = CSS.escape(focused.getAttribute(names[0]));
  box.querySelector(`[${names[0]}="${value}"]`)?.focus({ preventScroll: true });
}
