"""The members: connections that send, hear, and note what they heard and when."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.dialects import Dialect
from bench.ledger import Sent, number_of, text

PATIENCE = 60.0  # seconds for everybody to be in
AT_ONCE = 50  # connections under way
MESSAGES = {WSMsgType.TEXT, WSMsgType.BINARY}

clock = time.perf_counter


class Heard(NamedTuple):
    """The messages of one frame."""

    sent: tuple[Sent, ...]
    owners: tuple[object, ...]


NOTHING = Heard((), ())


class Member(WSListener):  # type: ignore[misc]
    """One connection of one user, in one room."""

    def __init__(self, crowd: "Crowd", room: str, user: str, key: str) -> None:
        self.crowd, self.room, self.user, self.key = crowd, room, user, key
        self.transport: WSTransport | None = None
        self.is_in = False
        self.notes: list[tuple[float, Heard]] = []
        self.others = self.bytes = 0  # frames without a message, and bytes in all

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Say hello."""
        self.transport = transport
        if hello := self.crowd.dialect.hello(self.room):
            self._say(hello)
        else:
            self.is_in = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Note a frame; whoever hears itself in a closed loop sends the next one."""
        at = clock()
        if frame.msg_type not in MESSAGES:
            return
        payload = frame.get_payload_as_bytes()
        self.bytes += len(payload)
        crowd = self.crowd
        if not self.is_in:
            self.is_in = crowd.dialect.is_welcome(payload)
            if reply := crowd.dialect.reply(payload, self.room, self.user):
                self._say(reply)
        heard = crowd.known.get(payload)
        if heard is None:
            heard = crowd.read(payload)
        if heard.sent:
            self.notes.append((at, heard))
            if crowd.is_pumping and self in heard.owners:
                for owner in heard.owners:
                    if owner is self:
                        self.send()
        else:
            self.others += 1

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Count it, unless we are leaving."""
        if not self.crowd.is_leaving:
            self.crowd.dropped += 1

    def send(self) -> None:
        """Send the next message."""
        crowd = self.crowd
        number = len(crowd.sent)
        line = crowd.dialect.send(self.room, text(crowd.phase, number, crowd.size))
        crowd.sent.append(Sent(self, number, clock()))
        self._say(line)

    def _say(self, line: bytes) -> None:
        assert self.transport
        is_binary = self.crowd.dialect.is_binary
        self.transport.send(WSMsgType.BINARY if is_binary else WSMsgType.TEXT, line)


class Crowd:
    """All members, and what they have sent in this phase."""

    def __init__(self, dialect: Dialect, base: str, size: int) -> None:
        self.dialect, self.base, self.size = dialect, base, size
        self.members: list[Member] = []
        self.senders: list[Member] = []
        self.known: dict[bytes, Heard] = {}
        self.sent: list[Sent] = []
        self.phase = (time.time_ns() // 1000) % 0xFFFF00  # ids must differ from other runs'
        self.is_pumping = self.is_leaving = False
        self.dropped = 0

    def read(self, payload: bytes) -> Heard:
        """Find the messages of a frame, and remember it: all others hear the same."""
        numbers = [number_of(each, self.phase) for each in self.dialect.tokens(payload)]
        sent = tuple(self.sent[number] for number in numbers if number is not None)
        heard = Heard(sent, tuple(each.owner for each in sent)) if sent else NOTHING
        if len(self.known) > 5_000:
            self.known.clear()
        self.known[payload] = heard
        return heard

    def begin(self) -> None:
        """Forget the phase before this one."""
        self.phase += 1
        self.known.clear()
        self.sent = []
        for member in self.members:
            member.notes = []

    async def enter(self, rooms: Sequence[dict[str, Any]]) -> float:
        """Connect everybody, and wait until all hear; seconds until all were in.

        Raises:
            TimeoutError: if some do not get in.
        """
        gate = asyncio.Semaphore(AT_ONCE)
        for room in rooms:
            members = [Member(self, room["name"], *pair) for pair in room["members"]]
            self.members += members
            self.senders += members[: room["senders"]]

        began = clock()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(self.connect(member, gate) for member in self.members))
            took = clock() - began
            await self._until_all_hear(rooms)
        return took

    async def connect(self, member: Member, gate: asyncio.Semaphore) -> None:
        """Connect a member, and wait for its welcome."""
        async with gate:
            await ws_connect(
                lambda: member,
                self.dialect.url(self.base, member.room, member.user),
                extra_headers=self.dialect.headers(member.key) or None,
                websocket_handshake_timeout=PATIENCE,
                read_buffer_init_size=4096,
            )
            while not member.is_in:  # noqa: ASYNC110 - an event for each would cost more
                await asyncio.sleep(0.002)

    async def _until_all_hear(self, rooms: Sequence[dict[str, Any]]) -> None:
        if not self.senders:
            return
        first = {member.room: member for member in reversed(self.senders)}
        self.begin()
        while deaf := {member.room for member in self.members if not member.notes}:
            for room in deaf & set(first):
                first[room].send()
            await asyncio.sleep(0.2)

    async def leave(self) -> None:
        """Say goodbye, and go."""
        self.is_leaving = True
        for member in self.members:
            if member.transport:
                member.transport.send_close(WSCloseCode.OK)
        await asyncio.sleep(0.3)
        for member in self.members:
            if member.transport:
                member.transport.disconnect(False)
