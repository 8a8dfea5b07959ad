"""Which messages may be hits: what the index says, block by block."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from store.database import Database
from store.search import postings
from store.search.groups import EVERY, SIZE, Group, newest_first
from store.search.postings import Block

TURN = 0.002  # seconds of work until others have theirs


@dataclass(slots=True)
class Step:
    """A question to the index, which rules out the messages that do not fit."""

    group: str
    sought: Sequence[Callable[[Group], int]]  # all must hold
    cost: float = 1.0  # of asking about a block, in messages that are read in that time
    kept: float = 1.0  # the share that it leaves: as expected, then as last time


class Candidates:
    """The messages of some blocks that nothing has ruled out."""

    def __init__(self, db: Database, newest: Block, numbers: Iterable[int]) -> None:
        self._db, self._newest = db, newest
        self._alive = dict.fromkeys(numbers, EVERY)
        self._since = time.monotonic()

    def count(self) -> int:
        """How many there are."""
        return sum(mask.bit_count() for mask in self._alive.values())

    async def narrow(self, steps: Iterable[Step]) -> None:
        """Ask the index, as long as that costs less than to look at what is left."""
        for step in sorted(steps, key=lambda step: step.kept * step.cost):
            before = self.count()
            if before > step.cost * len(self._alive):
                await self._keep(step)
                step.kept = (1 + self.count()) / (1 + before)

    async def keep_within(self, since: datetime | None, until: datetime | None) -> None:
        """Rule out what was posted at another time, give or take a second."""
        times = await postings.times(self._db, self._alive)
        times[self._newest.number] = self._newest.seconds
        for number in self._alive:
            self._alive[number] &= postings.within(times[number], since, until)
            await self._give_way()

    def serials(self) -> Iterator[int]:
        """Their serials, in the order of the blocks, and the newest of each first."""
        for number, mask in self._alive.items():
            for slot in newest_first(mask):
                yield number * SIZE + slot

    async def _keep(self, step: Step) -> None:
        stored = [number for number in self._alive if number != self._newest.number]
        groups = await postings.find(self._db, step.group, stored)
        if self._newest.number in self._alive:
            groups[self._newest.number] = self._newest.packed(step.group)
        for number in list(self._alive):
            parts = groups.get(number, ())
            for who in step.sought:
                self._alive[number] &= reduce(or_, map(who, parts), 0)
            if not self._alive[number]:
                del self._alive[number]
            await self._give_way()

    async def _give_way(self) -> None:
        """Let messages go between, not after, what is asked about many blocks."""
        if time.monotonic() - self._since > TURN:
            await asyncio.sleep(0)
            self._since = time.monotonic()
