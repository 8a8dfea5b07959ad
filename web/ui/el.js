// Makes elements. Text always goes in as text, so nothing a person wrote can become markup.

export function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  node.append(...present(children));
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren(...present(children));
  return node;
}

/** The same, but what stands there already stays, and is not laid out again. */
export function refill(node, children) {
  const wanted = present(children);
  const staying = new Set(wanted);
  keepingFocus(node, () => {
    for (const child of [...node.children]) if (!staying.has(child)) child.remove();
    let next = node.firstChild;
    for (const child of wanted) {
      if (child === next) next = next.nextSibling;
      else node.insertBefore(child, next);
    }
  });
}

function present(children) {
  const nothing = [null, undefined, false];
  return [children].flat(Infinity).filter((child) => !nothing.includes(child));
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "class") node.className = value;
  else if (name === "value" || name === "checked") node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

let made = 0;

/** An id for a label, a list or a description to point at. */
export function freshId(prefix) {
  made += 1;
  return `${prefix}-${made}`;
}

/**
 * Draw anew without taking the keyboard's place away: what had the focus is found again by its
 * address or its key.
 */
export function keepingFocus(box, draw) {
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const names = ["href", "data-key"].filter((name) => focused?.hasAttribute(name));
  draw();
  if (names.length === 0 || focused.isConnected) return;
  const value = CSS.escape(focused.getAttribute(names[0]));
  box.querySelector(`[${names[0]}="${value}"]`)?.focus({ preventScroll: true });
}
