"""Calls: who is in the call of each room. What is so here, its message says soon after.

A call goes on as long as a connection is in it. One that is lost stays for a while, so that
its user can come back with another one, which takes its place. If nobody does, it was over
when the last one was lost; of a server that died, that is when it was last known to run.
"""

import asyncio
import logging
import secrets
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from store import messages
from store.database import RETRY_SECONDS, Database
from store.errors import Conflict, NotFound, Unavailable, is_away
from store.log.writer import Log
from store.records import MAX_ATTENDED, MAX_CALLERS, Call, Caller, Draft, Message, now

LOST_SECONDS = 10.0  # until a connection that was lost leaves
RETURN_SECONDS = 35.0  # the same after a start: browsers try again every 30 s at the latest
MAX_AWAY_SECONDS = 600  # of servers, over which a call goes on; later it is another one
TEXT = "Started a call"  # for clients and searches that know no calls

log = logging.getLogger("hearth.calls")
Stored = tuple[Message, bool]


class _Running:
    """A call that goes on, and its message."""

    def __init__(self, room: str, starter: str, call: Call, seq: int | None = None) -> None:
        self.room, self.starter, self.call, self.seq = room, starter, call, seq
        self.id = secrets.token_urlsafe(12)
        self.until = call.started_at  # the last moment in which those who left were in it
        self.lock = asyncio.Lock()  # while its message is written

    def people_of(self, *, connection: str = "", user: str = "") -> list[Caller]:
        """Those in it with this connection, or of this user."""
        people = self.call.people
        return [
            each for each in people if connection == each.connection or user == each.user
        ]


class Calls:
    """The calls that go on, by room."""

    def __init__(self, db: Database, log: Log) -> None:
        self._db, self._log = db, log
        self._running: dict[str, _Running] = {}
        self._lost: dict[str, asyncio.TimerHandle] = {}  # by connection
        self._tasks: set[asyncio.Task[Any]] = set()
        self._has_begun = False

    def start(self) -> None:
        """Go on with the calls that an earlier server left: their people may come back."""
        self._spawn(self._begin())

    def close(self) -> None:
        """Leave all as it is, for the next server."""
        self._running.clear()
        for timer in self._lost.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()

    def join(self, room: str, user: str, connection: str) -> asyncio.Task[Stored]:
        """Join the call of a room, or begin one.

        Raises:
            Conflict: if it is full.
            Unavailable: as long as it is not known which calls go on.
        """
        if not self._has_begun:
            raise Unavailable("The calls are being read; please try again.", RETRY_SECONDS)
        running = self._running.get(room) or _Running(room, user, Call(now()))
        call, me = running.call, Caller(user, connection)
        if me not in call.people:
            here = [
                each
                for each in call.people
                if each.user != user or each.connection not in self._lost
            ]
            if len(here) >= MAX_CALLERS:
                raise Conflict(f"The call is full: there are {MAX_CALLERS} people in it.")
            attended = tuple(dict.fromkeys((*call.attended, user)))[:MAX_ATTENDED]
            running.call = replace(call, people=(*here, me), attended=attended)
        self._running[room] = running
        return self._spawn(self._write(running))

    def leave(self, room: str, connection: str) -> asyncio.Task[Stored]:
        """Leave the call of a room; the last one ends it.

        Raises:
            NotFound: if that connection is in no call there.
        """
        running = self._running.get(room)
        if running is None or not (gone := running.people_of(connection=connection)):
            raise NotFound("You are not in a call there.")
        return self._leave(running, gone, now())

    def remove(self, room: str, user: str) -> None:
        """Let a user leave at once, who may not be in that room any more."""
        running = self._running.get(room)
        if running and (gone := running.people_of(user=user)):
            self._leave(running, gone, now())

    def lose(self, connection: str, seconds: float, since: datetime | None = None) -> None:
        """Let a connection that is gone leave its call, unless its user is back by then."""
        if any(each.people_of(connection=connection) for each in self._running.values()):
            self._lost[connection] = asyncio.get_running_loop().call_later(
                seconds, self._drop, connection, since or now()
            )

    def _drop(self, connection: str, since: datetime) -> None:
        del self._lost[connection]
        for running in tuple(self._running.values()):
            if gone := running.people_of(connection=connection):
                self._leave(running, gone, since)

    def _leave(
        self, running: _Running, gone: Sequence[Caller], at: datetime
    ) -> asyncio.Task[Stored]:
        running.until = max(running.until, at)
        people = tuple(each for each in running.call.people if each not in gone)
        ended_at = None if people else running.until
        running.call = replace(running.call, people=people, ended_at=ended_at)
        if not people:
            del self._running[running.room]
        return self._spawn(self._write(running))

    async def _begin(self) -> None:
        await self._log.opened.wait()
        while not self._has_begun:
            try:
                for message in await messages.running_calls(self._db):
                    assert message.call
                    running = _Running(
                        message.room, message.sender, message.call, message.seq
                    )
                    self._running[message.room] = running
                    since = self._db.lease.served_before or running.until
                    is_recent = (now() - since).total_seconds() < MAX_AWAY_SECONDS
                    for each in message.call.people:
                        self.lose(each.connection, is_recent * RETURN_SECONDS, since)
                self._has_begun = True
            except Exception as error:
                if not is_away(error):
                    log.exception("The calls could not be read; trying again")
                await asyncio.sleep(RETRY_SECONDS)

    async def _write(self, running: _Running) -> Stored:
        """Let the message say what is so; if that fails for now, again until it does."""
        try:
            return await self._write_once(running)
        except Unavailable:
            self._spawn(self._write_at_last(running))
            raise

    async def _write_at_last(self, running: _Running) -> None:
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                await self._write_once(running)
            except Unavailable:
                continue
            return

    async def _write_once(self, running: _Running) -> Stored:
        def change(message: Message) -> Message:
            # Of two who left at once, the second one may write after its deletion.
            return message if message.deleted else replace(message, call=running.call)

        async with running.lock:
            if running.seq is None:
                draft = Draft(
                    running.room, running.starter, running.id, TEXT, call=running.call
                )
                message, _ = await self._log.post(draft)
                running.seq = message.seq
            return await self._log.change(running.room, running.seq, change), False

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        # Whoever asked is told; a room that is gone has no calls.
        if error and not isinstance(error, Unavailable | NotFound):
            log.error("A call's message could not be written", exc_info=error)
