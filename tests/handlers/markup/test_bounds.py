"""No text takes more than its share of the loop, or becomes much more than it is.

`make fuzz-markup` tries 20,000 texts; what it found to be worst is among the cases here.
"""

import gc
import math
import os
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import strategies as st

from handlers.markup.emoji import as_typed
from handlers.markup.render import HTML_PER_TEXT, HTML_SPARE_BYTES, Rendered, render
from handlers.slack.mrkdwn import plain_to_markdown, to_markdown
from tests.hostile_texts import MAX_TEXT, WORST

MAX_SECONDS = 0.020
EXAMPLES = int(os.environ.get("HEARTH_FUZZ_EXAMPLES", "150"))
NAMES, ROOMS = frozenset({"ann", "ben.jr", "x"}), {"general": "room", "a": "room"}


def spent(act: Callable[..., object], *given: object) -> float:
    """The time that an act takes of a processor."""
    began = time.thread_time()
    act(*given)
    return time.thread_time() - began


def reference() -> None:
    """What takes MAX_SECONDS on the machine for which they are said."""
    sum(len(str(number)) for number in range(200_000))


def seconds(act: Callable[..., object], *given: object) -> float:
    """The time that an act takes at best, as it were on the machine of the reference.

    This one may be slower, others use it, too, and Python's development mode takes longer:
    so what seems too slow takes turns with the reference, which needs a quiet moment of the
    same length.
    """
    took = known = math.inf
    gc.disable()
    try:
        for turn in range(40):
            took = min(took, spent(act, *given))
            if took < MAX_SECONDS * 0.95:
                return took
            known = min(known, spent(reference))
            if turn > 20 and took < known * 0.95:
                break
            time.sleep(0 if turn < 5 else 0.05)
    finally:
        gc.enable()
    return took * MAX_SECONDS / max(MAX_SECONDS, known)


def rendered(text: str) -> Rendered:
    return render(text, NAMES, ROOMS)


def check(text: str) -> float:
    took = seconds(rendered, text)
    assert took < MAX_SECONDS
    found = rendered(text)
    assert found == rendered(text)
    if found.html:
        most = HTML_PER_TEXT * len(text.encode()) + HTML_SPARE_BYTES
        assert len(found.html.encode()) <= most
    return took


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_the_worst_texts_known_are_within_bounds(text: str) -> None:
    check(text[:MAX_TEXT])
    for act in (as_typed, to_markdown, plain_to_markdown):
        assert seconds(act, text[:MAX_TEXT]) < MAX_SECONDS, act.__name__


@pytest.mark.parametrize(
    ("opened", "repeated"),
    [("![``x[", "*("), ("> ", ""), ("- ", ""), ("> - ", ""), ("> ", "- ")],
)
def test_no_depth_costs_more_than_others(opened: str, repeated: str) -> None:
    for depth in range(1, 24):
        start, line = opened * depth, f"{opened * depth}{repeated}a\n"
        text = start + repeated * MAX_TEXT if opened[0] == "!" else line * MAX_TEXT
        assert seconds(rendered, text[:MAX_TEXT]) < MAX_SECONDS, depth


PIECES = [
    "a", "ab c", " ", "  ", "    ", "\t", "\n", "\n\n", "  \n", "\\", "\\\n", "*",
    "**", "_", "__", "~~", "~", "`", "``", "```", "```py\n", "~~~\n", "#", "# ",
    "###### ", "> ", ">", "- ", "-", "+ ", "* ", "1. ", "1) ", "123456789. ",
    "---\n", "===\n", "=", "|", "|-", "|:-:", "|\n", "||", "[", "]", "(", ")",
    "](", "[]", "[a]", "![", "[a](", "<", ">", "'", "\"", "(\"", ": ", "[a]: ",
    "[a]: <", "[a][b]", "\\)", "://", "http://", "https://a.b", "http://a.b/c_d(e",
    "mailto:", "www.", "www.a.bc", "a@b.cc", "@", "@ann", "@ann/", "@ben.jr.",
    "@here", "#general", "&", "&amp;", "&#35;", "&#x", "<http://a>", "<a:",
    "<!--", "<b>", "¯\\_(ツ)_/¯", "__a__.b", ":tada:", ":", ":)", "，", "「", "」",
    "字", "ก", "é", "\u0301", "\u200d", "\u202e", "👍🏽", "ا", "\x00", "\r", "{",
    "}", ".", "/", "!", "?", "%20", "$", "^",
]  # fmt: skip
FILL = 0  # as often as there is room


def made_of(parts: list[tuple[str, int]]) -> str:
    """Pieces, each so many times; what comes after one that fills the text has its room."""
    left = MAX_TEXT - sum(len(piece) * max(times, 1) for piece, times in parts)
    text = ""
    for piece, times in parts:
        fills = 1 + max(0, left) // len(piece) if times == FILL else times
        left -= (fills - 1) * len(piece) if times == FILL else 0
        text += piece * fills
    return text[:MAX_TEXT]


texts = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join),
        st.sampled_from([1, 2, 5, 20, 100, 500, FILL]),
    ),
    min_size=1,
    max_size=4,
).map(made_of)
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 1_000,
    suppress_health_check=list(HealthCheck),
    # To shrink and to explain, it traces each line: all texts are slow then.
    phases=(Phase.reuse, Phase.generate, Phase.target),
)


@many
@given(texts)
def test_no_markup_is_slow_or_fat(text: str) -> None:
    took = check(text)
    target(took * 1_000, label="milliseconds")
    target(took / len(text.encode()) * 1e6, label="microseconds for each byte")
    html = rendered(text).html or ""
    target(len(html.encode()) / len(text.encode()), label="HTML for each byte")


@many
@given(texts)
def test_nothing_that_is_typed_or_posted_by_a_hook_is_slow(text: str) -> None:
    for act in (as_typed, to_markdown, plain_to_markdown):
        took = seconds(act, text)
        assert took < MAX_SECONDS
        target(took * 1_000, label=act.__name__)
    assert len(as_typed(text)) <= len(text)
    assert as_typed(as_typed(text)) == as_typed(text)


words = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(categories=["So", "Sk", "Mn", "Cf"]), max_size=20),
    st.text(st.characters(min_codepoint=0x3000, max_codepoint=0x30FF), max_size=20),
    st.text(st.characters(min_codepoint=0x0E00, max_codepoint=0x0E7F), max_size=20),
    st.text(st.characters(min_codepoint=0x0590, max_codepoint=0x06FF), max_size=20),
    st.from_regex(r"https?://[a-z.]{1,20}/[!-~]{0,30}", fullmatch=True),
    st.from_regex(r"`{1,4}[ -~\n]{0,40}`{1,4}", fullmatch=True),
    st.sampled_from(PIECES),
)


@many
@given(st.lists(words, max_size=12).map(" ".join))
def test_whatever_people_write_renders_twice_the_same(text: str) -> None:
    check(as_typed(text))
    render(to_markdown(text), NAMES, ROOMS)
    render(plain_to_markdown(text), NAMES, ROOMS)
