"""Markdown to HTML, once, on the server; and who is mentioned."""

import re
from collections.abc import Sequence, Set
from html import escape
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

EVERYBODY = "all"
MOST_BRACKETS = 2_000  # each may begin a link and costs 16 us; beyond, a text stays plain
_SCHEMES = ("http://", "https://", "mailto:")
_MENTION = re.compile(r"(?<![\w.@/-])@([A-Za-z0-9][A-Za-z0-9._-]{0,31})")
# Without one of these, a text is a single paragraph that says just what its source says.
# Each text is asked, so they are asked apart: one pattern for all takes ten times as long.
_SIGN = re.compile(r"[*_`~#<>\[\]\\|&\n\t]")
_BEGINNING = re.compile(r"[\s+=-]|\d+[.)]")
_LINK = re.compile(r"://|mailto:", re.IGNORECASE)


class Rendered(NamedTuple):
    """A text's HTML, unless the text itself says it all; and whom it mentions."""

    html: str | None
    mentions: tuple[str, ...]


def render(text: str, names: Set[str]) -> Rendered:
    """Render Markdown; `names` are those that can be mentioned."""
    if not _may_be_markup(text) or text.count("[") > MOST_BRACKETS:
        return Rendered(None, ())
    found: dict[str, None] = {}
    html = _markdown.render(text, {"names": names, "found": found}).strip()
    plain = f"<p>{escape(text, quote=False)}</p>" == html.replace("&quot;", '"')
    return Rendered(None if plain else html, tuple(found))


def _may_be_markup(text: str) -> bool:
    return bool(
        _SIGN.search(text)
        or "  " in text
        or _BEGINNING.match(text)
        or text[-1:].isspace()
        or (":" in text and _LINK.search(text))
        or ("@" in text and _MENTION.search(text))
    )


def _is_safe(url: str) -> bool:
    return url.lower().startswith(_SCHEMES)


def _mark_mentions(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and "@" in block.content and block.children:
            block.children = _with_mentions(block.children, state.env)


def _with_mentions(tokens: Sequence[Token], env: EnvType) -> list[Token]:
    marked: list[Token] = []
    in_link = 0
    for token in tokens:
        in_link += (token.type == "link_open") - (token.type == "link_close")
        if token.type == "text" and not in_link:
            marked += _split(token.content, env)
        else:
            marked.append(token)
    return marked


def _split(text: str, env: EnvType) -> list[Token]:
    tokens: list[Token] = []
    end = 0
    for match in _MENTION.finditer(text):
        written = match[1]
        while (
            written and written.lower() not in env["names"] and written.lower() != EVERYBODY
        ):
            written = written[:-1] if written[-1] in "._-" else ""
        if written:
            name = written.lower()
            env["found"][name] = None
            mention = Token("mention", "", 0, content=f"@{written}", meta={"name": name})
            tokens += [Token("text", "", 0, content=text[end : match.start()]), mention]
            end = match.start() + 1 + len(written)
    return [*tokens, Token("text", "", 0, content=text[end:])]


def _mention(
    self: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    token = tokens[index]
    name, shown = escape(token.meta["name"]), escape(token.content)
    return f'<span class="mention" data-name="{name}">{shown}</span>'


def _link_open(
    self: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    tokens[index].attrSet("target", "_blank")
    return self.renderToken(tokens, index, options, env)


def _cell_open(
    self: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """Align a cell by an attribute: a strict content policy forbids styles in markup."""
    style = str(tokens[index].attrs.pop("style", ""))
    if style:
        tokens[index].attrSet("align", style.removeprefix("text-align:"))
    return self.renderToken(tokens, index, options, env)


def _make() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    markdown.enable(["linkify", "strikethrough", "table"]).disable("image")
    markdown.validateLink = _is_safe  # type: ignore[method-assign]
    if markdown.linkify:
        markdown.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
        markdown.linkify.add("ftp:", None)
        markdown.linkify.add("//", None)
    markdown.core.ruler.push("mentions", _mark_mentions)
    markdown.add_render_rule("mention", _mention)
    markdown.add_render_rule("link_open", _link_open)
    for cell in ("th_open", "td_open"):
        markdown.add_render_rule(cell, _cell_open)
    return markdown


_markdown = _make()
