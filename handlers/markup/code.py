"""Colours in blocks of code: classes only, and never at the price of the server's time.

The lexers are patterns that others wrote. Only those are asked that stay quick whatever
they read; see tests/handlers/markup/test_code.py.
"""

import re
from functools import cache
from html import escape
from itertools import groupby, islice
from typing import Any, NamedTuple

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token

MAX_CODE_CHARACTERS = 2_000  # of all blocks of a text
MAX_CODE_TOKENS = 600
MAX_CODE_ERRORS = 8  # signs that no rule knows: another language, or somebody who plays
TOKEN_STEPS = 4
MAX_STEPS = MAX_CODE_TOKENS * TOKEN_STEPS
HTML_PER_CODE, HTML_SPARE_CHARACTERS = 3, 1_000
LEXERS = {
    alias: name
    for name, aliases in {
        "bash": "bash sh shell zsh",
        "css": "css",
        "diff": "diff patch",
        "go": "go golang",
        "html": "html",
        "javascript": "javascript js jsx typescript ts tsx",
        "json": "json",
        "python": "python py python3",
        "rust": "rust rs",
        "sql": "sql",
        "toml": "toml",
        "yaml": "yaml yml",
    }.items()
    for alias in aliases.split()
}
# Several lexers look from each of its signs to its end.
_GAP = re.compile(r"\s{80}")
# A class for each kind of token that has a colour, and for all kinds below it.
_CLASSES = {
    Token.Comment: "c",
    Token.Keyword: "k",
    Token.Literal.String: "s",
    Token.Literal.Number: "n",
    Token.Name.Builtin: "b",
    Token.Name.Class: "f",
    Token.Name.Decorator: "f",
    Token.Name.Function: "f",
    Token.Name.Tag: "k",
    Token.Generic.Deleted: "d",
    Token.Generic.Inserted: "i",
    Token.Generic.Heading: "k",
    Token.Generic.Subheading: "k",
}


class Coloured(NamedTuple):
    """A block's HTML, or None if it gets no colours; and the steps that it took."""

    html: str | None
    steps: int


def coloured(code: str, language: str) -> Coloured:
    """Colour a block of code, if its language is known and it is short enough."""
    name = LEXERS.get(language.lower())
    if name is None or len(code) > MAX_CODE_CHARACTERS or _GAP.search(code):
        return Coloured(None, 0)
    found = islice(_lexer(name).get_tokens_unprocessed(code), MAX_CODE_TOKENS + 1)
    tokens, errors = [], 0
    for _, kind, value in found:
        tokens.append((_class(kind), value))
        errors += kind is Token.Error
        if errors > MAX_CODE_ERRORS:
            return Coloured(None, MAX_STEPS)
    steps = len(tokens) * TOKEN_STEPS
    if len(tokens) > MAX_CODE_TOKENS or "".join(value for _, value in tokens) != code:
        return Coloured(None, steps)
    html = "".join(
        _marked(look, "".join(value for _, value in run))
        for look, run in groupby(tokens, key=lambda token: token[0])
    )
    fits = len(html) <= HTML_PER_CODE * len(code) + HTML_SPARE_CHARACTERS
    return Coloured(html if fits else None, steps)


def _marked(look: str, text: str) -> str:
    shown = escape(text)
    return f'<span class="{look}">{shown}</span>' if look and text.strip() else shown


@cache
def _class(kind: Any) -> str:
    while kind is not None and kind not in _CLASSES:
        kind = kind.parent
    return _CLASSES.get(kind, "")


@cache
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)
