"""People for the tests: they sign up, post, and listen, over real HTTP and real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientResponse, ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient

from tests.described import check_answer, check_event

PASSWORD = "correct horse battery"
SOON = 5.0  # seconds; nothing on loopback takes as long
Json = dict[str, Any]


class Inbox:
    """What one connection hears, object by object."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self._lines: list[Json] = []
        self.welcome: Json = {}

    async def say(self, *objects: Any) -> None:
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
            for line in self._lines:
                check_event(line)
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
        async with asyncio.timeout(SOON + 5):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code or 0


class Person:
    """Somebody with an account, and a program that speaks for them."""

    def __init__(self, client: TestClient[Any, Any], name: str, token: str) -> None:
        self.client, self.name, self.token = client, name, token

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def ask(self, method: str, path: str, body: Any = None) -> ClientResponse:
        given = {} if body is None else {"json": body}
        return await self.client.request(
            method, path, headers=self.headers, **given
        )  # fmt: skip

    async def does(self, method: str, path: str, body: Any = None, status: int = 0) -> Any:
        """Ask, expect success (or one status), and give what was answered."""
        async with await self.ask(method, path, body) as answer:
            text = await answer.text()
            assert answer.status == status if status else answer.ok, (
                f"{answer.status} {text}"
            )
            document = json.loads(text) if text else None
            check_answer(answer, document)
            return document

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Ask, expect a problem document, and give its status and what kind it is."""
        async with await self.ask(method, path, body) as answer:
            return await problem(answer)

    async def says(self, room: str, text: str, **more: Any) -> Json:
        said: Json = await self.does(
            "POST", f"/api/rooms/{room}/messages", {"text": text, **more}
        )
        return said

    async def page(self, room: str, query: str = "") -> list[Json]:
        found = await self.does("GET", f"/api/rooms/{room}/messages{query}")
        return list(found["messages"])

    async def rooms(self) -> list[Json]:
        found: list[Json] = (await self.does("GET", "/api/rooms"))["rooms"]
        return found

    async def room(self, name: str) -> Json:
        found: Json = await self.does("GET", f"/api/rooms/{name}")
        return found

    async def makes(self, room: str, kind: str = "public", *members: str) -> str:
        body = {"name": room, "kind": kind, "members": list(members)}
        await self.does("POST", "/api/rooms", body, status=201)
        return room

    @asynccontextmanager
    async def listening(self, **hello: Any) -> AsyncIterator[Inbox]:
        async with self.client.ws_connect("/api/socket", headers=self.headers) as socket:
            inbox = Inbox(socket)
            await inbox.say({"type": "hello", **hello})
            inbox.welcome = await inbox.next("welcome")
            yield inbox


async def sign_up(client: TestClient[Any, Any], name: str, **more: Any) -> Person:
    async with client.post(
        "/api/auth/register", json={"name": name, "password": PASSWORD, **more}
    ) as answer:
        assert answer.status == 201, await answer.text()
        check_answer(answer, await answer.json())
        return Person(client, name, (await answer.json())["access_token"])


async def sign_in(
    client: TestClient[Any, Any],
    name: str,
    password: str = PASSWORD,
    headers: dict[str, str] | None = None,
) -> tuple[int, Json]:
    """Sign in as a program does: the status, and what was answered."""
    form = {"name": name, "password": password}
    async with client.post("/api/auth/token", json=form, headers=headers) as answer:
        document = await answer.json(content_type=None)
        check_answer(answer, document)
        return answer.status, document


async def problem(answer: ClientResponse) -> tuple[int, str]:
    """The status of a problem document, and what kind it is."""
    document = await answer.json(content_type="application/problem+json")
    assert document["status"] == answer.status >= 400
    check_answer(answer, document)
    return answer.status, document["type"].rpartition(":")[2]


def own_origin(client: TestClient[Any, Any]) -> str:
    """What a browser sends as Origin from one of our own pages."""
    return str(client.make_url("/")).rstrip("/")
