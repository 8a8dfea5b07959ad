"""Read marks on their way to the database, gathered: a mark moves with every message."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from store import members
from store.database import Database
from store.errors import is_away
from store.records import Member

log = logging.getLogger("hearth.marks")
DELAY = 1.0  # seconds; kill -9 sets marks back by as much, and never loses a message
REST = 10  # times as long as it took to store them, where many do: messages go before marks
LONGEST = 5.0  # seconds of that; a database that was away took long, too
FAREWELL = 1.0  # seconds that the last of them may take


class ReadMarks:
    """The read marks that moved in the last second.

    Members are remembered with the mark they had when they were read, so whoever shows a
    mark asks `of`, which knows the latest.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._moved: dict[tuple[str, str], int] = {}
        self._writing: dict[tuple[str, str], int] = {}
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def move(self, room: str, user: str, seq: int) -> None:
        """A user has read a room up to `seq`; stored in one to five seconds."""
        key = (room, user)
        if seq > self._moved.get(key, 0):
            self._moved[key] = seq
            if self._task is None:
                self._task = asyncio.create_task(self._write_later())

    def of(self, member: Member) -> int:
        """Where a member's mark is now."""
        key = (member.room, member.user)
        return max(member.read, self._moved.get(key, 0), self._writing.get(key, 0))

    async def flush(self) -> None:
        """Store what has moved."""
        async with self._one_at_a_time:  # Else one would forget what another writes.
            self._writing, self._moved = self._moved, {}
            if not self._writing:
                return
            try:
                self._db.lease.require()
                await members.move_marks(self._db, self._writing)
            except BaseException:
                self._take_back(self._writing)
                self._db.cache.forget(*(("member", *key) for key in self._writing))
                raise
            else:
                # Not forgotten: whoever sends moves a mark, and would be read again
                # every second.
                for key, seq in self._writing.items():
                    self._db.cache.amend(("member", *key), partial(_moved_to, seq))
            finally:
                self._writing = {}

    async def close(self) -> None:
        """Store what has moved, if the database is there in time, and stop."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        try:
            await asyncio.wait_for(self.flush(), FAREWELL)
        except Exception as error:
            log.warning("Read marks of the last seconds are lost: %r", error)

    async def _write_later(self) -> None:
        loop, took = asyncio.get_running_loop(), 0.0
        while self._moved:
            await asyncio.sleep(max(DELAY, min(REST * took, LONGEST)))
            began = loop.time()
            try:
                await self.flush()
            except Exception as error:
                if not is_away(error):
                    log.exception("Read marks could not be stored")
            took = loop.time() - began
        self._task = None

    def _take_back(self, marks: Mapping[tuple[str, str], int]) -> None:
        for key, seq in marks.items():
            self._moved[key] = max(seq, self._moved.get(key, 0))


def _moved_to(seq: int, member: Member) -> Member:
    return replace(member, read=max(seq, member.read))
