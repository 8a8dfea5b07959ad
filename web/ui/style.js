// Styles that are only fetched when what they are for is wanted.

const fetched = new Map();

/** Wait until these sheets of `styles/` are there; without a line, until they failed. */
export const withStyles = (...names) => Promise.all(names.map((name) => {
  if (!fetched.has(name)) fetched.set(name, new Promise((resolve) => fetchStyle(name, resolve)));
  return fetched.get(name);
}));

function fetchStyle(name, done) {
  const href = new URL(`../styles/${name}.css`, import.meta.url).href;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  link.onload = done;
  link.onerror = () => {
    fetched.delete(name);
    done();
  };
  document.head.append(link);
}
