"""The heartbeat: who is silent is asked, and who does not answer is let go."""

import asyncio
import gc
import socket
import struct
import weakref

import pytest

from handlers.services import SERVICES
from hub import LOOKS_A_HEARTBEAT
from tests.conftest import Client, Start
from tests.handlers.socket.test_frames import greeted
from tests.people import SOON, Person, sign_up
from tests.raw import PING, PONG, TEXT, Raw, frame

HEARTBEAT_SECONDS = 0.4


async def pings(line: Raw, answer: bytes) -> None:
    """Answer every ping, or none, until the server hangs up."""
    while True:
        opcode, _ = await line.frame()
        if opcode == PING and answer:
            await line.send(answer)


async def test_who_answers_stays_and_who_does_not_is_away(start: Start) -> None:
    client = await start(heartbeat=HEARTBEAT_SECONDS)
    ann, ben = [await sign_up(client, name) for name in ("ann", "ben")]
    async with await greeted(ann) as here, await greeted(ben) as gone:
        began = asyncio.get_running_loop().time()
        answering = asyncio.create_task(pings(here, frame(PONG)))
        async with asyncio.timeout(SOON):
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await pings(gone, b"")
        lasted = asyncio.get_running_loop().time() - began
        assert lasted > HEARTBEAT_SECONDS * (1.5 - 1 / LOOKS_A_HEARTBEAT)
        assert not answering.done()
        answering.cancel()


async def test_whoever_talks_is_not_asked(start: Start) -> None:
    client = await start(heartbeat=10 * SOON)
    ann = await sign_up(client, "ann")
    async with await greeted(ann) as line:
        (connection,) = client.app[SERVICES].hub.of_user("ann")
        connection.silent_looks = LOOKS_A_HEARTBEAT
        await line.send(frame(PONG))
        async with asyncio.timeout(SOON):
            while connection.silent_looks:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_who_goes_without_a_word_leaves_no_circle_behind(
    client: Client, ann: Person
) -> None:
    hub = client.app[SERVICES].hub
    gc.collect()
    gc.disable()
    try:
        async with await greeted(ann) as line:
            (connection,) = hub.of_user("ann")
            gone = weakref.finalize(connection.socket, lambda: None)
            del connection
            raw = line.writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await line.send(frame(TEXT, b"[" * 50) * 500)
            line.leave()
        async with asyncio.timeout(SOON):
            while gone.alive:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        gc.enable()
