// Text with `code` in it, and paragraphs.

import { el } from "../ui/el.js";

export function prose(text) {
  if (!text) return [];
  return text.split(/\n{2,}/).map((paragraph) => el("p", {}, inline(paragraph)));
}

export function inline(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}
