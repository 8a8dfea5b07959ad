"""Whatever people write is found by each of its words, however they are spelled."""

import asyncio
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as course
from hypothesis import strategies as st

from handlers.markup.characters import is_seen
from handlers.markup.emoji import as_typed
from handlers.searching.query import MAX_TERMS
from store.search.terms import Term, contains, fold, keys, terms
from tests.conftest import Start
from tests.handlers.markup.test_bounds import EXAMPLES, MAX_TEXT, words
from tests.people import Json, Person, sign_up

POSTED = int(os.environ.get("HEARTH_TEST_POSTED", "40"))
MAX_QUERY = 100  # characters that are sought at once
many = course(
    deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES < 1_000
)
texts = st.lists(words, min_size=1, max_size=12).map(" ".join).map(as_typed)


def spellings(word: str) -> Iterator[str]:
    """A word as others may write it."""
    yield word
    yield unicodedata.normalize("NFC", word)
    yield unicodedata.normalize("NFD", word)
    yield word.lower()


def has_letters(word: str) -> bool:
    """Whether it is a word: a tatweel alone, say, or the sign for degrees is none."""
    letters = [each for each in word if unicodedata.category(each)[0] in "LN"]
    return any(unicodedata.category(each)[0] in "LN" for each in fold("".join(letters)))


def is_held(term: Term, held: set[str]) -> bool:
    """Whether the index leads to a text with these keys."""
    return all(
        key in held or (may_go_on and any(each.startswith(key) for each in held))
        for key, may_go_on in term.held_as()
    )


@course(many, max_examples=EXAMPLES)
@given(texts)
def test_a_text_is_found_by_each_of_its_words(text: str) -> None:
    held = keys(text)
    for word in text.split():
        for spelling in spellings(word):
            sought = terms(spelling)
            assert sought or not has_letters(spelling)
            assert contains(text, sought), ascii(spelling)
            assert all(is_held(term, held) for term in sought), ascii(spelling)


def collected(count: int) -> list[str]:
    """So many generated texts."""
    found: list[str] = []

    @course(many, max_examples=count, database=None)
    @given(texts)
    def collect(text: str) -> None:
        if is_seen(text) and len(text) <= MAX_TEXT:
            found.append(text)

    collect()
    return found


def can_be_typed(word: str) -> bool:
    """Whether it is sought as it is: no operator, no phrase, not left out."""
    is_plain = not re.search(r'^-|[":“”„‟«»\uff02]', word)
    return is_plain and len(word) <= MAX_QUERY and 0 < len(terms(word)) <= MAX_TERMS


def queries(text: str) -> Iterator[str]:
    """What together seeks each of its words: a hit has all words of its query."""
    together = ""
    for word in filter(can_be_typed, dict.fromkeys(text.split())):
        longer = f"{together} {word}".strip()
        if len(longer) > MAX_QUERY or len(terms(longer)) > MAX_TERMS:
            yield together
            longer = word
        together = longer
    if together:
        yield together


async def persistently(person: Person, *request: Any) -> Json:
    """What is answered in the end: a machine that is busy for seconds says 503."""
    for _ in range(20):
        async with await person.ask(*request) as answer:
            if answer.status != 503:
                assert answer.ok, (ascii(request), await answer.text())
                told: Json = await answer.json()
                return told
        await asyncio.sleep(1)
    raise AssertionError(ascii(request))


async def misses(person: Person, q: str, seqs: set[int]) -> set[int]:
    """Those of these seqs that are not among the hits, looked for page by page."""
    left = set(seqs)
    before = ""
    while left:
        query = f"q={quote(q)}&limit=100" + (f"&before={quote(before)}" if before else "")
        told = await persistently(person, "GET", f"/api/search?{query}")
        left -= {each["seq"] for each in told["messages"]}
        before = told.get("next") or ""
        if not before:
            break
    return left


async def test_what_was_posted_is_found_by_each_of_its_words(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("ERROR")
    prose = collected(POSTED)  # It holds up the loop, so the server starts afterwards.
    client = await start(acts=10**7, reads=10**7, sends=10**7)
    # A person has two reads at a time, and a search rests longer than it works.
    people = [await sign_up(client, f"ann-{number}") for number in range(8)]
    said: dict[str, set[int]] = defaultdict(set)

    async def post(person: Person, texts: Iterator[tuple[int, str]]) -> None:
        for number, text in texts:
            message = {"id": str(number), "text": text}
            path = "/api/rooms/general/messages"
            told = await persistently(person, "POST", path, message)
            for query in queries(text):
                said[query].add(told["seq"])

    async def seek(person: Person, sought: Iterator[tuple[str, set[int]]]) -> None:
        for q, seqs in sought:
            assert not await misses(person, q, seqs), ascii(q)

    texts = enumerate(prose)
    await asyncio.gather(*(post(person, texts) for person in people))
    assert sum(map(len, said.values())) > POSTED // 4
    sought = iter(said.items())
    await asyncio.gather(*(seek(person, sought) for person in people))
    assert not caplog.records
