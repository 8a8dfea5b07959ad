"""Rate limits."""

import asyncio
import time
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from store.errors import TooMany

MOMENT_SECONDS = 0.001
MAX_KEYS = 10_000  # keys remembered; the oldest are forgiven first


class Throttle:
    """So many at once, and so many a second from then on, for each key (GCRA)."""

    __slots__ = ("_detail", "_empty_at", "_interval", "_slack")

    def __init__(self, rate: float, burst: int, detail: str) -> None:
        self._interval, self._detail = 1 / rate, detail
        self._slack = self._interval * (burst - 1)  # seconds that a bucket holds
        self._empty_at: dict[str, float] = {}  # when a key's bucket will have leaked out

    def take(self, *keys: str, count: int = 1) -> None:
        """Count one, or so many, for each of the keys, or for none.

        Raises:
            TooMany: if there were too many for one of them.
        """
        moment, empty_at = time.monotonic(), self._empty_at
        full = moment + (self._slack - (count - 1) * self._interval)
        for key in keys:
            wait = max(empty_at.get(key, moment), moment) - full
            if wait > 1e-6:  # less is what adding up tenths leaves
                raise TooMany(self._detail, wait)
        for key in keys:
            empty_at[key] = max(empty_at.pop(key, moment), moment) + count * self._interval
        while len(empty_at) > MAX_KEYS:
            del empty_at[next(iter(empty_at))]

    def allows(self, key: str) -> bool:
        """Count one for the key, unless there were too many."""
        try:
            self.take(key)
        except TooMany:
            return False
        return True

    def charge(self, key: str, times: int) -> None:
        """Count what an act turned out to cost: it is done, but the next ones wait."""
        if times > 0:
            moment = time.monotonic()
            leaked = max(self._empty_at.pop(key, moment), moment)
            self._empty_at[key] = leaked + times * self._interval

    def give_back(self, *keys: str, count: int = 1) -> None:
        """Uncount one, or so many, for each of the keys."""
        for key in keys:
            if key in self._empty_at:
                self._empty_at[key] -= count * self._interval


class Turns:
    """So many at once, for each key; others wait for their turn."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of = WeakValueDictionary[str, asyncio.Semaphore]()

    def of(self, key: str) -> asyncio.Semaphore:
        """The turns of a key."""
        return self._of.setdefault(key, asyncio.Semaphore(self._most))


class Share:
    """So many in a moment, for each key; others wait for the next one.

    Meanwhile the loop rests: a thread that talks to the database waits up to five
    milliseconds for a busy one, each time that it goes on.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[Hashable] = Counter()

    async def take(self, key: Hashable) -> None:
        """Count one, in this moment or in a later one."""
        while self._taken[key] >= self._most:  # noqa: ASYNC110 - each moment is asked for
            await asyncio.sleep(MOMENT_SECONDS)
        if not self._taken:
            asyncio.get_running_loop().call_later(MOMENT_SECONDS, self._taken.clear)
        self._taken[key] += 1


class ConcurrencyLimit:
    """So many at once, for each key; others are refused."""

    def __init__(self, most: int, detail: str) -> None:
        self._most, self._detail = most, detail
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one(self, key: str) -> Iterator[None]:
        """Count one for the key until the end of the block.

        Raises:
            TooMany: if there are too many at once.
        """
        if self._taken[key] >= self._most:
            raise TooMany(self._detail, 1.0)
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
