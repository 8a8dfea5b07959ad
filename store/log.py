"""The room log: the only writer of messages, one batch at a time (group commit).

What arrives while a batch is being committed makes the next one, so the cost of a journaled
write is shared, and every room has one order. `store/batch.py` says what a batch is.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from store import messages, rooms
from store.batch import Batch, Change, Entry, Post, Repeated
from store.database import RETRY_AFTER, Database
from store.errors import NotFound, Unavailable, is_away
from store.marks import Marks
from store.records import Draft, Head, Message

log = logging.getLogger("hearth.log")

BATCH = 500  # changes in one commit
WORK = 2.0  # seconds of work that may wait; beyond, sends are refused
FLOOR, CEILING = (
    2_000,
    5_000,
)  # changes that may wait, however slow or fast the commits were
PATIENCE = 4.5  # seconds until a waiting sender is told that it may take longer
AWAY = "The message could not be stored yet; send it again with the same id."


class Log:
    """Numbers, stores and announces every change to a message, in one order."""

    def __init__(
        self, db: Database, marks: Marks, announce: Callable[[Sequence[Message]], None]
    ) -> None:
        self._db, self._marks, self._announce = db, marks, announce
        self._heads: dict[str, Head] = {}
        self._opened = asyncio.Event()
        self._closed_rooms: set[str] = set()
        self._queue: deque[Entry] = deque()
        self._batch: Batch | None = None
        self._waiting = asyncio.Event()
        self._room_left = FLOOR
        self._rate = FLOOR / WORK
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Begin to write, as soon as the database is there; wait a while for it to be."""
        self._task = asyncio.create_task(self._run(), name="hearth.log")
        if self._db.prepared.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._opened.wait(), PATIENCE)

    async def close(self, patience: float = 3.0) -> None:
        """Commit what waits, for at most `patience` seconds, and stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.flush(), patience)
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._timer:
            self._timer.cancel()
        for entry in self._outstanding():
            entry.refuse(Unavailable(AWAY, RETRY_AFTER))

    def require(self) -> None:
        """Refuse as long as the heads are not known: all rooms would look empty.

        Raises:
            Unavailable: for a moment after the database came.
        """
        if not self._opened.is_set():
            raise Unavailable("The rooms are being read; please try again.", RETRY_AFTER)

    def head(self, room: str) -> Head:
        """How far a room has come, in what is stored for good."""
        return self._heads.get(room, Head())

    def is_well(self) -> bool:
        """Whether the writer runs and is not stuck."""
        is_running = self._task is not None and not self._task.done()
        return is_running and self._opened.is_set() and not self._stuck()

    def waiting(self) -> int:
        """How many changes wait for the next commit."""
        return len(self._queue)

    def post(self, draft: Draft) -> "asyncio.Future[tuple[Message, bool]]":
        """Store a message; when the future is done, it is journaled.

        The future has the message and whether it is new: a retry, known by its sender and
        id, gets the original.

        Raises:
            Unavailable: at once if too much waits, or through the future within 5 s if the
                database is away; it may be stored all the same, so retry with the same id.
        """
        entry = Post(draft)
        self._enqueue(entry)
        return entry.done

    def change(
        self, room: str, seq: int, change: Callable[[Message], Message]
    ) -> "asyncio.Future[Message]":
        """Change a message by a function of its latest state, which may refuse.

        Raises:
            NotFound: through the future, if the room has no such message.
            Unavailable: as for `post`.
        """
        entry = Change(room, seq, change)
        self._enqueue(entry)
        return entry.done

    async def flush(self) -> None:
        """Wait until everything that was handed in before is stored or refused."""
        waiting = [entry.done for entry in self._outstanding()]
        if waiting:
            await asyncio.wait(waiting)

    async def close_room(self, room: str) -> None:
        """Take nothing more for a room, and delete its messages."""
        self._closed_rooms.add(room)
        await self.flush()
        await self._db.messages.delete_many({"room": room})
        self._heads.pop(room, None)

    def _outstanding(self) -> list[Entry]:
        return [*(self._batch.entries if self._batch else ()), *self._queue]

    def _stuck(self) -> bool:
        oldest = next(iter(self._outstanding()), None)
        return oldest is not None and oldest.age() > PATIENCE

    def _enqueue(self, entry: Entry) -> None:
        if entry.room in self._closed_rooms:
            raise NotFound(rooms.STRANGER)
        if len(self._queue) >= self._room_left:
            raise Unavailable("More is waiting than can be stored now.", RETRY_AFTER)
        self._queue.append(entry)
        self._waiting.set()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(0.5, self._tell_the_late)

    def _tell_the_late(self) -> None:
        """Refuse who has waited for too long; what may be stored stays in its batch."""
        self._timer = None
        outstanding = self._outstanding()
        for entry in outstanding:
            if entry.age() > PATIENCE:
                entry.refuse(Unavailable(AWAY, RETRY_AFTER))
        if outstanding:
            self._timer = asyncio.get_running_loop().call_later(0.5, self._tell_the_late)

    async def _run(self) -> None:
        await self._db.prepared.wait()
        await self._until_there(self._open)
        loop = asyncio.get_running_loop()
        while True:
            await self._waiting.wait()
            began, size = loop.time(), len(self._queue)
            await self._until_there(self._commit_next)
            size -= len(self._queue)
            if size >= FLOOR / 10:  # Small batches say nothing about how fast we can be.
                self._rate += 0.2 * (size / max(loop.time() - began, 1e-4) - self._rate)
                self._room_left = int(min(max(self._rate * WORK, FLOOR), CEILING))
            if not self._queue:
                self._waiting.clear()

    async def _until_there(self, step: Callable[[], Awaitable[None]]) -> None:
        """Repeat a step until the database is there for it."""
        pause = 0.05
        while True:
            try:
                return await step()
            except Exception as error:
                if not is_away(error):
                    log.exception("The log could not go on; trying again")
                self._db.lost()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)

    async def _open(self) -> None:
        for room in await rooms.retired(self._db):
            self._closed_rooms.add(room)
            await self._db.messages.delete_many({"room": room})
        self._heads = await messages.heads(self._db)
        self._opened.set()

    async def _commit_next(self) -> None:
        if self._batch is None:
            self._batch = Batch(self._db, self._take())
            await self._batch.number(self._heads, self._closed_rooms)
        batch = self._batch
        try:
            await batch.store()
        except Repeated as repeated:
            if repeated.foreign:
                log.error("Another server writes to this database; there must be only one.")
                self._heads = await messages.heads(self._db)
            self._queue.extendleft(reversed(repeated.rest))
        except Exception as error:
            if is_away(error):
                raise
            log.exception("The database refused a batch; its senders were told")
            batch.refuse(error)
            self._heads = await messages.heads(self._db)
        self._settle(batch)
        self._batch = None

    def _take(self) -> list[Entry]:
        taken: list[Entry] = []
        while self._queue and len(taken) < BATCH:
            entry = self._queue.popleft()
            if not entry.done.done():  # Nobody waits for it, and nothing of it is stored.
                taken.append(entry)
        return taken

    def _settle(self, batch: Batch) -> None:
        """Answer the senders, then tell the rooms: both leave in the same write."""
        stored = []
        for message, entry in batch.stored():
            head = self.head(message.room)
            self._heads[message.room] = Head(
                max(message.seq, head.seq), max(message.rev, head.rev)
            )
            stored.append(message)
            entry.resolve(message)
            if isinstance(entry, Post):
                self._marks.move(message.room, message.sender, message.seq)
        if stored:
            self._announce(stored)
