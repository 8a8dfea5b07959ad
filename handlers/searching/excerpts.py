"""Excerpts of hits: the part of each message that shows why it fits."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, takewhile

from handlers.schemas.responses import Hit
from store.records import Message
from store.search.pace import Pace
from store.search.terms import Sought, spans

MAX_EXCERPT_CHARS = 240
MAX_CHARS_BEFORE = 60  # of them that may stand before the first hit


async def hits(found: Iterable[Message], terms: Sequence[Sought], pace: Pace) -> list[Hit]:
    """Messages with the part of each that shows why it fits."""
    shown: list[Hit] = []
    for each in found:
        shown.append(Hit.of(each, excerpt=excerpt(each.text, terms)))
        await pace.rest()
    return shown


def excerpt(text: str, terms: Sequence[Sought]) -> list[str]:
    """Pieces of a text, by turns plain and a hit.

    They are text and nothing else: whoever shows them marks every second one, has no
    offsets to count in an encoding, and no markup to trust.
    """
    hits = spans(text, terms)
    first, last = hit = next(hits, (0, 0))  # None: they are in the names of files.
    start, end = 0, len(text)
    if first > MAX_CHARS_BEFORE:
        start = (
            text.find(" ", first - MAX_CHARS_BEFORE, first) + 1 or first - MAX_CHARS_BEFORE
        )
    if end - start > MAX_EXCERPT_CHARS:
        end = max(start + MAX_EXCERPT_CHARS, last)
        end = max(text.rfind(" ", last, end), 0) or end
    shown = takewhile(lambda span: span[1] <= end, chain([hit] * (last > 0), hits))
    pieces = list(_pieces(text, shown, start, end))
    pieces[0] = "…" * (start > 0) + pieces[0]
    pieces[-1] += "…" * (end < len(text))
    return pieces


def _pieces(
    text: str, hits: Iterable[tuple[int, int]], start: int, end: int
) -> Iterator[str]:
    for first, last in hits:
        yield text[start:first]
        yield text[first:last]
        start = last
    yield text[start:end]
