"""Whatever happens, in whatever order: every open client counts what the API counts."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as course
from hypothesis import strategies as st

from handlers.services import SERVICES
from pytest_hearth.hearth import changed, owner_code
from server import create_app
from settings import Settings
from tests.model import Model, counts
from tests.people import SOON, Inbox, Person, sign_in, sign_up

COURSES = int(os.environ.get("HEARTH_TEST_COURSES", "15"))
NAMES = ("ann", "ben", "cat")
TEXTS = ("hello", "hello @ann", "hello @ben and @cat", "hello @all")

people, seqs, texts = st.sampled_from(NAMES), st.integers(0, 7), st.sampled_from(TEXTS)
rooms = st.sampled_from(("hall", "porch"))
steps = st.one_of(
    st.tuples(st.just("post"), people, rooms, texts),
    st.tuples(st.just("post"), people, rooms, texts),
    st.tuples(st.just("edit"), people, rooms, seqs, texts),
    st.tuples(st.just("delete"), people, rooms, seqs),
    st.tuples(st.just("react"), people, rooms, seqs),
    st.tuples(st.just("pin"), people, rooms, seqs, st.booleans()),
    st.tuples(st.just("mark"), people, rooms, seqs),
    st.tuples(st.just("mark back"), people, rooms, seqs),
    st.tuples(st.just("join"), people),
    st.tuples(st.just("leave"), people),
    st.tuples(st.just("come back"), people),
    st.tuples(st.just("disable"), st.just("cat")),
    st.tuples(st.just("archive"), st.booleans()),
)  # fmt: skip


class Somebody:
    """A person, and their open client."""

    def __init__(self, person: Person) -> None:
        self.person, self.model = person, Model(person.name)
        self._inbox: Inbox | None = None

    async def open(self) -> None:
        await self.close()
        self._inbox = await self.person.connect()
        self.model = Model(self.person.name)
        self.model.hear(self._inbox.welcome)

    async def close(self) -> None:
        if self._inbox:
            await self._inbox.socket.close()

    async def say(self, event: Any) -> None:
        assert self._inbox
        await self._inbox.say(event)

    async def is_in_step(self) -> None:
        """Wait until the open client counts as the API does, and as a fresh one."""
        assert self._inbox
        for _ in range(200):
            for event in await self._inbox.until_pong():
                self.model.hear(event)
            told = counts(await self.person.rooms())
            if self.model.counts() == told:
                break
            await asyncio.sleep(0.01)
        assert self.model.counts() == told
        async with self.person.listening() as fresh:
            assert counts(fresh.welcome["rooms"]) == told


class House:
    """Three people in a hall, who may also be on the porch."""

    def __init__(self, client: TestClient[Any, Any], suffix: str) -> None:
        self.client, self.suffix = client, suffix
        self.people: dict[str, Somebody] = {}

    async def move_in(self, owner: Person) -> None:
        self.people["ann"] = Somebody(owner)
        for name in NAMES[1:]:
            person = await sign_up(self.client, f"{name}-{self.suffix}")
            self.people[name] = Somebody(person)
        others = [each.person.name for each in self.people.values()][1:]
        await owner.makes(f"hall-{self.suffix}", "private", *others)
        await owner.makes(f"porch-{self.suffix}")
        for each in self.people.values():
            await each.open()

    def text(self, text: str) -> str:
        for name, each in self.people.items():
            text = text.replace(f"@{name}", f"@{each.person.name}")
        return text

    async def step(self, kind: str, *how: Any) -> None:
        if kind == "archive":
            archived = {"archived": how[0]}
            owner = self.people["ann"].person
            await owner.ask("PATCH", f"/api/rooms/porch-{self.suffix}", archived)
            return
        who = self.people[how[0]]
        porch = f"/api/rooms/porch-{self.suffix}/members/me"
        match kind:
            case "join":
                await who.person.ask("PUT", porch)
            case "leave":
                await who.person.ask("DELETE", porch)
            case "come back":
                await who.open()
            case "disable":
                await self._disable(who)
            case _:
                await self._act(who, kind, f"{how[1]}-{self.suffix}", *how[2:])

    async def _act(self, who: Somebody, kind: str, room: str, *how: Any) -> None:
        path = f"/api/rooms/{room}/messages"
        match kind:
            case "post":
                await who.person.ask("POST", path, {"text": self.text(how[0])})
            case "edit":
                text = {"text": self.text(how[1])}
                await who.person.ask("PATCH", f"{path}/{how[0]}", text)
            case "delete":
                await who.person.ask("DELETE", f"{path}/{how[0]}")
            case "react":
                await who.person.ask("PUT", f"{path}/{how[0]}/reactions/👍")
            case "pin":
                method = "PUT" if how[1] else "DELETE"
                await who.person.ask(method, f"{path}/{how[0]}/pin")
            case "mark":
                await who.say({"type": "read", "room": room, "seq": how[0]})
            case "mark back":
                back = {"seq": how[0], "back": True}
                await who.person.ask("PUT", f"/api/rooms/{room}/read", back)

    async def _disable(self, who: Somebody) -> None:
        path, owner = f"/api/users/{who.person.name}", self.people["ann"].person
        await owner.does("PATCH", path, {"disabled": True})
        await owner.says(f"hall-{self.suffix}", f"bye @{who.person.name}")
        await owner.does("PATCH", path, {"disabled": False})
        _, answer = await sign_in(self.client, who.person.name)
        who.person.token = answer["access_token"]
        await who.open()


async def live(
    client: TestClient[Any, Any], owner: Person, lived: list[tuple[Any, ...]]
) -> None:
    house = House(client, secrets.token_hex(3))
    async with asyncio.timeout(SOON * len(lived)):
        await house.move_in(owner)
        for step in lived:
            await house.step(*step)
            for each in house.people.values():
                await each.is_in_step()
        for each in house.people.values():
            await each.close()
        for room in ("hall", "porch"):
            await owner.ask("DELETE", f"/api/rooms/{room}-{house.suffix}")


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def client(runner: asyncio.Runner, settings: Settings) -> Iterator[TestClient[Any, Any]]:
    async def start() -> TestClient[Any, Any]:
        many = changed(settings, rooms=10_000, sends=1_000)
        client = TestClient(TestServer(create_app(many)))
        await client.start_server()
        return client

    client = runner.run(start())
    yield client
    runner.run(client.close())


@pytest.fixture
def owner(runner: asyncio.Runner, client: TestClient[Any, Any]) -> Person:
    app = client.app
    assert app is not None
    assert app[SERVICES].db.prepared.is_set()

    async def become() -> Person:
        return await sign_up(client, "ann", invite=owner_code(app))

    return runner.run(become())


@given(lived=st.lists(steps, min_size=4, max_size=14))
@course(
    max_examples=COURSES,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_client_counts_what_the_api_counts_after_each_step(
    runner: asyncio.Runner,
    client: TestClient[Any, Any],
    owner: Person,
    lived: list[tuple[Any, ...]],
) -> None:
    runner.run(live(client, owner, lived))
