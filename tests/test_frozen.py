"""A server that is stopped in the middle of something, and goes on when another serves."""

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pymongo import MongoClient

from pytest_hearth.proxy import FaultyProxy
from settings import Settings
from tests.attachments import upload
from tests.people import PASSWORD, Person, sign_up
from tests.takeover import WITHIN, Pair

WRITE = rb"(?:insert|update|delete|findAndModify)\x00.{4}%b\x00"
# What is asked, and the write to the database in the middle of which the server is stopped.
ACTS = {
    "message": WRITE % b"messages",
    "removal": WRITE % b"members",
    "upload": WRITE % b"fs.files",
    "sign-in": WRITE % b"access",
}


class Line(FaultyProxy):
    """A line to the database on which a server is stopped while it writes something."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self._write: re.Pattern[bytes] | None = None
        self._pid, self._is_stored = 0, False
        self.frozen = asyncio.Event()

    def freeze_at(self, write: bytes, pid: int, *, is_stored: bool) -> None:
        """Stop a process at a write, which arrives at once, or when the line resumes."""
        self._write, self._pid = re.compile(write, re.DOTALL), pid
        self._is_stored = is_stored
        self.frozen.clear()

    async def _send(self, data: bytes, target: asyncio.StreamWriter) -> None:
        if self._write and self._write.search(data):
            os.kill(self._pid, signal.SIGSTOP)
            self._write = None
            self.stall()
            self.frozen.set()
            if not self._is_stored:
                await self._flowing.wait()
        await super()._send(data, target)


@pytest.fixture
async def pair(settings: Settings, tmp_path: Path) -> AsyncIterator[Pair]:
    pair = Pair(tmp_path, settings.mongodb_url)
    pair.lines = [Line(pair.lines[0].target) for _ in range(2)]
    await pair.start()
    yield pair
    for server in pair.servers:
        assert "Traceback" not in server.complaints, server.complaints
    await pair.close()


async def acts(name: str, ann: Person) -> int:
    """Ask for one of those; the status of the answer, 0 if there is none."""
    try:
        match name:
            case "message":
                path = "/api/rooms/den/messages"
                answer = await ann.ask("POST", path, {"text": "late"})
            case "removal":
                answer = await ann.ask("DELETE", "/api/rooms/den/members/ben")
            case "upload":
                answer = await upload(ann, "den", b"late" * 1000, "late.txt")
            case _:
                form = {"name": "ann", "password": PASSWORD}
                answer = await ann.ask("POST", "/api/auth/token", form)
    except aiohttp.ClientError:
        return 0
    async with answer:
        return answer.status


def stored(settings: Settings) -> dict[str, Any]:
    """What the database holds of what those acts change."""
    with MongoClient[dict[str, Any]](settings.mongodb_url) as mongo:
        database = mongo.get_default_database()
        kept: dict[str, dict[str, Any]] = {"messages": {}, "members": {}, "access": {}}
        kept["fs.files"] = {"length": {"$gt": 0}}  # Unfinished ones go when another serves.
        return {name: list(database[name].find(kept[name]).sort("_id")) for name in kept}


async def heard(socket: aiohttp.ClientWebSocketResponse) -> list[str]:
    """The kinds of events until the socket ends."""
    async with asyncio.timeout(WITHIN):
        lines = [line async for frame in socket for line in frame.data.split("\n")]
    return [json.loads(line)["type"] for line in lines]


@pytest.mark.parametrize("is_stored", [False, True], ids=["write late", "answer late"])
async def test_nobody_sees_what_a_server_does_that_was_stopped_in_the_middle(
    pair: Pair, settings: Settings, is_stored: bool
) -> None:
    async with aiohttp.ClientSession() as http:
        here = pair.servers[0].address
        ann, ben = [await sign_up(http, name, here) for name in ("ann", "ben")]
        await ann.makes("den", "private", "ben")
        for name, write in ACTS.items():
            this, other = pair.serving, 1 - pair.serving
            server, line = pair.servers[this], pair.lines[this]
            assert isinstance(line, Line)
            ann, ben = (
                Person(http, each.name, each.token, server.address) for each in (ann, ben)
            )
            await ann.does("PUT", "/api/rooms/den/members/ben")
            inbox = await ben.connect()
            line.freeze_at(write, server.pid, is_stored=is_stored)
            acting = asyncio.create_task(acts(name, ann))
            frozen = asyncio.create_task(line.frozen.wait())
            await asyncio.wait({frozen, acting}, return_when="FIRST_COMPLETED")
            assert not acting.done(), (name, acting.result())
            await pair.serves(other)
            before = stored(settings)
            await line.resume()
            await asyncio.sleep(0.5)  # in which a late write would be stored
            assert stored(settings) == before, name
            os.kill(server.pid, signal.SIGCONT)
            assert await acting in {0, 503}, name
            assert not {"message", "member", "gone", "room"}.intersection(
                await heard(inbox.socket)
            ), name
            assert stored(settings) == before, name
            pair.serving = other
