"""Readers that do not read: they are cut, and cost nobody else anything."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from websockets.asyncio.client import connect

from handlers.services import SERVICES
from pytest_hearth.stalled_reader import StalledReader
from store.records import Draft
from tests.conftest import Start
from tests.people import SOON, Person, sign_up

BIG = "x" * 8000


@pytest.fixture
async def ann(start: Start) -> Person:
    return await sign_up(await start(connections=100), "ann")


@pytest.fixture
async def stuck(ann: Person) -> AsyncIterator[list[StalledReader]]:
    """Ten of Ben's connections that were welcomed and read nothing."""
    ben = await sign_up(ann.client, "ben")
    connections = await asyncio.gather(*(ben.stops_reading() for _ in range(10)))
    hub = app_of(ann)[SERVICES].hub
    async with asyncio.timeout(SOON):
        while [each.buffered for each in hub.of_user("ben")] != [None] * 10:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    yield connections
    for connection in connections:
        connection.close()


def app_of(person: Person) -> web.Application:
    app = person.client.app
    assert app is not None
    return app


async def flood(person: Person, texts: int) -> None:
    """Post past the limits of a person, so that it takes no time."""
    log = app_of(person)[SERVICES].log
    await asyncio.gather(
        *(log.post(Draft("general", person.name, f"n{n}", BIG)) for n in range(texts))
    )


async def test_who_reads_nothing_is_cut_and_delays_nobody(
    ann: Person, stuck: list[StalledReader]
) -> None:
    hub = app_of(ann)[SERVICES].hub
    async with ann.listening() as inbox:
        for batch in range(20):
            began = time.monotonic()
            await inbox.say(
                *({"type": "send", "id": f"b{batch}-{n}", "room": "general", "text": BIG}
                  for n in range(8))
            )  # fmt: skip
            for _ in range(8):
                await inbox.next("ok")
            assert time.monotonic() - began < SOON
            owed = [each.unsent_bytes() for each in hub.of_user("ben")]
            assert all(each < 256 * 1024 + 8 * 9000 for each in owed)
        assert not hub.of_user("ben")


async def test_who_owes_a_lot_misses_what_is_not_vital(
    ann: Person, stuck: list[StalledReader]
) -> None:
    hub = app_of(ann)[SERVICES].hub
    await flood(ann, 24)
    async with asyncio.timeout(SOON):
        while not all(each.unsent_bytes() > 32 * 1024 for each in hub.of_user("ben")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)  # for what is written after that
    owed = {each: each.unsent_bytes() for each in hub.of_user("ben")}
    assert all(32 * 1024 < each < 256 * 1024 for each in owed.values()), owed.values()
    assert len(owed) == 10
    async with ann.listening() as inbox:
        await inbox.say({"type": "typing", "room": "general"})
        await inbox.until_pong()
    assert {each: each.unsent_bytes() for each in hub.of_user("ben")} == owed


async def test_a_slow_line_gets_all_that_was_missed_and_is_not_cut(ann: Person) -> None:
    await flood(ann, 100)
    url = ann.client.make_url("/api/socket")
    narrow = socket.create_connection((str(url.host), url.port or 80))
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    async with connect(  # It takes no frame over 1 MiB, and reads no further than one.
        str(url.with_scheme("ws")),
        sock=narrow,
        additional_headers=ann.headers,
        max_queue=1,
    ) as line:
        await line.send('{"type": "hello", "cursors": {"general": 0}}')
        async with ann.listening() as inbox:
            await ann.says("general", "while it owes more than a backlog")
            await inbox.next("message")
        heard: list[int] = []
        async with asyncio.timeout(SOON):
            while len(heard) < 101:
                events = map(json.loads, str(await line.recv()).split("\n"))
                heard += [each["rev"] for each in events if each["type"] == "message"]
    assert heard == list(range(1, 102))


async def test_a_server_that_ends_does_not_wait_for_them(
    ann: Person, stuck: list[StalledReader]
) -> None:
    await flood(ann, 20)
    async with ann.listening() as inbox:
        began = time.monotonic()
        closing = asyncio.create_task(ann.client.server.close())
        assert await inbox.closed() == 1001
        await closing
        assert time.monotonic() - began < SOON
