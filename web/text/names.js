// Names for addresses, made from what people call things.

/** A name made from a title: `Garden plans` becomes `garden-plans`. */
export function nameFrom(title) {
  return title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 32);
}
