// One thing that is said over the socket.

import { el } from "../ui/el.js";
import { table } from "./operations.js";
import { inline } from "./prose.js";
import { rows } from "./schema.js";

export function messageId(name) {
  return `frame-${name}`;
}

export function message(name, asyncapi) {
  const about = asyncapi.components.messages[name];
  const fields = rows(about.payload, asyncapi);
  return el("article", { class: "operation", id: messageId(name) },
    el("h3", {}, el("a", { class: "path", href: `#${messageId(name)}` }, about.name)),
    el("p", {}, inline(about.summary)),
    fields.length > 1 && table("Fields", fields));
}
