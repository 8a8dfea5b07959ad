"""The room log: the only writer of messages, one batch at a time (group commit).

What arrives while a batch is being committed makes the next one, so the cost of a journaled
write is shared, and every room has one order. `store/log/batch.py` says what a batch is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from store import messages, rooms
from store.database import RETRY_SECONDS, Database
from store.errors import NotFound, NotServing, Unavailable, is_away
from store.lease.timeouts import DB_SECONDS
from store.log.batch import Batch, Change, DuplicateKey, Entry, Post, Recount
from store.log.fence import Fence
from store.log.queue import Queue
from store.log.read_marks import ReadMarks
from store.records import Draft, Head, Message

log = logging.getLogger("hearth.log")


class Log:
    """Numbers, stores and announces every change to a message, in one order."""

    def __init__(self, db: Database, marks: ReadMarks) -> None:
        self._db, self._marks = db, marks
        self._listeners: list[Callable[[Sequence[Message]], None]] = []
        self._heads: dict[str, Head] = {}
        self.opened = asyncio.Event()  # the heads are known
        self._closed_rooms: set[str] = set()
        self._queue = Queue()
        self._fence = Fence(db)
        self._batch: Batch | None = None
        self._task: asyncio.Task[None] | None = None

    def listen(self, listener: Callable[[Sequence[Message]], None]) -> None:
        """Announce to a listener, too, what each commit stored."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Begin to write, as soon as the database is there; wait a while for it to be."""
        self._task = asyncio.create_task(self._run(), name="hearth.log")
        if self._db.prepared.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.opened.wait(), DB_SECONDS)

    async def close(self, patience: float = 3.0) -> None:
        """Commit what waits, for at most `patience` seconds, and stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.flush(), patience)
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._queue.close()

    def require(self) -> None:
        """Refuse as long as the heads are not known: all rooms would look empty.

        Raises:
            Unavailable: for a moment after the database came.
        """
        if not self.opened.is_set():
            raise Unavailable("The rooms are being read; please try again.", RETRY_SECONDS)

    def head(self, room: str) -> Head:
        """The head of a room, in what is stored for good."""
        return self._heads.get(room, Head())

    def heads(self) -> Mapping[str, Head]:
        """The heads of all rooms."""
        return self._heads

    def is_well(self) -> bool:
        """True if the writer runs and is not stuck."""
        is_running = self._task is not None and not self._task.done()
        return is_running and self.opened.is_set() and not self._queue.is_stuck()

    def waiting(self) -> int:
        """The number of changes that wait for the next commit."""
        return self._queue.length()

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
        await self._queue.flush()

    async def close_room(self, room: str) -> None:
        """Take nothing more for a room, and delete its messages."""
        self._closed_rooms.add(room)
        await self.flush()
        await messages.remove_room(self._db, room)
        self._heads.pop(room, None)

    def _enqueue(self, entry: Entry) -> None:
        if entry.room in self._closed_rooms:
            raise NotFound(rooms.ROOM_NOT_FOUND)
        self._queue.put(entry)

    async def _run(self) -> None:
        await self._db.prepared.wait()
        await self._until_there(self._open)
        while True:
            await self._queue.gather()
            await self._until_there(self._commit_next)
            self._queue.committed()
            with suppress(Exception):  # The next time will do.
                await self._fence.tidy()

    async def _until_there(self, step: Callable[[], Awaitable[None]]) -> None:
        """Repeat a step until the database is there for it."""
        pause = 0.05
        while True:
            try:
                return await step()
            except Exception as error:
                if not is_away(error):
                    log.exception("The log could not go on; trying again")
                if not isinstance(error, NotServing):
                    self._db.lost()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)

    async def _open(self) -> None:
        await self._fence.claim()
        for room in await rooms.retired(self._db):
            self._closed_rooms.add(room)
            await messages.remove_room(self._db, room)
        await self._read_heads()
        if not await self._db.meta.find_one({"_id": "answers"}):
            for room in self._heads:
                await messages.count_all_answers(self._db, room)
            await self._db.meta.insert_one({"_id": "answers"})
        for room, seq in await messages.miscounted(self._db, self._heads):
            self._enqueue(Recount(room, seq))
        self.opened.set()

    async def _read_heads(self) -> None:
        self._heads = await messages.heads(self._db)

    async def _commit_next(self) -> None:
        if self._batch is None:
            self._batch = Batch(self._db, self._fence, self._queue.take())
            await self._batch.number(self._heads, self._closed_rooms)
        batch = self._batch
        try:
            await batch.store()
        except DuplicateKey as repeated:
            if repeated.foreign:
                log.error("Another server writes to this database; there must be only one.")
                await self._read_heads()
            self._queue.put_back(repeated.rest)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("The database refused a batch; its senders were told")
            batch.refuse(error)
            await self._read_heads()
        self._settle(batch)
        self._batch = None

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
            if isinstance(entry, Post) and not message.via:  # A hook reads nothing.
                self._marks.posted(message.room, message.sender, message.seq)
        if stored:
            for listener in self._listeners:
                listener(stored)
