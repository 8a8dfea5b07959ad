"""People: they sign up, say things and hear things, over real HTTP and real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient
from yarl import URL

from pytest_hearth.listener import Listener
from pytest_hearth.stalled_reader import StalledReader

PASSWORD = "correct horse battery"
SOON = 30.0  # seconds; nothing takes as long, on a machine however busy
Json = dict[str, Any]
Client = TestClient[Any, Any] | ClientSession


class Inbox:
    """The objects that one connection hears."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self._lines: list[Json] = []
        self.welcome: Json = {}

    async def say(self, *objects: Any) -> None:
        """Say objects, in one frame."""
        await self.socket.send_str("\n".join(json.dumps(each) for each in objects))

    async def next(self, kind: str = "", **fields: Any) -> Json:
        """The next object of a kind that has these fields; others are passed over."""
        async with asyncio.timeout(SOON):
            while True:
                heard = await self.any()
                if kind in {"", heard["type"]} and fields.items() <= heard.items():
                    return heard

    async def any(self) -> Json:
        """The next object."""
        while not self._lines:
            frame = await self.socket.receive()
            if frame.type is not WSMsgType.TEXT:
                raise ConnectionResetError(frame)
            self._lines = [json.loads(line) for line in frame.data.split("\n")]
        return self._lines.pop(0)

    async def until_pong(self, *kinds: str) -> list[Json]:
        """Everything said before the answer to a ping: what is not here was not said."""
        await self.say({"type": "ping"})
        heard = []
        async with asyncio.timeout(SOON):
            while (each := await self.any())["type"] != "pong":
                heard.append(each)
        return [each for each in heard if not kinds or each["type"] in kinds]

    async def closed(self) -> int:
        """Wait until the server closes; the close code."""
        code = 0
        async with asyncio.timeout(SOON):
            while not self.socket.closed:
                heard = await self.socket.receive()
                if heard.type is WSMsgType.CLOSE:  # Our answer may come too late for it.
                    code = heard.data
        return code or self.socket.close_code or 0


class Person:
    """Somebody with an account, and a program that speaks for them.

    `at` is what stands before every path: where Hearth is mounted, or its whole address.
    """

    def __init__(self, client: Client, name: str, token: str, at: str = "") -> None:
        self.client, self.name, self.token, self.at = client, name, token, at
        self._ear = Listener(self)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say who asks."""
        return {"Authorization": f"Bearer {self.token}"}

    async def ask(self, method: str, path: str, body: Any = None) -> ClientResponse:
        """Send a request, with JSON if there is a body."""
        given = {} if body is None else {"json": body}
        return await self.client.request(
            method, self.at + path, headers=self.headers, **given
        )

    async def does(self, method: str, path: str, body: Any = None, status: int = 0) -> Any:
        """Ask, expect success (or one status), and give what was answered."""
        async with await self.ask(method, path, body) as answer:
            text = await answer.text()
            assert answer.status == status if status else answer.ok, (
                f"{answer.status} {text}"
            )
            return json.loads(text) if text else None

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Ask, expect a problem document, and give its status and what kind it is."""
        async with await self.ask(method, path, body) as answer:
            return await problem(answer)

    async def hears(self, text: str, room: str = "", within: float = SOON) -> Json:
        """Wait for a message, however long ago it was said; each is heard once.

        Raises:
            AssertionError: if it does not come in time.
        """
        return await self._ear.hears(text, room, within)

    async def heard(self) -> list[Json]:
        """All messages that came until now and that no `hears` has taken."""
        return await self._ear.heard()

    async def goes(self) -> None:
        """End the connection of `hears`, if there is one."""
        await self._ear.close()

    async def says(self, room: str, text: str, **more: Any) -> Json:
        """Post a message; give an `id` to say it again if the answer is lost."""
        said: Json = await self.does(
            "POST", f"/api/rooms/{room}/messages", {"text": text, **more}
        )
        return said

    async def joins(self, room: str) -> None:
        """Become a member of a public room."""
        await self.does("PUT", f"/api/rooms/{room}/members/me")

    async def page(self, room: str, query: str = "") -> list[Json]:
        """Messages of a room, the newest unless the query says which."""
        found = await self.does("GET", f"/api/rooms/{room}/messages{query}")
        return list(found["messages"])

    async def rooms(self) -> list[Json]:
        """My rooms, and the public ones."""
        found: list[Json] = (await self.does("GET", "/api/rooms"))["rooms"]
        return found

    async def room(self, name: str) -> Json:
        """One room, as I see it."""
        found: Json = await self.does("GET", f"/api/rooms/{name}")
        return found

    async def makes(self, room: str, kind: str = "public", *members: str) -> str:
        """Make a room; its name."""
        body = {"name": room, "kind": kind, "members": list(members)}
        await self.does("POST", "/api/rooms", body, status=201)
        return room

    async def connect(self, **hello: Any) -> Inbox:
        """Open a socket, say hello, and be welcomed."""
        path = self.at + "/api/socket"
        inbox = Inbox(await self.client.ws_connect(path, headers=self.headers))
        try:
            await inbox.say({"type": "hello", **hello})
            inbox.welcome = await inbox.next("welcome")
        except BaseException:
            await inbox.socket.close()
            raise
        return inbox

    @asynccontextmanager
    async def listening(self, **hello: Any) -> AsyncIterator[Inbox]:
        """Be connected for a while."""
        inbox = await self.connect(**hello)
        async with inbox.socket:
            yield inbox

    async def stops_reading(self) -> StalledReader:
        """Open one more connection, and read nothing from it; close it in the end."""
        socket = f"{self.at}/api/socket"
        if isinstance(self.client, TestClient):
            url = self.client.make_url(socket)
        else:
            url = URL(socket)
        return await asyncio.to_thread(StalledReader, url, self.token)


async def sign_up(client: Client, name: str, at: str = "", **more: Any) -> Person:
    """Make an account; a busy machine's server may still be at its start."""
    form = {"name": name, "password": PASSWORD, **more}
    async with asyncio.timeout(SOON):
        while True:
            async with client.post(f"{at}/api/auth/register", json=form) as answer:
                if answer.status != 503:
                    assert answer.status == 201, await answer.text()
                    return Person(client, name, (await answer.json())["access_token"], at)
            await asyncio.sleep(0.1)


async def sign_in(
    client: TestClient[Any, Any],
    name: str,
    password: str = PASSWORD,
    headers: dict[str, str] | None = None,
) -> tuple[int, Json]:
    """Sign in as a program does: the status, and what was answered."""
    form = {"name": name, "password": password}
    async with client.post("/api/auth/token", json=form, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def problem(answer: ClientResponse) -> tuple[int, str]:
    """The status of a problem document, and what kind it is."""
    document = await answer.json(content_type="application/problem+json")
    assert document["status"] == answer.status >= 400
    return answer.status, document["type"].rpartition(":")[2]


def own_origin(client: TestClient[Any, Any]) -> str:
    """The Origin that a browser sends from one of our own pages."""
    return str(client.make_url("/")).rstrip("/")
