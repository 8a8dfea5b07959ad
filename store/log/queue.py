"""The bounded queue in front of the log; who waits too long is told `unavailable`."""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from store.database import RETRY_SECONDS
from store.errors import Unavailable
from store.lease.timeouts import DB_SECONDS
from store.log.batch import Entry

MAX_BATCH = 500  # changes in one commit
GATHER_SHARE = 0.5  # of the time of a commit, to wait for those who were just answered
MAX_GATHER_SECONDS = 0.005
MAX_WORK_SECONDS = 2.0  # of work that may wait; beyond, sends are refused
MIN_CAPACITY, MAX_CAPACITY = 2_000, 5_000  # changes that may wait, at any speed
LOOK_SECONDS = 0.5  # between looks for senders who have waited for too long
AWAY = "The message could not be stored yet; send it again with the same id."


class Queue:
    """The changes that wait, and those of the batch that is being committed."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._taken: list[Entry] = []
        self._waiting = asyncio.Event()
        self._enough = asyncio.Event()
        # Of the last commit: how many it had, when it began, and how long it took.
        self._size, self._began, self._took = 0, 0.0, 0.0
        self._expected = 1
        self._room_left = MIN_CAPACITY
        self._rate = MIN_CAPACITY / MAX_WORK_SECONDS
        self._timer: asyncio.TimerHandle | None = None

    def put(self, entry: Entry) -> None:
        """Let a change wait.

        Raises:
            Unavailable: if more waits than can be stored within about two seconds.
        """
        if len(self._entries) >= self._room_left:
            raise Unavailable("More is waiting than can be stored now.", RETRY_SECONDS)
        self._entries.append(entry)
        self._waiting.set()
        if len(self._entries) >= self._expected:
            self._enough.set()
        if self._timer is None:
            self._look_later()

    def put_back(self, entries: list[Entry]) -> None:
        """Let changes of the batch wait again, before all others."""
        self._entries.extendleft(reversed(entries))

    async def gather(self) -> None:
        """Wait for a change, and then a moment for those whom the last batch has answered.

        They go on at the same time as those who wait already. Without the wait, people who
        talk to each other fall into two halves that take turns: twice the commits.
        """
        await self._waiting.wait()
        if len(self._entries) < self._expected:
            self._enough.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(
                    min(self._took * GATHER_SHARE, MAX_GATHER_SECONDS)
                ):
                    await self._enough.wait()
        self._began = asyncio.get_running_loop().time()

    def take(self) -> list[Entry]:
        """The changes of the next batch."""
        while self._entries and len(self._taken) < MAX_BATCH:
            entry = self._entries.popleft()
            if not entry.done.done():  # Nobody waits for it, and nothing of it is stored.
                self._taken.append(entry)
        self._size = len(self._taken)
        return self._taken

    def committed(self) -> None:
        """Take note that the batch is over, and how long it took."""
        self._taken = []
        self._took = asyncio.get_running_loop().time() - self._began
        self._expected = min(self._size + len(self._entries), MAX_BATCH)
        if self._size >= MIN_CAPACITY / 10:  # Small batches do not tell how fast we are.
            self._rate += 0.2 * (self._size / max(self._took, 1e-4) - self._rate)
            self._room_left = int(
                min(max(self._rate * MAX_WORK_SECONDS, MIN_CAPACITY), MAX_CAPACITY)
            )
        if not self._entries:
            self._waiting.clear()

    def length(self) -> int:
        """The number of entries that wait, without those under way."""
        return len(self._entries)

    def is_stuck(self) -> bool:
        """True if the oldest entry has waited longer than `DB_SECONDS`."""
        oldest = next(iter(self._outstanding()), None)
        return oldest is not None and oldest.age() > DB_SECONDS

    async def flush(self) -> None:
        """Wait until everything that was put before is stored or refused."""
        if waiting := [entry.done for entry in self._outstanding()]:
            await asyncio.wait(waiting)

    def close(self) -> None:
        """Refuse everything that is not stored."""
        if self._timer:
            self._timer.cancel()
        _refuse(self._outstanding())

    def _outstanding(self) -> list[Entry]:
        return [*self._taken, *self._entries]

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(
            LOOK_SECONDS, self._tell_the_late
        )

    def _tell_the_late(self) -> None:
        """Refuse who has waited for too long; what may be stored stays in its batch."""
        self._timer = None
        outstanding = self._outstanding()
        _refuse(entry for entry in outstanding if entry.age() > DB_SECONDS)
        if outstanding:
            self._look_later()


def _refuse(entries: Iterable[Entry]) -> None:
    for entry in entries:
        entry.refuse(Unavailable(AWAY, RETRY_SECONDS))
