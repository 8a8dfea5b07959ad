"""Markdown to HTML, once, on the server; and who is mentioned.

A text that would cost too much time, or become too large, is shown as it was typed.
"""

import re
from collections.abc import Mapping, Set
from html import escape
from typing import Any, NamedTuple

from handlers.markup import code, parser, prose
from handlers.markup.work import MAX_STEPS, TooCostlyError, Work

HTML_PER_TEXT, HTML_SPARE_BYTES = 4, 4_096
STEPS_PER_SEND = 500  # a text that costs more counts as so many more sends
_NO_ROOMS: Mapping[str, str] = {}
# A text that matches none of these has no markup and needs no HTML. Three small patterns
# are ten times faster than one combined.
_SIGN = re.compile(r"[*_`~#<>\[\]\\|&\n\t]")
_BEGINNING = re.compile(r"[\s+=-]|\d+[.)]")
_COLOUR = '<span class="'
_LINK_SIGNS = ("://", "mailto:", "www.")


class Rendered(NamedTuple):
    """A text's HTML, unless the text itself says it all; whom it mentions; and its work."""

    html: str | None
    mentions: tuple[str, ...]
    steps: int = 0


def render(text: str, names: Set[str], rooms: Mapping[str, str] = _NO_ROOMS) -> Rendered:
    """Render Markdown; `names` can be mentioned, `rooms` linked to, by class."""
    if not _may_be_markup(text):
        return Rendered(None, ())
    work = Work()
    found: dict[str, None] = {}
    env: dict[str, Any] = {"names": names, "rooms": rooms, "found": found, "work": work}
    max_bytes = HTML_PER_TEXT * len(text.encode()) + HTML_SPARE_BYTES
    try:
        work.take(len(text) // 8)
        html = _parsed(text, {**env, "colours": code.MAX_CODE_CHARACTERS}).strip()
        if len(html.encode()) > max_bytes and _COLOUR in html:
            html = _parsed(text, env).strip()
    except (TooCostlyError, RecursionError):
        return Rendered(None, (), MAX_STEPS)
    if len(html.encode()) > max_bytes:
        return Rendered(None, (), work.steps)
    plain = f"<p>{escape(text, quote=False)}</p>" == html.replace("&quot;", '"')
    return Rendered(None if plain else html, tuple(found), work.steps)


def extra_sends(rendered: Rendered) -> int:
    """As how many more sends a text's work counts, so that rates bound work, too."""
    return rendered.steps // STEPS_PER_SEND


def _may_be_markup(text: str) -> bool:
    return bool(
        _SIGN.search(text)
        or "  " in text
        or _BEGINNING.match(text)
        or text[-1:].isspace()
        or ((":" in text or "." in text) and _may_hold_link(text.lower()))
        or ("@" in text and prose.may_hold(text))
    )


def _may_hold_link(lowered: str) -> bool:
    # One after the other: a pattern of them that ignores case takes twenty times as long.
    return any(sign in lowered for sign in _LINK_SIGNS)


def _parsed(text: str, env: dict[str, Any]) -> str:
    html: str = _markdown.render(text, env)
    return html


# Python gets memory for the frames of its calls in chunks of 16 KB; where one ends, each
# call gets another and gives it back: 10 us, not 0.03 (3.11 to 3.13). Who nests quotes and
# brackets chooses where that is. So parsing begins in a chunk of 256 KB, half of it taken.
_parsed.__code__ = _parsed.__code__.replace(co_stacksize=17_000)
_markdown = parser.make()
