"""Attach a connection to its rooms, without a gap and without a double.

A connection listens first, is welcomed, and from that moment hears what is live, but for
the messages of those rooms that it has missed something of. Their past is read a page at a
time, each when the reader has taken the one before. A room whose past has reached its head
is live. Nothing is kept for a reader meanwhile, so a slow one costs no more than a page.
"""

import asyncio

from handlers import room_state
from handlers.schemas import events, responses
from handlers.schemas.responses import MAX_CHANGES
from handlers.services import Services
from handlers.services.recent import EncodedEvent
from handlers.socket import frames
from hub import SLOW, Connection, encode
from settings import VERSION
from store import messages, users
from store.records import User

MIN_READ, MAX_READ = 10, 200  # changes read in one query, by how large the last ones were
MAX_PAGE_BYTES = 64 * 1024  # of a page of the past, but for a longer line
MAX_PAST_BYTES = 1024 * 1024  # of the past that one connection gets; beyond, `reset`
MAX_ALL_PAST_BYTES = 32 * 1024 * 1024  # that readers have not taken, of all connections
MIN_LOOK_SECONDS, MAX_LOOK_SECONDS = 0.01, 0.1  # between looks at what was taken
MAX_STUCK_SECONDS = 20.0  # without a byte being taken
MAX_CATCH_UP_SECONDS = 120.0


async def welcome(
    services: Services, connection: Connection, user: User, hello: frames.Hello
) -> dict[str, int]:
    """Say the welcome; all is live from then on, but for the rooms with a past.

    Returns:
        The cursors of the rooms of which something was missed.
    """
    hub = services.hub
    edition = await users.edition(services.db)  # Who changes from now on is told.
    while True:
        pairs = await room_state.mine(services, user.name)
        for room, _ in pairs:
            hub.listen(connection, room.name)
        seen = await room_state.seen(services, pairs)
        if {view.name for view in seen} == connection.rooms:
            break  # Otherwise they have joined or left a room meanwhile.
    # Nothing may be awaited from here on: what is told now must be true when it is said.
    heads = {view.name: view.rev for view in seen}
    known = hello.epoch in {None, services.db.epoch}
    lines, past = [encode(_welcome(services, connection, user, edition, seen))], {}
    for name, cursor in hello.cursors.items():
        if name not in heads:
            lines.append(encode(events.Gone(name, 0)))
        elif not known or not 0 <= heads[name] - cursor <= MAX_CHANGES:
            lines.append(encode(events.Reset(name)))
        elif cursor < services.log.head(name).rev:
            past[name] = cursor
    hub.welcome(connection, lines, past)
    return past


class CatchUp:
    """The past of one connection, written as it is taken."""

    def __init__(self, services: Services, connection: Connection) -> None:
        self._services, self._connection, self._hub = services, connection, services.hub
        self._written = self._owed = 0
        self._limit = MIN_READ

    async def run(self, cursors: dict[str, int]) -> None:
        """Write what was missed, room by room; a reader that takes nothing is cut."""
        welcomed_at = {room: self._services.log.head(room).rev for room in cursors}
        try:
            async with asyncio.timeout(MAX_CATCH_UP_SECONDS):
                for room, cursor in cursors.items():
                    await self._write_room(room, cursor)
                    if self._services.log.head(room).rev > welcomed_at[room]:
                        await room_state.tell_connection(
                            self._services, room, self._connection
                        )
        except TimeoutError:
            self._hub.cut((self._connection,), SLOW, "You read too slowly; please resume.")
        finally:
            self._owe(0)

    async def _write_room(self, room: str, cursor: int) -> None:
        """Write a room's past until it has reached the head, at a moment."""
        log, behind = self._services.log, self._connection.behind
        while room in behind:
            await self._taken()
            head = log.head(room).rev
            if cursor < head and self._is_too_much():
                self._say(room, [encode(events.Reset(room))])
                cursor = head
            elif cursor < head:
                page = await self._page(room, cursor, head)
                # They may have left while we read: nobody tells a stranger.
                self._say(room, [line.text for line in page])
                cursor = page[-1].rev if page else head
            if cursor >= log.head(room).rev:
                self._hub.go_live(self._connection, room)

    def _is_too_much(self) -> bool:
        return self._written > MAX_PAST_BYTES or self._hub.past_bytes > MAX_ALL_PAST_BYTES

    def _say(self, room: str, lines: list[bytes]) -> None:
        if room in self._connection.behind:
            self._written += sum(map(len, lines))
            self._hub.say_past(self._connection, lines)

    async def _page(self, room: str, cursor: int, until: int) -> list[EncodedEvent]:
        """The changes after a cursor: as many as fit into a page.

        Not beyond the head: what is stored but not announced yet will be announced to us.
        """
        found = self._services.recent.since(room, cursor, until)
        if found is None:
            async with self._services.resume_slots:
                stored = await messages.changes(
                    self._services.db, room, since=cursor, until=until, limit=self._limit
                )
            found = [
                EncodedEvent(each.rev, each.seq, encode(responses.Message.of(each)))
                for each in stored
            ]
            mean = sum(len(line.text) for line in found) // max(len(found), 1)
            fitting = MAX_PAGE_BYTES // max(mean, 1)
            self._limit = min(max(MIN_READ, fitting), 2 * self._limit, MAX_READ)
        page: list[EncodedEvent] = []
        size = 0
        for line in found:
            size += len(line.text)
            if page and size > MAX_PAGE_BYTES:
                break
            page.append(line)
        return page

    async def _taken(self) -> None:
        """Wait until the reader has taken what was written before.

        Raises:
            TimeoutError: if it takes nothing.
        """
        loop, look = asyncio.get_running_loop(), MIN_LOOK_SECONDS
        least, since = self._connection.unsent_bytes(), loop.time()
        while True:
            unsent = self._connection.unsent_bytes()
            self._owe(unsent)
            if unsent < MAX_PAGE_BYTES and not self._connection.outbox:
                return
            if unsent < least:
                least, since = unsent, loop.time()
            if loop.time() - since > MAX_STUCK_SECONDS:
                raise TimeoutError
            await asyncio.sleep(look)
            look = min(2 * look, MAX_LOOK_SECONDS)

    def _owe(self, unsent: int) -> None:
        self._hub.past_bytes += unsent - self._owed
        self._owed = unsent


def _welcome(
    services: Services,
    mine: Connection,
    user: User,
    edition: str,
    rooms: list[responses.Room],
) -> events.Welcome:
    return events.Welcome(
        user=responses.User.of(user),
        connection=mine.id,
        epoch=services.db.epoch,
        users=edition,
        rooms=rooms,
        presence=services.hub.present(),
        limits=responses.Limits.of(services.settings.limits),
        server=events.Server("Hearth", VERSION),
    )
