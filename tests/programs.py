"""Programs for the tests: they come in by a token, or post to a hook."""

from typing import Any

from aiohttp.test_utils import TestClient

from tests.people import Json, Person

Reply = tuple[int, str]


async def with_token(person: Person, **form: Any) -> tuple[Person, str]:
    """A program of somebody's, and the id of its token."""
    made = await person.does("POST", "/api/tokens", form, status=201)
    return Person(person.client, made["user"], made["secret"]), made["id"]


async def makes_bot(admin: Person, name: str = "echo", **form: Any) -> Person:
    made = await admin.does("POST", "/api/bots", {"name": name, **form}, status=201)
    return Person(admin.client, name, made["token"]["secret"])


class Hook:
    """A program that knows a hook's address."""

    def __init__(self, client: TestClient[Any, Any], made: Json) -> None:
        self.client, self.id, self.path = client, made["id"], made["path"]

    async def says(self, payload: Any, key: str = "") -> Reply:
        headers = {"Idempotency-Key": key} if key else {}
        async with self.client.post(self.path, json=payload, headers=headers) as answer:
            assert answer.content_type == "text/plain"
            return answer.status, await answer.text()

    async def sends(self, body: bytes, kind: str) -> Reply:
        headers = {"Content-Type": kind}
        async with self.client.post(self.path, data=body, headers=headers) as answer:
            return answer.status, await answer.text()


async def makes_hook(person: Person, room: str = "alerts", **form: Any) -> Hook:
    made = await person.does("POST", f"/api/rooms/{room}/hooks", form, status=201)
    return Hook(person.client, made)
