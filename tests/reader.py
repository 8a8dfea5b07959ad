"""A client that does what docs/socket.md tells it to, and notices what it was not told."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp

from tests.people import Inbox, Json


class Reader:
    """A person, and their client; `where` is the server that they ask next."""

    def __init__(self, where: Callable[[], str], http: aiohttp.ClientSession) -> None:
        self._where, self._http = where, http
        self.rooms: dict[str, dict[int, Json]] = {}
        self.cursors: dict[str, int] = {}
        self._heard: dict[str, int] = {}  # the highest rev of a room on this connection
        self._floors: dict[str, int] = {}  # up to here, only latest states were told
        self._behind: set[str] = set()  # rooms that are told their past now
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Json]:
        """Ask until the server is there to answer."""
        while True:
            try:
                async with self._http.request(
                    method, self._where() + path, json=body
                ) as answer:
                    if answer.status != 503:
                        assert answer.status < 500, await answer.text()
                        return answer.status, await answer.json(content_type=None) or {}
            except (aiohttp.ClientError, OSError):
                pass
            await asyncio.sleep(0.02)

    async def follow(self) -> None:
        """Listen for ever; resume after every loss."""
        while True:
            try:
                url = f"{self._where()}/api/socket"
                async with self._http.ws_connect(url) as self._socket:
                    await self._listen(Inbox(self._socket))
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(0.02)

    def cut(self) -> None:
        """Lose the line, without a goodbye."""
        if self._socket and (line := self._socket.get_extra_info("socket")):
            with suppress(OSError):  # It was lost already.
                line.shutdown(socket.SHUT_RDWR)

    async def has_everything(self) -> None:
        """Wait until it has what a newcomer would fetch."""
        while self.rooms != await self.everything():  # noqa: ASYNC110 - of two processes
            await asyncio.sleep(0.02)

    async def everything(self) -> dict[str, dict[int, Json]]:
        """What a newcomer's client would fetch."""
        _, listed = await self.ask("GET", "/api/rooms")
        names = [room["name"] for room in listed["rooms"] if room["role"]]
        pages = {
            name: (await self.ask("GET", f"/api/rooms/{name}/messages?limit=200"))[1]
            for name in names
        }
        for page in pages.values():
            numbers = [message["seq"] for message in page["messages"]]
            assert numbers == list(range(1, len(numbers) + 1))
        return {
            name: {message["seq"]: message for message in page["messages"]}
            for name, page in pages.items()
        }

    async def _listen(self, inbox: Inbox) -> None:
        self._heard = dict(self.cursors)
        await inbox.say({"type": "hello", "cursors": self.cursors})
        while True:
            event = await inbox.any()
            match event["type"]:
                case "welcome":
                    await self._be_in({room["name"]: room for room in event["rooms"]})
                case "room" if event["name"] in self.rooms:
                    self._behind.discard(event["name"])
                case "room" if event["role"]:
                    await self._enter(event)
                case "gone":
                    self._forget(event["room"])
                case "message" if event["room"] in self.rooms:
                    self._hear(event)
                case "reset":
                    raise AssertionError(event)

    async def _be_in(self, mine: dict[str, Json]) -> None:
        for name in set(self.rooms) - set(mine):
            self._forget(name)
        self._behind = {
            name
            for name, rev in self.cursors.items()
            if name in mine and rev < mine[name]["rev"]
        }
        for name, room in mine.items():
            self._floors[name] = room["rev"]
            if name not in self.rooms:
                await self._enter(room)

    async def _enter(self, room: Json) -> None:
        name = room["name"]
        self.rooms[name], self.cursors[name] = {}, 0
        self._heard[name], self._floors[name] = 0, room["rev"]
        has_newer = True
        while has_newer:
            path = f"/api/rooms/{name}/changes?since={self.cursors[name]}&limit=3"
            status, page = await self.ask("GET", path)
            if status == 404:  # Left again; `gone` follows.
                return
            for message in page["messages"]:
                self._keep(message)
            has_newer = page["has_newer"]

    def _forget(self, name: str) -> None:
        for known in (self.rooms, self.cursors, self._heard, self._floors):
            known.pop(name, None)

    def _hear(self, message: Json) -> None:
        room, rev = message["room"], message["rev"]
        assert rev > self._heard[room], f"{room} {rev} was heard twice"
        has_all = rev - 1 <= max(self.cursors[room], self._floors[room])
        # What happens while a room's past is told is folded, too, until its `room`.
        assert has_all or room in self._behind, f"something is missing before {room} {rev}"
        self._heard[room] = rev
        if rev == self._floors[room]:
            self._behind.discard(room)
        self._keep(message)

    def _keep(self, message: Json) -> None:
        room, seq, rev = (message[key] for key in ("room", "seq", "rev"))
        if rev > self.rooms[room].get(seq, {"rev": 0})["rev"]:
            self.rooms[room][seq] = message
        self.cursors[room] = max(self.cursors[room], rev)
