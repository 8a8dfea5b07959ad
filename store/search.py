"""Finds messages by their words, newest first, in the rooms that somebody may read."""

import asyncio
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from operator import methodcaller

from store import messages, postings
from store.database import Database
from store.errors import Unavailable
from store.follower import Follower, special
from store.groups import EVERY, SIZE, Group, newest_first
from store.postings import Block, group
from store.records import Message
from store.terms import Term, match

MOST_BLOCKS = 256  # that one search looks through: two million messages
FIRST, GROWTH = 4, 8  # blocks looked through at once: few, and more while there is nothing
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

    def sought(self) -> list[tuple[str, bool]]:
        """What the index must hold, first what is likely to be rare; and what may go on."""
        asked = [each for term in self.terms for each in term.sought()]
        asked.sort(key=lambda each: -len(each[0]))
        return asked + [(key, False) for key in self.special]


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, and the serial below which to go on if there may be more."""

    messages: Sequence[Message]
    below: int | None


class Search:
    """Looks through the index, block by block, until there is a page of hits."""

    def __init__(self, db: Database, follower: Follower) -> None:
        self._db, self._follower = db, follower
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
        found: list[Message] = []
        for some in _growing(numbers):
            slots = await self._look(query, newest, some, limit)
            serials = [
                n * SIZE + slot for n in some for slot in newest_first(slots.get(n, 0))
            ]
            serials = [serial for serial in serials if serial < below]
            most = limit + 1 - len(found)
            while serials and len(found) <= limit:
                now, serials = serials[:most], serials[most:]
                stored = await messages.by_serial(self._db, now)
                hits = (stored[serial] for serial in now if serial in stored)
                found += [message for message in hits if query.fits(message)]
                most *= 4  # Pairs of characters may stand apart: few were hits.
            if len(found) > limit:
                return Found(found[:limit], found[limit - 1].serial)
        return Found(found, numbers[-1] * SIZE if rest else None)

    async def _look(
        self, query: Query, newest: Block, numbers: Sequence[int], few: int
    ) -> dict[int, int]:
        """The slots that the index gives for a query, in each of some blocks."""
        alive = dict.fromkeys(numbers, EVERY)
        known: dict[str, dict[int, list[Group]]] = {}

        async def narrow(name: str, who: Callable[[Group], int]) -> None:
            if name not in known:
                stored = [number for number in alive if number != newest.number]
                known[name] = await postings.find(self._db, name, stored)
                known[name][newest.number] = newest.packed(name)
            for number in list(alive):
                mask = 0
                for part in known[name].get(number, ()):
                    mask |= who(part)
                alive[number] &= mask
                if not alive[number]:
                    del alive[number]

        for key, goes_on in query.sought():
            await narrow(group(key), methodcaller("with_key", key, goes_on=goes_on))
        # To read a few messages in vain costs less than to look for all rooms.
        if sum(mask.bit_count() for mask in alive.values()) > few:
            names = {f"#{room}" for room in query.rooms}
            await narrow("#", methodcaller("with_one_of", names))
        if query.since or query.until:
            times = await postings.times(self._db, alive)
            times[newest.number] = newest.seconds
            for number in alive:
                alive[number] &= postings.within(times[number], query.since, query.until)
        return alive


def _growing(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    size = FIRST
    while numbers:
        yield numbers[:size]
        numbers, size = numbers[size:], size * GROWTH
