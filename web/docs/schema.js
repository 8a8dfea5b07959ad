// Schemas, in words: what kind a value is of, its fields, its rules.

import { el } from "../ui/el.js";
import { prose } from "./prose.js";

const nameOf = (reference) => reference.split("/").pop();

/** What kind of value a schema wants; an object's name leads to its fields. */
export function kindOf(schema) {
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return el("a", { class: "kind", href: `#object-${name}` }, name);
  }
  if (schema.anyOf) {
    return el("span", { class: "kind" }, schema.anyOf.flatMap(
      (each, index) => (index ? [" or ", kindOf(each)] : [kindOf(each)])));
  }
  if (schema.enum) {
    return el("span", { class: "kind" }, schema.enum.flatMap(
      (each, index) => [index ? " · " : "", el("code", {}, JSON.stringify(each))]));
  }
  if (schema.type === "array") return el("span", { class: "kind" }, "list of ", kindOf(schema.items));
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return el("span", { class: "kind" }, "map of ", kindOf(schema.additionalProperties));
  }
  if (schema.format === "date-time") return el("span", { class: "kind" }, "time");
  return el("span", { class: "kind" }, schema.type ?? "anything");
}

/** What else must hold for a value. */
export function rules(schema) {
  const said = [];
  const between = (least, most, what) => {
    if (schema[least] !== undefined && schema[most] !== undefined) {
      said.push(`${number(schema[least])} to ${number(schema[most])}${what}`);
    } else if (schema[least] !== undefined) said.push(`at least ${number(schema[least])}${what}`);
    else if (schema[most] !== undefined) said.push(`at most ${number(schema[most])}${what}`);
  };
  between("minimum", "maximum", "");
  between("minLength", "maxLength", " characters");
  between("minItems", "maxItems", " of them");
  const fallback = schema.default;
  const isEmpty = fallback === "" || fallback === null || typeof fallback === "object";
  if (fallback !== undefined && !isEmpty) said.push(`else ${JSON.stringify(fallback)}`);
  // A line is all that has no line break in it; its pattern would say less.
  const isShown = schema.pattern && !schema.format && !schema.pattern.startsWith("^[^")
    && schema.pattern.length < 60;
  return el("span", { class: "soft" }, said.join(", "),
    isShown && [said.length ? ", " : "", el("code", {}, schema.pattern.replace(/^\^|\$$/g, ""))]);
}

/** 2^53 is where JavaScript stops counting; nobody wants to read it as digits. */
function number(value) {
  return value === 2 ** 53 ? "2⁵³" : value.toLocaleString("en");
}

/** A table row for each field of an object. */
export function rows(schema, document) {
  const known = schema.$ref ? document.components.schemas[nameOf(schema.$ref)] : schema;
  const needed = new Set(known.required ?? []);
  return Object.entries(known.properties ?? {}).map(([name, field]) => el("tr", {},
    el("th", { scope: "row" }, el("code", {}, name),
      !needed.has(name) && el("span", { class: "soft", title: "optional" }, "?")),
    el("td", {}, kindOf(field)),
    el("td", {}, rules(field))));
}

/** All objects of both documents, each once. */
export function objects(...documents) {
  const found = new Map();
  for (const document of documents) {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      if (!found.has(name)) found.set(name, { schema, document });
    }
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(
    ([name, { schema, document }]) => object(name, schema, document));
}

function object(name, schema, document) {
  const fields = rows(schema, document);
  return el("article", { class: "operation", id: `object-${name}` },
    el("h3", {}, el("a", { class: "path", href: `#object-${name}` }, name)),
    prose(schema.description),
    schema.enum && el("p", {}, kindOf(schema)),
    fields.length > 0 && el("div", { class: "table" },
      el("table", {}, el("tbody", {}, fields))));
}
