// The page that shows the HTTP API: it reads the same document that programs read.

import { el, fill } from "../ui/el.js";
import { prose } from "./prose.js";
import { objects } from "./schema.js";
import { operation, operationId, verb } from "./operations.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

async function load(name) {
  const answer = await fetch(`../api/${name}`);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.json();
}

/** The operations of each tag, in the order of the document. */
function byTag(openapi) {
  const tags = openapi.tags.map((tag) => ({ ...tag, operations: [] }));
  for (const [path, methods] of Object.entries(openapi.paths)) {
    for (const method of METHODS.filter((each) => methods[each])) {
      const about = { path, method, ...methods[method] };
      tags.find((tag) => tag.name === about.tags[0])?.operations.push(about);
    }
  }
  return tags.filter((tag) => tag.operations.length);
}

function contents(tags) {
  const list = (title, href, links) =>
    el("li", {}, el("a", { class: "part", href }, title), el("ul", {}, links));
  const items = tags.map((tag) => list(tag.name, `#${tag.name}`, tag.operations.map((each) =>
    el("li", {}, el("a", { href: `#${operationId(each)}`, title: each.summary },
      verb(each.method), el("span", { class: "path" }, each.path))))));
  return el("details", { open: matchMedia("(min-width: 900px)").matches },
    el("summary", {}, "Contents"),
    el("ul", {}, items, el("li", { class: "rule" }),
      el("li", {}, el("a", { class: "part", href: "#Objects" }, "Objects"))));
}

function draw(openapi) {
  const tags = byTag(openapi);
  fill(document.getElementById("contents"), contents(tags));
  fill(document.getElementById("docs"),
    el("section", { class: "intro" },
      el("h1", {}, "The API"),
      el("p", { class: "soft" }, `Hearth ${openapi.info.version} at ${openapi.servers[0].url}`),
      prose(openapi.info.description),
      prose("Send `Authorization: Bearer <access token>`, from `POST /api/auth/token`. Every"
        + " object says its `type`. Times are RFC 3339 in UTC.")),
    tags.map((tag) => el("section", { class: "tag", id: tag.name },
      el("h2", {}, tag.name), prose(tag.description), tag.operations.map(
        (each) => operation(each, openapi)))),
    el("section", { class: "tag", id: "Objects" }, el("h2", {}, "Objects"),
      objects(openapi)));
}

async function start() {
  const main = document.getElementById("docs");
  try {
    draw(await load("openapi.json"));
  } catch (error) {
    fill(main, el("p", { class: "loading", role: "alert" },
      `The document could not be loaded (${error.message}). `,
      el("a", { href: "" }, "Try again")));
  }
  main.removeAttribute("aria-busy");
  const place = decodeURIComponent(location.hash.slice(1));
  if (place) document.getElementById(place)?.scrollIntoView();
}

start();
