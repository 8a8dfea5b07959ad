"""Finds messages by their words, newest first, in the rooms that somebody may read."""

import asyncio
from collections.abc import AsyncGenerator, Sequence, Set
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from store import messages
from store.database import Database
from store.errors import Unavailable
from store.messages import BATCH_MESSAGES, MAX_PAGE_BYTES
from store.records import Message
from store.search.index import Candidate, Index, Key, Sieve, first_id, milliseconds
from store.search.indexer import Indexer
from store.search.pace import Pace
from store.search.terms import MAX_KEY_CHARS, Sought, Term, contains, searched_text, special

MAX_SECONDS = 3.0
MAX_LOOKS = 2_000  # messages that one search reads
MAX_CONCURRENT = 3  # searches at work, more than one user may have; others wait


@dataclass(frozen=True, slots=True)
class Query:
    """A search query; `rooms` are those that the asker may read."""

    rooms: Set[str]
    terms: Sequence[Sought] = ()
    special: Sequence[Set[str]] = ()  # of each, one key must be there
    without: Sequence[Sought] = ()
    without_special: Set[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, message: Message) -> bool:
        """True if a message is a hit, by its latest state."""
        held, text = special(message), searched_text(message)
        return (
            not message.deleted
            and message.room in self.rooms
            and not any(keys.isdisjoint(held) for keys in self.special)
            and self.without_special.isdisjoint(held)
            and (self.since is None or message.created_at >= self.since)
            and (self.until is None or message.created_at < self.until)
            and contains(text, self.terms)
            and not any(contains(text, [each]) for each in self.without)
        )

    def sieve(self, below: int) -> Sieve:
        """The part of it that the index can answer."""
        asked = [[Key(*key)] for term in self.terms for key in term.held_as()]
        asked += [[Key(name) for name in sorted(keys)] for keys in self.special]
        return Sieve(
            rooms=[*self.rooms],
            all_of=asked,
            none_of=[
                *(Key(*key) for each in self.without if (key := _only_key(each))),
                *map(Key, sorted(self.without_special)),
            ],
            since=first_id(milliseconds(self.since)) if self.since else -(2**63),
            below=min(
                first_id(milliseconds(self.until) + 1) if self.until else below, below
            ),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, the message after which to go on if there may be more, and of how much."""

    messages: Sequence[Message]
    after: Candidate | None
    indexed: float


class Search:
    """Asks the index for candidates, until there is a page of hits."""

    def __init__(self, db: Database, indexer: Indexer) -> None:
        self._db, self._indexer = db, indexer
        self._turns = asyncio.Semaphore(MAX_CONCURRENT)

    async def find(
        self, query: Query, pace: Pace, *, limit: int, after: Message | None = None
    ) -> Found:
        """At most `limit` hits, the newest first, older than a message.

        Raises:
            Unavailable: if it takes too long, or the index has a fault.
        """
        try:
            async with asyncio.timeout(MAX_SECONDS), self._turns:
                indexed = await self._indexer.catch_up()
                below = 2**63 - 1 if after is None else await self._id(after)
                return await self._find(query, pace, limit, below, indexed)
        except TimeoutError:
            raise Unavailable(
                "The search took too long; please try again.", MAX_SECONDS
            ) from None

    async def _find(
        self, query: Query, pace: Pace, limit: int, below: int, indexed: float
    ) -> Found:
        found: list[tuple[Candidate, Message]] = []
        size, looked, room_left = limit + 1, 0, MAX_PAGE_BYTES
        while len(found) <= limit and looked < MAX_LOOKS:
            some = await self._indexer.candidates(query.sieve(below), size)
            async with aclosing(self._stored(some, pace)) as stored:
                async for each, message in stored:
                    if query.fits(message):
                        found.append((each, message))
                        room_left -= messages.size_of(message)
                    if room_left < 0:
                        limit = max(1, len(found) - 1)
                    if len(found) > limit:
                        break
            if len(some) < size:
                break
            below, last = some[-1].id, some[-1]
            looked += size
            size = min(size * 4, 500)  # Pairs of characters may stand apart: few were hits.
        hits = [message for _, message in found[:limit]]
        if len(found) > limit:
            return Found(hits, found[limit - 1][0], indexed)
        return Found(hits, last if len(some) == size else None, indexed)

    async def _stored(
        self, some: Sequence[Candidate], pace: Pace
    ) -> AsyncGenerator[tuple[Candidate, Message]]:
        """Candidates that are there, with their messages."""
        for first in range(0, len(some), BATCH_MESSAGES):
            batch = some[first : first + BATCH_MESSAGES]
            stored = await messages.by_seq(
                self._db, [(each.room, each.seq) for each in batch]
            )
            pace.go_on()
            for each in batch:
                if message := stored.get((each.room, each.seq)):
                    yield each, message
                    await pace.rest()

    async def _id(self, after: Message) -> int:
        known = await self._indexer.ask(Index.id_of, after.room, after.seq)
        return first_id(milliseconds(after.created_at) + 1) if known is None else known


def _only_key(sought: Sought) -> tuple[str, bool] | None:
    """The key that exactly those messages hold which have this, if there is such a one."""
    term = sought if isinstance(sought, Term) else sought.terms[0]
    keys = sought.held_as()
    is_exact = len(keys) == 1 and len(term.folded) < (3 if term.is_run else MAX_KEY_CHARS)
    return keys[0] if is_exact else None
