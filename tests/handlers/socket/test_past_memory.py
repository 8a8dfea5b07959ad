"""What somebody missed is written as they take it, and costs little until then."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.people import PASSWORD, SOON, Inbox
from tests.process import Process
from tests.raw import Raw, connect, frame, handshake, memory

HEAVY = "@ann " * 1_600
MESSAGES, SOCKETS, MAX_MEGABYTES = 300, 20, 60
LIMITS = {"LIMIT_SENDS": "100000"}


@dataclass
class Site:
    """A server with many heavy messages, and Ann's way to it."""

    server: Process
    http: aiohttp.ClientSession
    token: str


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    server = Process(tmp_path / "data", REGISTRATION="open", **LIMITS)
    await server.start()
    try:
        async with aiohttp.ClientSession(server.address) as http:
            form = {"name": "ann", "password": PASSWORD}
            async with http.post("/api/auth/register", json=form) as answer:
                token = (await answer.json())["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            for _ in range(MESSAGES):
                message = {"text": HEAVY}
                path = "/api/rooms/general/messages"
                async with http.post(path, json=message) as answer:
                    assert answer.status == 201, await answer.text()
            yield Site(server, http, token)
        assert await server.end() == 0
        assert "Traceback" not in server.complaints
    finally:
        await server.kill()


async def test_many_who_ask_for_the_past_and_read_nothing_cost_little(
    site: Site,
) -> None:
    before = most = memory(site.server.pid)
    hello = frame(1, json.dumps({"type": "hello", "cursors": {"general": 0}}).encode())

    async def ask() -> Raw:
        line = await connect(site.server.address, deaf=True)
        await line.send(handshake(site.token) + hello)
        return line

    crowd = await asyncio.gather(*(ask() for _ in range(SOCKETS)))
    for _ in range(40):
        await asyncio.sleep(0.1)
        most = max(most, memory(site.server.pid))
    for line in crowd:
        line.leave()
    assert most - before < MAX_MEGABYTES, (before, most)


async def test_who_missed_more_than_a_megabyte_starts_afresh(
    site: Site,
) -> None:
    async with site.http.ws_connect("/api/socket", max_msg_size=2**21) as socket:
        inbox = Inbox(socket)
        await inbox.say({"type": "hello", "cursors": {"general": 0}})
        await inbox.next("welcome")
        size = 0
        async with asyncio.timeout(SOON):
            while (event := await inbox.any())["type"] != "reset":
                size += len(json.dumps(event))
        assert 1_000_000 < size < 1_400_000
        await inbox.say({"type": "send", "id": "x", "room": "general", "text": "live"})
        assert (await inbox.next("message"))["text"] == "live"
