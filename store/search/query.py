"""Finds messages by their words, newest first, in the rooms that somebody may read."""

import asyncio
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile, islice
from operator import methodcaller

from store import messages
from store.database import Database
from store.errors import Unavailable
from store.log.writer import Log
from store.records import Message
from store.search import postings
from store.search.candidates import Candidates, Step
from store.search.follower import Follower, special
from store.search.groups import SIZE, Group
from store.search.postings import group
from store.search.terms import Term, match

MOST_BLOCKS = 256  # that one search looks through: two million messages
FIRST, GROWTH = 4, 8  # blocks looked through at once; at most so many times as many then
MANY = 100  # rooms, to look for which takes twice as long as for one
LONGEST = 3.0  # seconds
SIDE_BY_SIDE = 2  # searches at work; others wait
_FAR = 2**40


@dataclass(frozen=True, slots=True)
class Query:
    """What is sought; `rooms` are those that the asker may read."""

    rooms: Set[str]
    terms: Sequence[Term] = ()
    special: Set[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, message: Message) -> bool:
        """Whether a message is a hit, by its latest state."""
        return (
            not message.deleted
            and message.room in self.rooms
            and self.special <= special(message)
            and (self.since is None or message.created_at >= self.since)
            and (self.until is None or message.created_at < self.until)
            and match(message.text, self.terms) is not None
        )

    def steps(self, share: float) -> list[Step]:
        """What to ask the index, if so much of all messages is in the rooms."""
        asked = [each for term in self.terms for each in term.sought()]
        asked.sort(key=lambda each: -len(each[0]))  # Long words are likely to be rare.
        groups: dict[str, list[Callable[[Group], int]]] = {}
        for key, goes_on in [*asked, *((key, False) for key in self.special)]:
            who = methodcaller("with_key", key, goes_on=goes_on)
            groups.setdefault(group(key), []).append(who)
        inside = methodcaller("with_one_of", {f"#{room}" for room in self.rooms})
        rooms = Step("#", [inside], cost=1 + len(self.rooms) / MANY, kept=share)
        return [*(Step(name, sought) for name, sought in groups.items()), rooms]


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, and the serial below which to go on if there may be more."""

    messages: Sequence[Message]
    below: int | None


class Search:
    """Looks through the index, block by block, until there is a page of hits."""

    def __init__(self, db: Database, log: Log, follower: Follower) -> None:
        self._db, self._log, self._follower = db, log, follower
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def find(self, query: Query, *, limit: int, below: int | None = None) -> Found:
        """At most `limit` hits with serials below one, the newest first.

        Raises:
            Unavailable: if it takes too long, or the index is far behind.
        """
        try:
            async with asyncio.timeout(LONGEST), self._turns:
                await self._follower.catch_up()
                return await self._find(query, limit, _FAR if below is None else below)
        except TimeoutError:
            raise Unavailable(
                "The search took too long; please try again.", LONGEST
            ) from None

    async def _find(self, query: Query, limit: int, below: int) -> Found:
        newest = self._follower.newest  # may become complete meanwhile; it is the same then
        numbers = [n for n in range(newest.number, -1, -1) if n * SIZE < below]
        if query.since or query.until:
            there = await postings.between(self._db, query.since, query.until)
            numbers = [n for n in numbers if n in there or n == newest.number]
        numbers, rest = numbers[:MOST_BLOCKS], numbers[MOST_BLOCKS:]
        steps = query.steps(self._share(query.rooms))
        found: list[Message] = []
        looked, size = 0, FIRST
        while some := numbers[looked : looked + size]:
            candidates = Candidates(self._db, newest, some)
            await candidates.narrow(steps)
            if query.since or query.until:
                await candidates.keep_within(query.since, query.until)
            serials = dropwhile(below.__le__, candidates.serials())
            most = limit + 1 - len(found)
            while len(found) <= limit and (now := list(islice(serials, most))):
                stored = await messages.by_serial(self._db, now)
                hits = (stored[serial] for serial in now if serial in stored)
                found += [message for message in hits if query.fits(message)]
                most *= 4  # Pairs of characters may stand apart: few were hits.
            if len(found) > limit:
                return Found(found[:limit], found[limit - 1].serial)
            looked += size
            # As many more as seem to have what is missing, by what these had.
            size = looked * min(GROWTH, 1 + (limit - len(found)) // (1 + len(found)))
        return Found(found, numbers[-1] * SIZE if rest else None)

    def _share(self, rooms: Set[str]) -> float:
        """Which part of all messages is in some rooms, about."""
        inside = sum(self._log.head(room).seq for room in rooms)
        return (1 + inside) / (1 + self._log.serial)
