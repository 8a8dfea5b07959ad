"""Twice as much of anything takes a parser about twice the work, not four times.

Each is asked for the worst pieces known, at half of the size that it may get and at all of
it, by the processor's time of this thread, at best: others use this machine, too.
"""

import gc
import json
import math
import time
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.archive import Source
from cli.imported import Importer
from cli.snapshot import from_line, to_line
from handlers.markup import emoji, prose
from handlers.markup.render import render
from handlers.media import filenames
from handlers.schemas import forms
from handlers.searching.query import understand
from handlers.slack import mrkdwn, payload
from handlers.socket import frames
from handlers.web import bodies
from store.errors import Failed, Invalid, NotFound
from store.records import now
from store.search.terms import Phrase, contains, in_a_row, keys, spans, terms
from tests.handlers.markup.test_bounds import NAMES, PIECES, ROOMS, spent
from tests.hostile_texts import MAX_TEXT, WORST

MAX_RATIO = 2.5
MIN_SECONDS = 0.001  # less is nothing that anybody could grow
FRAME = 60_000
MORE_PIECES = [
    "a b ", "é", "é ", "e\u0301 ", "語", "ﷺ ", "👍🏽 ", "🇩🇪", "%", "+", "&a=b", "a=b&", ";",
    "--x\r\n", "\r\n--x", "\r\n\r\n", 'name="payload"', "\\ud83d", "\\u0041", '"', '",',
    "{", "[[", "from:a ", '"a b" ', "-a ", "in:x ", "<http://a|b> ", "<@U1>", "*a* ", "_a",
    "../", "a.", ".a ", "\\\\", "\u202e", "$a", '{"$oid":',
]  # fmt: skip


def parse_import(text: str) -> None:
    said = {"_id": {"sender": "ann", "id": "x"}, "room": "a", "seq": 1, "rev": 1}
    line = to_line({**said, "text": text, "created_at": now()})
    archive = cast("Source", SimpleNamespace(entries=()))
    list(Importer(archive, with_roles=False).checked("messages", [from_line(line)]))


def parse_blocks(text: str) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    attachment = {"title": text, "fields": [{"title": text, "value": text}]}
    given = {"text": text, "blocks": [section], "attachments": [attachment]}
    payload.markdown(bodies.decode_prose(json.dumps(given), payload.Payload), MAX_TEXT)


def parse_hello(text: str) -> None:
    rooms = {f"{text[at : at + 50]}{at}": at for at in range(0, len(text), 60)}
    frames.parse(json.dumps({"type": "hello", "cursors": rooms}))


def parse_search(text: str) -> None:
    understand(forms.Search(q=text), "ann", {"general"})


def find(text: str) -> None:
    sought = [*terms("a é 語 ab"), Phrase(in_a_row("a b"))]
    keys(text)
    contains(text, sought)
    list(spans(text, sought))


Parser = Callable[[str], object]
PARSERS: dict[str, tuple[Parser, int]] = {
    "Markdown": (lambda text: render(text, NAMES, ROOMS), MAX_TEXT),
    "prose": (lambda text: list(prose.find(text, NAMES, ROOMS)), MAX_TEXT),
    "rooms in a text": (prose.rooms_in, MAX_TEXT),
    "emoji": (emoji.as_typed, MAX_TEXT),
    "mrkdwn": (mrkdwn.to_markdown, MAX_TEXT),
    "plain text of a hook": (mrkdwn.plain_to_markdown, MAX_TEXT),
    "blocks": (parse_blocks, 8_000),
    "words": (find, MAX_TEXT),
    "a query": (parse_search, 200),
    "cursors": (parse_hello, FRAME),
    "JSON": (lambda text: bodies.decode_prose(text, forms.PostMessage), FRAME),
    "JSON of a text": (
        lambda text: bodies.decode_prose(f'{{"text": "{text}"}}', forms.PostMessage),
        FRAME,
    ),
    "a form": (lambda text: bodies.payload_field(text.encode()), FRAME),
    "multipart": (lambda text: bodies.payload_field(f"--x\r\n{text}".encode()), FRAME),
    "a file's name": (
        lambda text: filenames.disposition(filenames.tidy(text), inline=True), 8_000
    ),
    "a line of an import": (parse_import, MAX_TEXT),
}  # fmt: skip


def grows(parse: Parser, piece: str, most: int) -> float:
    """How many times as long twice as much takes; 0 if that is nothing.

    The half is parsed twice in one go, so that both need a quiet moment of the same length.
    """
    count = max(1, most // len(piece) // 2)
    twice = whole = math.inf
    gc.disable()
    try:
        for turn in range(30):
            # The first look is a short one: most are far from the bound.
            for _ in range(2):
                whole = min(whole, spent(parses, parse, piece * count * 2, 1))
            if whole < MIN_SECONDS:
                return 0.0
            for _ in range(2):
                twice = min(twice, spent(parses, parse, piece * count, 2))
            if 2 * whole < MAX_RATIO * twice:
                return 0.0
            time.sleep(0 if turn < 5 else 0.05)
    finally:
        gc.enable()
    return 2 * whole / twice


def parses(parse: Parser, text: str, times: int) -> None:
    for _ in range(times):
        with suppress(Invalid, NotFound, Failed):
            parse(text)


@pytest.mark.parametrize("name", PARSERS)
def test_twice_as_much_takes_twice_the_work(name: str) -> None:
    parse, most = PARSERS[name]
    worst = [text[: len(text) // 100 or 1] for text in WORST.values()]
    found = {
        piece: ratio
        for piece in [*PIECES, *MORE_PIECES, *worst]
        if (ratio := grows(parse, piece, most))
    }
    assert not found


@pytest.mark.parametrize("name", PARSERS)
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.sampled_from([*PIECES, *MORE_PIECES]), min_size=2, max_size=5))
def test_so_it_is_with_pieces_together(name: str, pieces: list[str]) -> None:
    parse, most = PARSERS[name]
    assert not grows(parse, "".join(pieces), most)
