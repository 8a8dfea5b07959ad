"""Frames that break the rules: they cost their sender the connection, and nobody else."""

import asyncio
import os
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest
from aiohttp import web

from handlers.services import SERVICES
from tests import raw
from tests.conftest import Start
from tests.people import Person, sign_up
from tests.raw import (
    BINARY,
    CLOSE,
    COMPRESSED,
    CONTINUATION,
    FINAL,
    PING,
    PONG,
    TEXT,
    Raw,
    frame,
    memory,
    upgrade,
)

HELLO = frame(TEXT, b'{"type":"hello"}')
UNREAD = 40_000  # frames that somebody sends and reads no answer to


async def greeted(person: Person) -> Raw:
    """A connection of somebody who has said hello."""
    line = await upgrade(person.client.make_url("/"), person.token)
    await line.send(HELLO)
    opcode, welcome = await line.frame()
    assert (opcode, b'"welcome"' in welcome) == (TEXT, True)
    return line


BROKEN = {
    "a gigabyte to come": (frame(TEXT, size=2**30), 1009),
    "2^62 bytes to come": (frame(TEXT, size=2**62), 1009),
    "2^63 bytes to come": (frame(TEXT, size=2**63), 1009),
    "2^63 - 1 more after a little": (
        frame(TEXT, b"{", flags=0) + frame(CONTINUATION, size=2**63 - 1),
        1009,
    ),
    "too long in pieces": (
        frame(TEXT, b" " * 40_000, flags=0) + frame(CONTINUATION, b" " * 40_000),
        1009,
    ),
    "packed, which was not agreed on": (frame(TEXT, b"{}", flags=FINAL | COMPRESSED), 1002),
    "reserved bits": (frame(TEXT, b"{}", flags=FINAL | 0x30), 1002),
    "an opcode that there is not": (frame(5, b"{}"), 1002),
    "a ping of 126 bytes": (frame(PING, b"x" * 126), 1002),
    "a ping in pieces": (frame(PING, b"x", flags=0), 1002),
    "a close of one byte": (frame(CLOSE, b"x"), 1002),
    "a close with code 1005": (frame(CLOSE, (1005).to_bytes(2)), 1002),
    "a close with code 999": (frame(CLOSE, (999).to_bytes(2)), 1002),
    "a rest of nothing": (frame(CONTINUATION, b"{}"), 1002),
    "one text within another": (frame(TEXT, b"{", flags=0) + frame(TEXT, b"}"), 1002),
    "bytes": (frame(BINARY, b"{}"), 1003),
    "no UTF-8": (frame(TEXT, b'"\xff"'), 1007),
    "half a letter": (frame(TEXT, b'"\xc3'), 1007),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_who_breaks_the_rules_is_shown_out(ann: Person, broken: str) -> None:
    sent, code = BROKEN[broken]
    before = memory(os.getpid())
    async with await greeted(ann) as line:
        await line.send(sent)
        assert await line.close_code() == code
    assert memory(os.getpid()) - before < 20
    async with ann.listening() as inbox:
        assert await inbox.until_pong("error") == []


async def test_a_text_may_come_in_pieces_with_pings_between(ann: Person) -> None:
    async with await greeted(ann) as line:
        await line.send(frame(TEXT, b'{"type":', flags=0) + frame(PING, b"here?"))
        await line.send(frame(CONTINUATION, flags=0) + frame(CONTINUATION, b'"ping"}'))
        assert [(await line.frame())[0] for _ in range(2)] == [PONG, TEXT]


async def test_pieces_of_nothing_cost_nothing(ann: Person) -> None:
    before = memory(os.getpid())
    async with await greeted(ann) as line:
        await line.send(frame(TEXT, b'{"type":', flags=0))
        await line.send(frame(CONTINUATION, flags=0) * 10_000)
        await line.send(frame(CONTINUATION, b'"ping"}'))
        assert b'"pong"' in (await line.frame())[1]
    assert memory(os.getpid()) - before < 20


async def test_frames_that_come_byte_by_byte_cost_little(start: Start) -> None:
    ann = await sign_up(await start(connections=100), "ann")
    async with AsyncExitStack() as stack:
        lines = []
        for _ in range(40):
            line = await stack.enter_async_context(await greeted(ann))
            lines.append(line)
            await line.send(frame(TEXT, size=2**16 - 1))
        before = memory(os.getpid())
        for _ in range(300):
            for line in lines:
                line.writer.write(b"x")
            await asyncio.sleep(0)
        async with ann.listening() as inbox:
            assert await inbox.until_pong("error") == []
        assert memory(os.getpid()) - before < 20


@pytest.mark.parametrize("kind", [PING, PONG])
async def test_who_sends_pings_without_end_is_shown_out(start: Start, kind: int) -> None:
    ann = await sign_up(await start(frames=100), "ann")
    before = memory(os.getpid())
    async with await greeted(ann) as line:
        flood = frame(kind, b"x" * 125) * 100
        for _ in range(UNREAD // 100):
            await line.send(flood)
        assert await line.close_code() in {0, 4429}  # 0: it was gone while we wrote
    assert memory(os.getpid()) - before < 30
    async with ann.listening() as inbox:
        assert await inbox.until_pong("error") == []


async def test_a_few_pings_are_answered(ann: Person) -> None:
    async with await greeted(ann) as line:
        for number in range(5):
            await line.send(frame(PING, b"%d" % number))
            assert await line.frame() == (PONG, b"%d" % number)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"Version: 13", b"Version: 12"),
        (b"Key: dGhlIHNhbXBsZSBub25jZQ==", b"Key: short"),
        (b"Sec-WebSocket-Key", b"X-Nothing"),
        (b"Upgrade: websocket", b"Upgrade: h2c"),
    ],
)
async def test_what_is_no_socket_is_not_taken_for_one(
    ann: Person, right: bytes, wrong: bytes
) -> None:
    async with await raw.connect(ann.client.make_url("/")) as line:
        await line.send(raw.handshake(ann.token).replace(right, wrong))
        assert await line.status() in {400, 426}


async def test_a_newline_at_the_end_of_a_frame_is_no_fault(ann: Person) -> None:
    async with ann.listening() as inbox:
        await inbox.socket.send_str('{"type": "ping"}\n')
        assert (await inbox.any())["type"] == "pong"
        await inbox.socket.send_str('{"type": "ping"}\n{"type": "ping"}\r\n')
        assert [(await inbox.any())["type"] for _ in range(2)] == ["pong", "pong"]
        await inbox.socket.send_str("\n\n")
        assert (await inbox.any())["type"] == "error"


@pytest.mark.parametrize("sockets", [1, 10])
async def test_others_have_a_turn_between_what_one_says_at_once(
    app: web.Application, ann: Person, sockets: int
) -> None:
    sample = app[SERVICES].counts.registry.get_sample_value
    seen: list[float] = []

    def heard() -> float:
        return sample("hearth_objects_heard_total", {"kind": "ping"}) or 0

    async def watch() -> None:
        while True:
            seen.append(heard())
            await asyncio.sleep(0)

    async with AsyncExitStack() as stack:
        mine = [await stack.enter_async_context(ann.listening()) for _ in range(sockets)]
        watching = asyncio.create_task(watch())
        for inbox in mine:
            await inbox.say(*[{"type": "ping"}] * 150)
        while heard() < 150 * sockets:  # noqa: ASYNC110 - each turn is looked at
            await asyncio.sleep(0)
        watching.cancel()
    assert max(after - before for before, after in pairwise([*seen, 150 * sockets])) <= 10
