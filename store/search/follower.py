"""The follower: reads every new text behind the log, and keeps the index of the search.

The newest block is in memory; a complete one is stored. What was not stored when the
process ended is read again from the messages at the next start.
"""

import asyncio
import logging
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from store import messages, rooms
from store.database import Database
from store.errors import Unavailable, is_away
from store.log.writer import Log
from store.records import Message
from store.search import postings, serials
from store.search.groups import SIZE
from store.search.postings import Block
from store.search.terms import keys

logger = logging.getLogger("hearth.follower")

STEP = 100  # texts read at once: a few milliseconds
REST = 3  # times as long as a step took, so that messages go before their index
PAUSE = 1.0  # seconds in which messages gather when nobody searches
PATIENCE = 2.5  # seconds that a search waits for the index
LINK = re.compile(r"https?://\w", re.IGNORECASE)
BEHIND = "Messages are still being prepared for search; please try again."


class Follower:
    """Keeps the index up to the log's last serial."""

    def __init__(self, db: Database, log: Log) -> None:
        self._db, self._log = db, log
        self.newest = Block(0)
        self.next = 0  # the first serial that is not in the index
        self._sought = asyncio.Event()
        self._moved = asyncio.Condition()
        self._to_forget = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow, as soon as the database is there."""
        self._task = asyncio.create_task(self._run(), name="hearth.follower")

    async def close(self) -> None:
        """Stop; nothing is lost."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def catch_up(self) -> None:
        """Wait until the index holds everything that is stored now.

        Raises:
            Unavailable: if that takes too long, as after the start of a server with many
                messages and no index.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                await self.reach(self._log.serial)
        except TimeoutError:
            raise Unavailable(BEHIND, PATIENCE) from None

    async def reach(self, serial: int) -> None:
        """Wait until the index holds everything up to a serial, however long it takes."""
        if self.next <= serial:
            self._sought.set()
            async with self._moved:
                await self._moved.wait_for(lambda: self.next > serial)

    def forget_rooms(self) -> None:
        """Remove from the index what is left of deleted rooms, soon."""
        self._to_forget = True
        self._sought.set()
        self._log.grew.set()

    async def _run(self) -> None:
        await self._db.prepared.wait()
        is_open = False
        while True:
            try:
                if not is_open:
                    await self._open()
                    is_open = True
                await self._follow()
                if self._to_forget:
                    await self._forget()
            except Exception as error:
                if not is_away(error):
                    logger.exception("The index could not be kept; trying again")
                is_open = False
                await asyncio.sleep(PAUSE)
            if is_open and self.next > self._log.serial and not self._to_forget:
                self._sought.clear()  # Else somebody may be waiting already.
                await self._log.grew.wait()
            self._log.grew.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._sought.wait(), PAUSE)

    async def _open(self) -> None:
        await serials.number_old(self._db)
        self._to_forget = True
        self.newest = Block(await postings.completed(self._db))
        self.next = self.newest.number * SIZE

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        while self.next <= self._log.serial:
            began = loop.time()
            end = (self.newest.number + 1) * SIZE
            await self._take(min(self.next + STEP, self._log.serial + 1, end))
            if self.next == end:
                await postings.save(self._db, self.newest)
                self.newest = Block(self.newest.number + 1)
            async with self._moved:
                self._moved.notify_all()
            if not self._sought.is_set():
                if self._log.serial - self.next < STEP:
                    return  # They wait: a look costs as much for few as for many.
                await asyncio.sleep((loop.time() - began) * REST)

    async def _take(self, end: int) -> None:
        """Read the texts whose numbers are below `end`."""
        posted = await messages.numbered(self._db, "serial", self.next, end)
        revised = await messages.numbered(self._db, "revised", self.next, end)
        _add(self.newest, posted)
        for number, changed in _by_block(revised).items():
            if number == self.newest.number:
                _change(self.newest, changed)
            else:
                block, stored = await postings.load(self._db, number)
                _change(block, changed)
                await postings.save(self._db, block, stored)
        self.next = end

    async def _forget(self) -> None:
        self._to_forget = False
        gone = set(await rooms.retired(self._db))
        self.newest.forget_rooms(gone)
        for number in await postings.holding(self._db, gone):
            block, stored = await postings.load(self._db, number)
            block.forget_rooms(gone)
            await postings.save(self._db, block, stored)


def special(message: Message) -> set[str]:
    """The keys of a message that are no words: no word begins with such a sign."""
    found = {f"@{message.sender}", f"#{message.room}"}
    if LINK.search(message.text):
        found.add("!link")
    if message.files:
        found.add("!file")
    return found


def _add(block: Block, posted: Iterable[Message]) -> None:
    for message in posted:
        if not message.deleted:
            block.add(
                message.serial % SIZE,
                message.created_at,
                keys(message.text) | special(message),
            )


def _change(block: Block, revised: Sequence[Message]) -> None:
    block.forget([message.serial % SIZE for message in revised])
    _add(block, revised)


def _by_block(revised: Iterable[Message]) -> dict[int, list[Message]]:
    found: dict[int, list[Message]] = {}
    for message in revised:
        found.setdefault(message.serial // SIZE, []).append(message)
    return found
