"""Read marks on their way to the database, gathered: a mark moves with every message."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from store import members
from store.database import Database
from store.errors import is_away
from store.records import Mark, Member

log = logging.getLogger("hearth.marks")
DELAY_SECONDS = 1.0  # kill -9 sets marks back by as much, and never loses a message
REST_FACTOR = 10  # times as long as a flush took is the pause after it: messages go first
MAX_REST_SECONDS = 5.0  # of that; a database that was away took long, too
CLOSE_SECONDS = 1.0  # that the last of them may take


MAX_OWN = 200  # messages beyond a mark that are known to be its member's own
MAX_STORED = 10_000  # marks that are known for those who hold an older record of a member
Marks = dict[tuple[str, str], Mark]  # by room and user


class ReadMarks:
    """The read marks that moved in the last second.

    Members are remembered with the mark they had when they were read, so whoever shows a
    mark asks `of`, which knows the latest. A mark moves over what its person was shown,
    never over what they only posted beside.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._moved: Marks = {}
        self._writing: Marks = {}
        self._stored: Marks = {}  # a while ago, the latest ones last
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._late: set[asyncio.Task[None]] = set()

    def of(self, member: Member) -> Mark:
        """A member's mark as it is now, however old their record is."""
        key = (member.room, member.user)
        latest = Mark(member.read, member.read_version, member.own, member.joined_at)
        for marks in (self._stored, self._writing, self._moved):
            # Whoever came back since has a mark of their own.
            mark = marks.get(key, latest)
            if mark.joined_at == member.joined_at and mark.version > latest.version:
                latest = mark
        return latest

    def move(self, member: Member, seq: int) -> Mark:
        """A member has read up to `seq`; stored in one to five seconds."""
        mark = self.of(member)
        if seq > mark.seq:
            beyond = tuple(each for each in mark.own if each > seq)
            mark = self._set(member, mark, seq, beyond)
        return mark

    def set_back(self, member: Member, seq: int, own: Sequence[int]) -> Mark:
        """A member wants what is beyond `seq` unread; `own` are their messages there."""
        mark = self.of(member)
        if seq < mark.seq:
            beyond = sorted({*own, *(each for each in mark.own if each > seq)})
            mark = self._set(member, mark, seq, tuple(beyond[-MAX_OWN:]))
        return mark

    def posted(self, room: str, user: str, seq: int) -> None:
        """A member has posted this message; what lies before it may still be unread."""
        if member := self._db.cache.peek(("member", room, user)):
            self._post(member, seq)
        else:
            late = asyncio.create_task(self._post_late(room, user, seq))
            self._late.add(late)
            late.add_done_callback(self._late.discard)

    async def _post_late(self, room: str, user: str, seq: int) -> None:
        with suppress(Exception):  # Then it counts as unread, until it is shown.
            if member := await members.find(self._db, room, user):
                self._post(member, seq)

    def _post(self, member: Member, seq: int) -> None:
        mark = self.of(member)
        if mark.seq == seq - 1:  # Nothing lies between.
            self._set(member, mark, seq, ())
        elif seq > mark.seq:
            self._set(member, mark, mark.seq, (*mark.own, seq)[-MAX_OWN:])

    def _set(self, member: Member, was: Mark, seq: int, own: tuple[int, ...]) -> Mark:
        mark = Mark(seq, was.version + 1, own, member.joined_at)
        self._moved[member.room, member.user] = mark
        if self._task is None:
            self._task = asyncio.create_task(self._write_later())
        return mark

    async def flush(self) -> None:
        """Store what has moved."""
        async with self._one_at_a_time:  # Otherwise one would forget what another writes.
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
                for key, mark in self._writing.items():
                    self._db.cache.amend(("member", *key), partial(_moved_to, mark))
                    self._stored.pop(key, None)
                    self._stored[key] = mark
                while len(self._stored) > MAX_STORED:
                    del self._stored[next(iter(self._stored))]
            finally:
                self._writing = {}

    async def close(self) -> None:
        """Store what has moved, if the database is there in time, and stop."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        try:
            await asyncio.wait_for(self.flush(), CLOSE_SECONDS)
        except Exception as error:
            log.warning("Read marks of the last seconds are lost: %r", error)

    async def _write_later(self) -> None:
        loop, took = asyncio.get_running_loop(), 0.0
        while self._moved:
            await asyncio.sleep(
                max(DELAY_SECONDS, min(REST_FACTOR * took, MAX_REST_SECONDS))
            )
            began = loop.time()
            try:
                await self.flush()
            except Exception as error:
                if not is_away(error):
                    log.exception("Read marks could not be stored")
            took = loop.time() - began
        self._task = None

    def _take_back(self, marks: Marks) -> None:
        self._moved = marks | self._moved


def _moved_to(mark: Mark, member: Member) -> Member:
    if member.joined_at != mark.joined_at or member.read_version >= mark.version:
        return member
    return replace(member, read=mark.seq, read_version=mark.version, own=mark.own)
