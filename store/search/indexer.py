"""The indexer: hears what the log stores, and keeps the search's index up to it.

What it did not hear, because the process ended or the file was damaged, it reads from the
messages: the index holds the `rev` up to which it has each room.
"""

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from store import messages
from store.database import Database
from store.errors import Unavailable, is_away
from store.log.writer import Log
from store.records import Message
from store.search.index import Candidate, Index, Row, Sieve, delete, is_damage, milliseconds
from store.search.terms import keys, searched_text, special

P = ParamSpec("P")
T = TypeVar("T")
logger = logging.getLogger("hearth.search")

FILE = "search.sqlite"
STEP_MESSAGES = 100  # messages read from the database at once
BATCH_MESSAGES = 500  # messages that were heard, and are taken over at once
TURN_SECONDS = 0.001  # of reading words until others have theirs
REST_FACTOR = 3  # times as long as a step took, if somebody wrote meanwhile
PURGE_REST_FACTOR = 100  # times as long as a purge took, until the next
COMPACT_BYTES_PER_SECOND = (
    10_000_000  # a tenth of what is usual: nobody has searched so long
)
GATHER_SECONDS = 1.0  # in which messages gather when nobody searches
MAX_WAITING = 5_000  # messages; if more come, they are read from the database later
CATCH_UP_SECONDS = 2.5  # that a search waits for the index
MAX_AWAITED = 1_000  # messages, if so many are missing, a search waits for them
MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0  # until the next try after a fault
UNAVAILABLE = "Search is not available now; please try again."


class Indexer:
    """Keeps the index; a fault of its file is logged once, and stops nobody else."""

    def __init__(self, db: Database, log: Log, folder: Path, thread: Executor) -> None:
        """Keep it in a folder, and work on it in an executor's one thread."""
        self._db, self._log, self._path, self._thread = db, log, folder / FILE, thread
        self._index: Index | None = None
        self._file: Index | None = None  # the same; its thread opens and closes it
        self._fault: Exception | None = None
        self._is_down = False
        self._cursors: dict[str, int] = {}
        self._behind: set[str] = set()  # rooms to be read from the database
        self._gone: set[str] = set()  # rooms to be taken out
        self._waiting: deque[Message] = deque()
        self._heard = self._done = 0
        self._clean_at = self._asked_at = 0.0  # when to clean the file; the last search
        self._is_purged = False
        self._due, self._sought = asyncio.Event(), asyncio.Event()
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, as soon as the log knows how far each room is."""
        self._task = asyncio.create_task(self._run(), name="hearth.search")

    async def close(self) -> None:
        """Stop; what is missing is read at the next start."""
        if self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        await asyncio.wait([task])
        await self._close_index()
        self._thread.shutdown(wait=False)

    def hear(self, stored: Sequence[Message]) -> None:
        """Take note of what a commit stored."""
        self._heard += len(stored)
        if len(self._waiting) < MAX_WAITING:
            self._waiting.extend(stored)
        else:
            self._behind.update(message.room for message in stored)
        self._due.set()

    def forget(self, room: str) -> None:
        """Take a deleted room out, soon."""
        self._gone.add(room)
        self._wake()

    async def ask(
        self, job: Callable[Concatenate[Index, P], T], *args: P.args, **more: P.kwargs
    ) -> T:
        """Ask the index something.

        Raises:
            Unavailable: if it is not open, or has a fault.
            TimeoutError: if it takes too long.
        """
        if self._index is None or self._fault:
            raise Unavailable(UNAVAILABLE)
        try:
            return await self._do(job, self._index, *args, **more)
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            if code == sqlite3.SQLITE_INTERRUPT:
                raise TimeoutError from None
            if code == sqlite3.SQLITE_ERROR:
                raise  # The question was wrong; the file is good.
            self._fault = error
            self._wake()
            raise Unavailable(UNAVAILABLE) from None

    async def candidates(self, sieve: Sieve, limit: int) -> list[Candidate]:
        """The newest messages that may be hits.

        Raises:
            Unavailable: if the index is not open, or has a fault.
            TimeoutError: if it takes too long.
        """
        self._asked_at = asyncio.get_running_loop().time()
        return await self.ask(Index.candidates, sieve, limit)

    async def catch_up(self) -> float:
        """Wait a while until the index holds what is stored now; the share that it holds.

        Raises:
            Unavailable: if it has a fault.
        """
        if self._is_down:
            raise Unavailable(UNAVAILABLE)
        heard = self._heard
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_SECONDS), self._moved:
                while self._done < heard or self._behind or self._index is None:
                    if self._index and self._missing() > MAX_AWAITED:
                        break
                    self._sought.set()
                    await self._moved.wait()
        missing = self._missing() if self._behind else max(heard - self._done, 0)
        return max(1 - missing / max(self._stored(), 1), 0)  # Some may be missing twice.

    async def complete(self) -> None:
        """Wait until the index holds everything, however long it takes."""
        async with self._moved:
            while self._index is None or self._behind or self._waiting or self._gone:
                self._sought.set()
                await self._moved.wait()

    def _stored(self) -> int:
        return sum(head.rev for head in self._log.heads().values())

    def _missing(self) -> int:
        cursors = self._cursors
        return len(self._waiting) + sum(
            max(self._log.head(room).rev - cursors.get(room, 0), 0) for room in self._behind
        )

    def _wake(self) -> None:
        self._due.set()
        self._sought.set()

    async def _run(self) -> None:
        await self._log.opened.wait()
        pause = 0.0
        while True:
            try:
                if self._index is None:
                    await self._open()
                await self._work()
                pause = 0.0
                await self._rest()
            except Exception as error:
                if not is_away(error):
                    await self._fail(error, is_first=not pause)
                pause = min(max(pause * 2, MIN_PAUSE_SECONDS), MAX_PAUSE_SECONDS)
                await asyncio.sleep(pause)

    async def _open(self) -> None:
        index = await self._do(self._open_file)
        cursors = await self._do(index.cursors)
        # All at once from here: a search in between would take what is there for all.
        self._index, self._fault, self._is_down = index, None, False
        self._cursors, heads = cursors, self._log.heads()
        self._waiting.clear()  # The heads are as far.
        self._done = self._heard
        self._behind = {
            room for room, head in heads.items() if head.rev > self._cursors.get(room, 0)
        }
        self._gone |= {
            room
            for room, rev in self._cursors.items()
            if room not in heads or rev > heads[room].rev
        }

    async def _work(self) -> None:
        """Take over everything that there is, in steps between which others have theirs."""
        await self._keep_up()
        loop = asyncio.get_running_loop()
        while self._behind:
            began, heard = loop.time(), self._heard
            await self._read(next(iter(self._behind)))
            if self._heard > heard:  # Messages go before their index.
                await asyncio.sleep((loop.time() - began) * REST_FACTOR)
            await self._keep_up()
        if loop.time() >= self._clean_at and not await self.ask(Index.is_clean):
            await self._clean()

    async def _clean(self) -> None:
        """Leave nothing in the file of what was taken out, once nobody searches."""
        loop = asyncio.get_running_loop()
        began, is_first = loop.time(), True
        while not self._is_purged and await self.ask(Index.purge, first=is_first):
            is_first = False
            await self._keep_up()
        self._is_purged = True
        quiet_at = self._asked_at + await self.ask(Index.size) / COMPACT_BYTES_PER_SECOND
        if loop.time() < quiet_at:
            self._clean_at = quiet_at
            return
        await self.ask(Index.compact)
        self._is_purged = False
        self._clean_at = loop.time() + (loop.time() - began) * PURGE_REST_FACTOR

    async def _keep_up(self) -> None:
        """Take over what was heard and not read, and take out what was deleted."""
        if self._fault:
            raise self._fault
        while self._waiting:
            count = min(BATCH_MESSAGES, len(self._waiting))
            some = [self._waiting.popleft() for _ in range(count)]
            await self._take_heard(some)
            self._done += count
        for room in [*self._gone]:
            while await self.ask(Index.forget, room):
                pass
            self._cursors.pop(room, None)
            self._gone.discard(room)
            if self._log.head(room).rev:
                self._behind.add(room)  # It is another's: of a copy of the database.
        self._sought.clear()
        async with self._moved:
            self._moved.notify_all()

    async def _take_heard(self, some: Iterable[Message]) -> None:
        cursors: dict[str, int] = {}
        latest: dict[tuple[str, int], Message] = {}
        for message in some:
            room, cursor = message.room, cursors.get(message.room)
            if cursor is None:
                cursor = self._cursors.get(room, 0)
            if message.rev == cursor + 1 and room not in self._gone:
                cursors[room] = message.rev
                latest[room, message.seq] = message
            elif message.rev > cursor:
                self._behind.add(room)
        await self._apply(latest.values(), cursors)

    async def _read(self, room: str) -> None:
        until, cursor = self._log.head(room).rev, self._cursors.get(room, 0)
        some = await messages.changes(
            self._db, room, since=cursor, until=until, limit=STEP_MESSAGES
        )
        if room in self._gone:
            self._behind.discard(room)
            return
        reached = some[-1].rev if len(some) == STEP_MESSAGES else until
        await self._apply(some, {room: max(reached, cursor)})
        if self._cursors[room] >= self._log.head(room).rev:
            self._behind.discard(room)

    async def _apply(self, some: Iterable[Message], cursors: Mapping[str, int]) -> None:
        rows, since = [], time.monotonic()
        for message in some:
            rows.append(_row(message))
            if time.monotonic() - since > TURN_SECONDS:
                await asyncio.sleep(0)  # Others have their turn.
                since = time.monotonic()
        if cursors:
            try:
                await self._do(self._opened().apply, rows, cursors)
            except BaseException:
                self._behind.update(cursors)
                raise
            self._cursors.update(cursors)

    async def _rest(self) -> None:
        """Wait for something to do, and then a moment for more of it."""
        async with self._moved:
            self._moved.notify_all()
        left = None
        if not await self.ask(Index.is_clean):
            left = max(self._clean_at - asyncio.get_running_loop().time(), 0) + 0.01
        with suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self._due.wait()
        self._due.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                await self._sought.wait()

    async def _fail(self, error: Exception, *, is_first: bool) -> None:
        """Close the file, so that it is opened again; delete it if it is of no use."""
        error, self._is_down = self._fault or error, True
        if is_first:
            ours = None if isinstance(error, (sqlite3.Error, OSError)) else error
            logger.error(
                "The search's index has a fault; trying again: %r", error, exc_info=ours
            )
        await self._close_index()
        if isinstance(error, sqlite3.Error) and is_damage(error):
            with suppress(OSError):
                await self._do(delete, self._path)

    async def _close_index(self) -> None:
        self._index = None
        with suppress(sqlite3.Error):
            await self._do(self._close_file)

    def _open_file(self) -> Index:
        """Open it so that it is closed, too, if nobody waits for it any more."""
        self._file = Index.open(self._path, self._db.epoch)
        return self._file

    def _close_file(self) -> None:
        file, self._file = self._file, None
        if file:
            file.close()

    def _opened(self) -> Index:
        assert self._index is not None
        return self._index

    async def _do(self, job: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """Run a job in the index's thread, after those that were given before."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: job(*args, **more))


def _row(message: Message) -> Row:
    held = keys(searched_text(message)) | special(message)
    return Row(
        message.room,
        message.seq,
        milliseconds(message.created_at),
        "" if message.deleted else f" {' '.join(held)} ",
    )
