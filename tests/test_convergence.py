"""Whatever happens to whom, and in whatever order: in the end everybody has the same."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as course
from hypothesis import strategies as st

from settings import Settings
from tests.people import PASSWORD
from tests.reader import Reader
from tests.takeover import Pair

NAMES = ("ann", "ben", "cat")
PATIENCE = 180.0

people = st.sampled_from(NAMES)
rooms = st.sampled_from(("hall", "porch"))
seqs = st.integers(1, 6)
acts = st.one_of(
    st.tuples(st.just("say"), people, rooms),
    st.tuples(st.just("edit"), people, rooms, seqs),
    st.tuples(st.just("delete"), people, rooms, seqs),
    st.tuples(st.just("react"), people, rooms, seqs, st.sampled_from("👍🎉")),
    st.tuples(st.just("unreact"), people, rooms, seqs, st.sampled_from("👍🎉")),
    st.tuples(st.just("join"), people),
    st.tuples(st.just("leave"), people),
    st.tuples(st.just("cut"), people),
    st.tuples(st.just("takeover"), st.just("end")),
    st.tuples(st.just("restart")),
)  # fmt: skip
deaths = st.tuples(st.just("takeover"), st.just("kill"))  # noticed after six seconds


def rounds(acts: st.SearchStrategy[Any]) -> st.SearchStrategy[list[list[Any]]]:
    return st.lists(st.lists(acts, min_size=1, max_size=6), min_size=1, max_size=6)


class House:
    """Two servers of which one serves, and three people who share two rooms of theirs."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._turn = asyncio.Lock()
        self.suffix = secrets.token_hex(3)

    def where(self) -> str:
        return self.pair.servers[self.pair.serving].address

    async def restart(self) -> None:
        """The one that serves is killed and comes back, usually before it is missed."""
        async with self._turn:
            await self.pair.servers[self.pair.serving].kill()
            await self.pair.revive(self.pair.serving)
            self.pair.serving = await self.pair.serves(0, 1)

    async def takeover(self, fault: str) -> None:
        """The other one serves, and this one comes back and stands by."""
        async with self._turn:
            await self.pair.befall(fault, 0)

    async def move_in(self, stack: AsyncExitStack) -> dict[str, Reader]:
        """Everybody is in the hall from the start; who likes joins the porch."""
        readers = {}
        for name in NAMES:
            http = await stack.enter_async_context(aiohttp.ClientSession())
            readers[name] = Reader(self.where, http)
            form = {"name": f"{name}-{self.suffix}", "password": PASSWORD}
            _, answer = await readers[name].ask("POST", "/api/auth/register", form)
            http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        others = [f"{name}-{self.suffix}" for name in NAMES[1:]]
        for room, members in (("hall", others), ("porch", [])):
            form = {"name": f"{room}-{self.suffix}", "members": members}
            status, _ = await readers["ann"].ask("POST", "/api/rooms", form)
            assert status == 201
        return readers


async def act(house: House, readers: dict[str, Reader], kind: str, *how: Any) -> None:
    if kind in {"restart", "takeover"}:
        return await getattr(house, kind)(*how)
    who = readers[how[0]]
    if kind == "cut":
        return who.cut()
    place = f"/api/rooms/porch-{house.suffix}/members/me"
    if kind in {"join", "leave"}:
        await who.ask("PUT" if kind == "join" else "DELETE", place)
        return None
    path = "/".join([f"/api/rooms/{how[1]}-{house.suffix}/messages", *map(str, how[2:3])])
    match kind:
        case "say":
            id = secrets.token_hex(8)
            await who.ask("POST", path, {"text": f"*{id}* @all", "id": id})
        case "edit":
            await who.ask("PATCH", path, {"text": secrets.token_hex(4)})
        case "delete":
            await who.ask("DELETE", path)
        case "react" | "unreact":
            method = "PUT" if kind == "react" else "DELETE"
            await who.ask(method, f"{path}/reactions/{how[3]}")
    return None


async def live(pair: Pair, lived: list[list[tuple[Any, ...]]]) -> None:
    """Live through some rounds; what happens in one round happens at once."""
    house = House(pair)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(PATIENCE))
        readers = await house.move_in(stack)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        following = [group.create_task(reader.follow()) for reader in readers.values()]
        for at_once in lived:
            await asyncio.gather(*(act(house, readers, *each) for each in at_once))
        for reader in readers.values():
            await reader.has_everything()
        for task in following:
            task.cancel()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """One loop for all courses: a process belongs to the loop that started it."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def pair(runner: asyncio.Runner, settings: Settings, tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path, settings.mongodb_url)
    runner.run(pair.start())
    yield pair
    for server in pair.servers:
        assert runner.run(server.end()) == 0
        assert "Traceback" not in server.complaints
    runner.run(pair.close())


lives = course(
    max_examples=10,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # To shrink would take minutes.
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(lived=rounds(acts))
@lives
def test_every_client_ends_with_what_a_newcomer_would_fetch(
    runner: asyncio.Runner, pair: Pair, lived: list[list[tuple[Any, ...]]]
) -> None:
    runner.run(live(pair, lived))


@pytest.mark.long
@given(lived=rounds(acts | deaths | deaths))
@lives
def test_the_same_when_the_one_that_serves_dies_for_good(
    runner: asyncio.Runner, pair: Pair, lived: list[list[tuple[Any, ...]]]
) -> None:
    runner.run(live(pair, lived))
