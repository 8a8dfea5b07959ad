"""People who talk all the while, whatever happens; then nothing is lost or doubled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from tests.people import PASSWORD, Inbox, Json

ROOMS = ("general", "porch")
AT_ONCE = 5  # sends of one talker that are not answered yet
PATIENCE = 900.0  # for all that is said, twenty deaths included, on a busy machine
HEARTBEAT_SECONDS = 6.0  # a server that is stopped closes nothing


class Talker:
    """Talks and listens; sends again what was not acknowledged, and resumes by cursors."""

    def __init__(
        self, name: str, token: str, where: Callable[[], str], acks: asyncio.Semaphore
    ) -> None:
        self.name, self._where, self._acks = name, where, acks
        self._headers = {"Authorization": f"Bearer {token}"}
        self._pending: dict[str, str] = {}  # id: room
        self.acknowledged: dict[tuple[str, str], tuple[int, int]] = {}
        self.heard: dict[str, list[int]] = {room: [] for room in ROOMS}
        self._reset: set[str] = set()  # rooms to be fetched
        self.lines_lost = 0
        self.is_done = False

    @property
    def has_all(self) -> bool:
        return self.is_done and not self._pending

    async def run(self) -> None:
        """Until done, and everything is acknowledged."""
        async with aiohttp.ClientSession(headers=self._headers) as http:
            while not self.has_all:
                try:
                    await self._fetch(http)
                    url = f"{self._where()}/api/socket"
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        socket = await http.ws_connect(url, heartbeat=HEARTBEAT_SECONDS)
                    async with socket:
                        await self._converse(Inbox(socket))
                except (aiohttp.ClientError, OSError):
                    self.lines_lost += 1
                    await asyncio.sleep(0.02)

    async def catch_up(self) -> None:
        """Hear what the others said since."""
        async with (
            aiohttp.ClientSession(headers=self._headers) as http,
            http.ws_connect(f"{self._where()}/api/socket") as socket,
        ):
            inbox = Inbox(socket)
            await inbox.say(self._hello())
            await inbox.next("welcome")
            for event in await inbox.until_pong("message", "reset", "gone"):
                assert event["type"] == "message", event
                self.heard[event["room"]].append(event["rev"])

    async def _fetch(self, http: aiohttp.ClientSession) -> None:
        for room in tuple(self._reset):
            heard, has_newer = self.heard[room], True
            while has_newer:
                query = f"since={heard[-1] if heard else 0}&limit=200"
                path = f"/api/rooms/{room}/changes?{query}"
                async with http.get(self._where() + path) as answer:
                    answer.raise_for_status()
                    page = await answer.json()
                heard += [message["rev"] for message in page["messages"]]
                has_newer = page["has_newer"]
            self._reset.discard(room)

    def _hello(self) -> Json:
        cursors = {room: revs[-1] if revs else 0 for room, revs in self.heard.items()}
        return {"type": "hello", "cursors": cursors}

    async def _converse(self, inbox: Inbox) -> None:
        await inbox.say(self._hello())
        assert (await inbox.any())["type"] == "welcome"
        for id in self._pending:
            await inbox.say(self._send(id))
        while not self.has_all:
            while len(self._pending) < AT_ONCE and not self.is_done:
                await self._say_another(inbox)
            await self._hear(inbox)

    async def _say_another(self, inbox: Inbox) -> None:
        number = len(self.acknowledged) + len(self._pending)
        id = f"{self.name}-{number}"
        self._pending[id] = ROOMS[number % len(ROOMS)]
        await inbox.say(self._send(id))

    async def _hear(self, inbox: Inbox) -> None:
        event = await inbox.any()
        match event["type"]:
            case "message":
                self.heard[event["room"]].append(event["rev"])
            case "ok":
                room = self._pending.pop(event["id"])
                self.acknowledged[room, event["id"]] = event["seq"], event["rev"]
                self._acks.release()
            case "reset":  # More than a thousand messages behind, after a long silence.
                self._reset.add(event["room"])
                raise ConnectionResetError
            case "gone":
                pytest.fail(f"{self.name} was told {event}")
            case "error":
                assert event["code"] == "unavailable", event
                await asyncio.sleep(0.1)
                await inbox.say(self._send(event["id"]))

    def _send(self, id: str) -> Json:
        return {"type": "send", "id": id, "room": self._pending[id], "text": id}


async def everything(address: str, token: str, room: str) -> list[Json]:
    headers, found = {"Authorization": f"Bearer {token}"}, []
    async with aiohttp.ClientSession(address, headers=headers) as http:
        path = f"/api/rooms/{room}/messages?limit=200&after="
        while True:
            async with http.get(path + str(len(found))) as answer:
                page = await answer.json()
            found += page["messages"]
            if not page["has_newer"]:
                return found


async def move_in(address: str) -> dict[str, str]:
    """Three people sign up, and share two rooms; their tokens."""
    tokens = {}
    async with aiohttp.ClientSession(address) as http:
        for name in ("ann", "ben", "cat"):
            form = {"name": name, "password": PASSWORD}
            async with http.post("/api/auth/register", json=form) as answer:
                assert answer.status == 201, await answer.text()
                tokens[name] = (await answer.json())["access_token"]
        porch = {"name": "porch", "members": ["ben", "cat"]}
        headers = {"Authorization": f"Bearer {tokens['ann']}"}
        async with http.post("/api/rooms", json=porch, headers=headers) as answer:
            assert answer.status == 201
    return tokens


@asynccontextmanager
async def talking(
    where: Callable[[], str],
    within: float = PATIENCE,
) -> AsyncIterator[tuple[list[Talker], asyncio.Semaphore]]:
    """Three people talk all the while; at the end nothing is lost or doubled."""
    tokens = await move_in(where())
    acks = asyncio.Semaphore(0)
    talkers = [Talker(name, token, where, acks) for name, token in tokens.items()]
    async with asyncio.timeout(within), asyncio.TaskGroup() as group:
        for talker in talkers:
            group.create_task(talker.run())
        yield talkers, acks
        for talker in talkers:
            talker.is_done = True
    for room in ROOMS:
        found = await everything(where(), tokens["ann"], room)
        numbers = list(range(1, len(found) + 1))
        assert [each["seq"] for each in found] == numbers
        assert [each["rev"] for each in found] == numbers
        stored = {(room, each["id"]): (each["seq"], each["rev"]) for each in found}
        assert len(stored) == len(found)
        told = [each for talker in talkers for each in talker.acknowledged.items()]
        assert stored == {key: value for key, value in told if key[0] == room}
        for talker in talkers:
            await talker.catch_up()
            assert talker.heard[room] == numbers


async def more(acks: asyncio.Semaphore, number: int) -> None:
    """Wait for so many acknowledgements from now on."""
    while not acks.locked():
        await acks.acquire()
    for _ in range(number):
        await acks.acquire()
