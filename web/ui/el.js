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

function present(children) {
  const nothing = [null, undefined, false];
  return children.flat(Infinity).filter((child) => !nothing.includes(child));
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
