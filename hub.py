"""The hub: the open connections of every room and user, and what is said to them.

Nothing here waits for a network. What is said is encoded once and laid behind each
listener; one task then writes to each, as one frame of lines, all that has gathered. A
reader that owes too much is cut, and resumes with its cursors.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import TypeAlias

import msgspec
from aiohttp import WSMsgType, web

GOING_AWAY, SIGN_IN, SLOW, TOO_MANY = 1001, 4401, 4408, 4429
CLOSE_SECONDS = 1.0  # that a peer has to take its close frame
AWAY_SECONDS = 5.0  # without a connection until a user is away
PRESENCE_SECONDS = 1.0  # between presence frames
SILENT_SECONDS = 0.05  # between looks whether we may speak again
MAX_HELD_BYTES = 64 * 1024  # of answers that wait until the past is written
# A peer is pinged when it was silent at so many looks, and lost after half as many more.
LOOKS_A_HEARTBEAT = 4
LOOKS_AT_ONCE = 100  # before everybody else has a turn
NONE: frozenset[str] = frozenset()
# Events that say what a welcome says anew: told before it, they would undo it.
SUPERSEDED = frozenset({"room", "read", "gone"})

Socket: TypeAlias = web.WebSocketResponse
encode: Callable[[object], bytes] = msgspec.json.Encoder().encode


class Presence(msgspec.Struct, tag_field="type", tag="presence"):
    """Users who came and went since the last one."""

    online: list[str]
    away: list[str]


class Connection:
    """One open socket, and the user behind it."""

    __slots__ = (
        "__weakref__",
        "answers",
        "behind",
        "buffered",
        "catch_up_allowance",
        "cut_code",
        "harmless",
        "id",
        "outbox",
        "removed_from",
        "rooms",
        "session",
        "silent_looks",
        "socket",
        "transport",
        "unsent_bytes",
        "user",
    )

    def __init__(
        self, user: str, session: str, socket: Socket, transport: asyncio.Transport
    ) -> None:
        self.id = secrets.token_urlsafe(9)  # what others call it
        self.user, self.session = user, session
        self.socket, self.transport = socket, transport
        self.rooms: set[str] = set()
        # Rooms whose messages are not heard yet, but will be read: before the welcome all,
        # and then those whose past is being written.
        self.behind: AbstractSet[str] = self.rooms
        self.removed_from = NONE  # rooms that ceased to be ours meanwhile
        self.outbox: list[bytes] = []
        self.buffered: list[tuple[str, bytes]] | None = []  # None once welcomed
        self.answers: list[bytes] = []  # to be said after the past
        self.harmless: list[bytes] = []  # to be said even if another server may serve
        self.cut_code = 0  # with which we closed it
        self.silent_looks = 0  # since we last heard from it
        # Bytes that the welcome and a page of the past may owe beside the backlog.
        self.catch_up_allowance = 0
        self.unsent_bytes = (
            transport.get_write_buffer_size
        )  # bytes that the reader has not taken

    async def write(self) -> None:
        """Write what has gathered as one frame; the socket's limit is set never to wait."""
        frame, self.outbox = b"\n".join(self.outbox), []
        with suppress(ConnectionResetError):
            await self.socket.send_frame(frame, WSMsgType.TEXT)

    async def ping(self) -> None:
        """Ask whether anybody is there; any frame is an answer."""
        with suppress(ConnectionResetError):
            await self.socket.ping()

    async def write_harmless(self) -> None:
        """Write these alone; what else has gathered stays."""
        gathered, self.outbox, self.harmless = self.outbox, self.harmless, []
        if self.outbox:
            await self.write()
        self.outbox = gathered


async def close_socket(
    socket: Socket, transport: asyncio.Transport, code: int, reason: str
) -> None:
    """Close a socket, for at most a moment; a stuck peer would hold us forever."""
    closing = socket.close(code=code, message=reason.encode(), drain=False)
    goodbye = asyncio.create_task(closing)
    goodbye.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait([goodbye], timeout=CLOSE_SECONDS)
    transport.abort()
    goodbye.cancel()


class Hub:
    """The open connections, by user and by room."""

    def __init__(
        self, backlog: int, heartbeat: float, may_speak: Callable[[], bool] = lambda: True
    ) -> None:
        self._backlog, self._heartbeat, self._may_speak = backlog, heartbeat, may_speak
        self._rooms: defaultdict[str, set[Connection]] = defaultdict(set)
        self._users: defaultdict[str, set[Connection]] = defaultdict(set)
        # None while connected; otherwise the timer that will announce the user as away.
        self._present: dict[str, asyncio.TimerHandle | None] = {}
        self._presence: dict[str, bool] = {}
        self._ready: dict[Connection, None] = {}  # In order: a room's people go together.
        self._news = asyncio.Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._goodbyes: set[asyncio.Task[None]] = set()
        self.unauthenticated = 0  # sockets that have not said who they are
        self.is_closing = False
        self.past_bytes = 0  # of pages of the past that readers have not taken, of all
        self.frames = 0  # written to sockets
        self.deliveries = 0  # events, each counted once per reader
        self.cuts: Counter[int] = Counter()  # by close code

    def start(self) -> None:
        """Begin to write, and to look who is still there."""
        self._tasks = (
            asyncio.create_task(self._write(), name="hearth.hub"),
            asyncio.create_task(self._look_for_lost(), name="hearth.hub.heartbeat"),
        )

    def connect(self, connection: Connection) -> None:
        """Count a connection as its user's; `listen` adds the rooms."""
        self._users[connection.user].add(connection)
        if connection.user not in self._present:
            self._note_presence(connection.user, here=True)
        elif timer := self._present[connection.user]:
            timer.cancel()
        self._present[connection.user] = None

    def disconnect(self, connection: Connection) -> None:
        """Forget a connection; its user is away if they do not come back soon."""
        for room in tuple(connection.rooms):
            self._drop(connection, room)
        self._ready.pop(connection, None)
        self._users[connection.user].discard(connection)
        if not self._users[connection.user]:
            del self._users[connection.user]
            later = asyncio.get_running_loop().call_later
            timer = later(AWAY_SECONDS, self._away, connection.user)
            self._present[connection.user] = timer

    def of_user(self, user: str) -> Collection[Connection]:
        """A user's open connections."""
        return tuple(self._users.get(user, ()))

    def everyone(self) -> list[Connection]:
        """All open connections."""
        return [connection for peers in self._users.values() for connection in peers]

    def of_room(self, room: str) -> Collection[Connection]:
        """The connections that hear a room."""
        return tuple(self._rooms.get(room, ()))

    def present(self) -> list[str]:
        """The users who are here."""
        return sorted(self._present)

    def listen(self, connection: Connection, room: str) -> None:
        """Let a connection hear a room, unless it was just removed from it."""
        if room not in connection.removed_from:
            connection.rooms.add(room)
            self._rooms[room].add(connection)

    def join(self, room: str, user: str) -> None:
        """Let all of a user's connections hear a room."""
        for connection in self.of_user(user):
            connection.removed_from -= {room}
            self.listen(connection, room)

    def leave(self, room: str, user: str) -> None:
        """From this moment, let none of a user's connections hear a room."""
        for connection in self.of_user(user):
            if connection.buffered is not None:
                connection.removed_from |= {room}
                connection.buffered = [
                    held for held in connection.buffered if held[0] != room
                ]
            self._drop(connection, room)

    def is_heard(self, room: str) -> bool:
        """True if anybody hears a room."""
        return room in self._rooms

    def publish(self, room: str, lines: Sequence[bytes]) -> None:
        """Say encoded messages to everyone who hears a room and has its past."""
        if listeners := self._rooms.get(room):
            joined = b"\n".join(lines)
            self.deliveries += len(lines) * len(listeners)
            for connection in listeners:
                if room not in connection.behind:
                    connection.outbox.append(joined)
            self._write_soon(listeners)

    def tell(
        self, peers: Iterable[Connection], event: msgspec.Struct, *, vital: bool = True
    ) -> None:
        """Say an event to some connections; if it is not vital, slow readers miss it."""
        line, room = encode(event), getattr(event, "room", "")
        told = [peer for peer in peers if vital or peer.unsent_bytes() < self._backlog // 8]
        self.deliveries += len(told)
        for connection in told:
            if connection.buffered is None:
                connection.outbox.append(line)
            elif type(event).__struct_config__.tag not in SUPERSEDED:
                connection.buffered.append((room, line))
        self._write_soon(told)

    def answer(self, connection: Connection, line: bytes) -> None:
        """Answer a command, after what the connection has missed."""
        if not connection.behind:
            connection.outbox.append(line)
            self._write_soon((connection,))
        elif sum(map(len, connection.answers)) < MAX_HELD_BYTES:
            connection.answers.append(line)
        else:
            self.cut((connection,), SLOW, "You ask more than you read; please resume.")

    def answer_anyway(self, connection: Connection, line: bytes) -> None:
        """Answer what changes nothing, also while we do not know whether we serve."""
        if self._may_speak():
            self.answer(connection, line)
        else:
            connection.harmless.append(line)
            self._write_soon((connection,))

    def welcome(
        self, connection: Connection, lines: Sequence[bytes], behind: Iterable[str]
    ) -> None:
        """Say the welcome, and let a connection hear what is live, but for some rooms."""
        held, connection.buffered = connection.buffered or (), None
        connection.behind = set(behind) or NONE
        connection.removed_from = NONE
        self.say_past(connection, [*lines, *(line for _, line in held)])

    def say_past(self, connection: Connection, lines: Sequence[bytes]) -> None:
        """Say what a connection has missed; it may owe this beside the backlog."""
        owed = connection.unsent_bytes() + sum(map(len, lines)) + len(lines)
        connection.catch_up_allowance = max(connection.catch_up_allowance, owed)
        connection.outbox += lines
        self._write_soon((connection,))

    def go_live(self, connection: Connection, room: str) -> None:
        """From this moment, let a connection hear a room's messages as they come."""
        connection.behind -= {room}
        if not connection.behind:
            answers, connection.answers = connection.answers, []
            connection.outbox += answers
            self._write_soon((connection,))

    def cut(self, connections: Iterable[Connection], code: int, reason: str) -> None:
        """Close connections without waiting for their peers."""
        for each in connections:
            if not each.cut_code:
                each.cut_code = code
                self.cuts[code] += 1
                closing = close_socket(each.socket, each.transport, code, reason)
                goodbye = asyncio.create_task(closing)
                self._goodbyes.add(goodbye)
                goodbye.add_done_callback(self._goodbyes.discard)

    async def say_goodbye(self) -> None:
        """Say what is left to say, and begin to close everything; `close` waits for it."""
        self.is_closing = True
        await self._flush()
        self.cut(self.everyone(), GOING_AWAY, "The server is going away; please resume.")

    async def close(self) -> None:
        """Say goodbye to everyone at the same time."""
        self.is_closing = True
        self.cut(self.everyone(), GOING_AWAY, "The server is going away; please resume.")
        for timer in filter(None, self._present.values()):
            timer.cancel()
        await asyncio.gather(*self._goodbyes)
        for task in self._tasks:
            task.cancel()

    def _drop(self, connection: Connection, room: str) -> None:
        connection.rooms.discard(room)
        self.go_live(connection, room)
        self._rooms[room].discard(connection)
        if not self._rooms[room]:
            del self._rooms[room]

    def _away(self, user: str) -> None:
        del self._present[user]
        self._note_presence(user, here=False)

    def _note_presence(self, user: str, *, here: bool) -> None:
        if not self._presence:
            asyncio.get_running_loop().call_later(PRESENCE_SECONDS, self._tell_presence)
        self._presence[user] = here

    def _tell_presence(self) -> None:
        changes, self._presence = sorted(self._presence.items()), {}
        online = [user for user, here in changes if here]
        away = [user for user, here in changes if not here]
        self.tell(self.everyone(), Presence(online, away), vital=False)

    def _write_soon(self, connections: Collection[Connection]) -> None:
        if connections:
            self._ready.update(dict.fromkeys(connections))
            self._news.set()

    async def _look_for_lost(self) -> None:
        # One task for all: a timer for each cost half a kilobyte a connection.
        while True:
            await asyncio.sleep(self._heartbeat / LOOKS_A_HEARTBEAT)
            for number, connection in enumerate(self.everyone(), start=1):
                connection.silent_looks += 1
                if connection.silent_looks == LOOKS_A_HEARTBEAT:
                    await connection.ping()
                elif connection.silent_looks >= 1.5 * LOOKS_A_HEARTBEAT:
                    connection.transport.abort()
                if number % LOOKS_AT_ONCE == 0:
                    await asyncio.sleep(0)

    async def _write(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._flush()
            if not self._may_speak():
                await asyncio.sleep(SILENT_SECONDS)

    async def _flush(self) -> None:
        ready, self._ready = self._ready, {}
        for connection in ready:
            if connection.cut_code:
                continue
            if not self._may_speak():  # We were stopped, and another server may serve.
                await connection.write_harmless()
                if connection.outbox:
                    self._write_soon((connection,))
                continue
            if connection.unsent_bytes() > self._backlog + connection.catch_up_allowance:
                self.cut((connection,), SLOW, "You read too slowly; please resume.")
            elif connection.outbox:
                self.frames += 1
                await connection.write()
