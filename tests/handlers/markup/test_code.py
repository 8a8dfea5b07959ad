"""Code in colours: of known languages, by classes, and never dear."""

import re
from html import unescape

import pytest

from handlers.markup import code
from handlers.markup.render import HTML_PER_TEXT, HTML_SPARE_BYTES, render
from tests.handlers.markup.test_bounds import MAX_SECONDS, seconds

PYTHON = 'def water(bed, litres=12):\n    """Not in the rain."""\n    return "<b>"  # wet\n'
# What made lexers slow: errors, strings that never end, and the shortest tokens.
HOSTILE = [
    " \n",
    '\\"',
    "a?",
    "`x",
    "(,",
    "//",
    ".a",
    "@\n",
    "%",
    "'a ",
    "/*",
    "<a ",
    "{{",
    "a.b",
    '"',
    "<<E\n",
]


def html_of(text: str) -> str:
    return render(text, frozenset()).html or ""


def test_a_block_of_a_known_language_has_classes_and_says_what_was_typed() -> None:
    html = html_of(f"```python\n{PYTHON}```")
    assert '<span class="k">def</span> <span class="f">water</span>' in html
    assert '<span class="c"># wet</span>' in html
    assert "style" not in html
    assert unescape(re.sub(r"<[^>]+>", "", html)) == PYTHON


@pytest.mark.parametrize("language", ["", "brainfuck", "../python", "python" * 9])
def test_a_block_of_another_language_stays_plain(language: str) -> None:
    assert "<span" not in html_of(f"```{language}\n{PYTHON}```")


def test_what_is_too_long_stays_plain() -> None:
    assert "<span" not in html_of(f"```python\n{PYTHON * 40}```")
    many = f"```python\n{PYTHON * 10}```\n\n"
    assert html_of(many * 8).count('<span class="f">water') <= 30


def test_what_becomes_too_large_in_colours_is_shown_without_them() -> None:
    text = "```json\n" + "1 " * 290 + "\n```"
    html = html_of(text)
    assert len(html) <= HTML_PER_TEXT * len(text) + HTML_SPARE_BYTES
    assert html.startswith('<pre><code class="language-json">1 1 ')


@pytest.mark.parametrize("language", sorted(set(code.LEXERS.values())))
def test_no_text_makes_a_lexer_slow(language: str) -> None:
    code.coloured("a", language)  # its patterns are compiled once
    for piece in HOSTILE:
        block = (piece * code.MAX_CODE_CHARACTERS)[: code.MAX_CODE_CHARACTERS]
        assert seconds(code.coloured, block, language) < MAX_SECONDS, piece
