// One thing that can be asked over HTTP: what it needs, and what it answers.

import { el } from "../ui/el.js";
import { inline, prose } from "./prose.js";
import { kindOf, rows, rules } from "./schema.js";

export function operationId({ operationId: id }) {
  return id;
}

export function verb(method) {
  return el("span", { class: `verb ${method}` }, method);
}

export function operation(about, openapi) {
  const id = operationId(about);
  const isPublic = about.security.length === 0;
  return el("article", { class: "operation", id, "aria-labelledby": `${id}-title` },
    el("h3", { id: `${id}-title` },
      verb(about.method),
      el("a", { class: "path", href: `#${id}` }, pathParts(about.path)),
      isPublic && el("span", { class: "mark" }, "public")),
    el("p", {}, inline(about.summary)),
    prose(about.description),
    about.parameters.length > 0 && table("Parameters", about.parameters.map(parameter)),
    about.requestBody && bodies(about.requestBody, openapi),
    answers(about.responses, openapi));
}

/** A long path may break after each slash, and nowhere else. */
function pathParts(path) {
  return path.split(/(?<=.\/)/).flatMap((part) => [part, el("wbr")]);
}

function parameter(about) {
  return el("tr", {},
    el("th", { scope: "row" }, el("code", {}, about.name),
      !about.required && el("span", { class: "soft", title: "optional" }, "?")),
    el("td", {}, kindOf(about.schema), " ", el("span", { class: "soft" }, `in the ${about.in}`)),
    el("td", {}, about.description && el("span", {}, inline(about.description), " "),
      rules(about.schema)));
}

function bodies({ content, required }, openapi) {
  return Object.entries(content).map(([kind, { schema }]) => {
    const title = ["Body ", el("span", { class: "soft" }, required ? kind : `${kind}, optional`)];
    const fields = schema ? rows(schema, openapi) : [];
    return fields.length ? table(title, fields) : el("p", {}, title);
  });
}

function answers(responses, openapi) {
  const items = Object.entries(responses).map(([status, answer]) => {
    const known = answer.$ref ? openapi.components.responses[status] : answer;
    const [kind, media] = Object.entries(known.content ?? {})[0] ?? [];
    return { status, known, kind, schema: media?.schema, isRefusal: Boolean(answer.$ref) };
  });
  const good = items.filter((each) => !each.isRefusal);
  const bad = items.filter((each) => each.isRefusal);
  return el("dl", { class: "answers" },
    good.map((each) => el("div", {}, el("dt", {}, status(each)),
      el("dd", {}, each.schema ? kindOf(each.schema)
        : each.kind ? el("code", {}, each.kind) : each.known.description))),
    bad.length > 0 && el("div", { class: "refusals" }, el("dt", {}, "Refuses"),
      el("dd", {}, bad.map((each) => el("span", { title: each.known.description },
        status(each), el("span", {}, each.known.description.toLowerCase()))))));
}

function status({ status: code }) {
  return el("span", { class: "status" }, code);
}

export function table(title, body) {
  return el("div", { class: "table" }, el("table", {},
    el("caption", {}, title), el("tbody", {}, body)));
}
