"""Takeovers gone wrong: others want to, the database drags, the new one dies."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from pymongo import MongoClient

from pytest_hearth.hearth import Hearth
from pytest_hearth.proxy import FaultyProxy
from server import create_app
from settings import Settings
from store import users
from store.lease.timeouts import LEASE_SECONDS, PROMISED_SECONDS, TRUST_SECONDS
from tests.conftest import Client
from tests.people import Person, sign_up
from tests.takeover import Pair
from tests.test_frozen import Line
from tests.test_standby import SLACK, first, moves, serves, services

__all__ = ["first"]
COMMAND_SECONDS = 4.9  # of a database that drags: longer than any operation may take
GUESTS = 12


@pytest.fixture
async def standbys(
    first: Hearth, settings: Settings, tmp_path: Path
) -> AsyncIterator[list[Client]]:
    async with AsyncExitStack() as stack:
        apps = [
            create_app(replace(settings, data=tmp_path / name)) for name in ("two", "three")
        ]
        yield [await stack.enter_async_context(TestClient(TestServer(app))) for app in apps]


async def test_of_two_that_stand_by_one_takes_over_and_the_other_stands_by_for_it(
    first: Hearth, standbys: list[Client]
) -> None:
    ann = await first.person("ann")
    await ann.says("general", "1")
    await first.client.close()
    begun = [asyncio.create_task(serves(each)) for each in standbys]
    done, (waits,) = await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
    next_one = standbys[begun.index(done.pop())]
    last_one = standbys[begun.index(waits)]
    assert (await (await moves(ann, next_one)).says("general", "2"))["seq"] == 2
    async with last_one.get("/api/rooms") as answer:
        assert answer.status == 503
        assert "standing by for" in await answer.text()
    assert not waits.done()
    await next_one.close()
    await waits
    assert (await (await moves(ann, last_one)).says("general", "3"))["seq"] == 3


class Drag(FaultyProxy):
    """A line on which a command and its answer take long, and arrive all the same."""

    seconds = 0.0

    async def _send(self, data: bytes, target: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.seconds / 2)
        await super()._send(data, target)


async def test_a_write_that_nobody_waits_for_any_more_ends_before_another_may_serve(
    settings: Settings, tmp_path: Path
) -> None:
    hearth = Hearth(replace(settings, data=tmp_path / "one"))
    hearth.database = line = Drag(hearth.database.target)
    async with hearth:
        await hearth.people("ann", "ben")
        line.seconds = 2.0
        db = services(hearth.client).db
        write = asyncio.create_task(users.change(db, "ben", role="admin"))
        await asyncio.sleep(line.seconds / 8)
        line.seconds = 0.0
        write.cancel()
        await db.lease.release()
        with MongoClient[dict[str, Any]](settings.mongodb_url) as mongo:
            ben = mongo.get_default_database()["users"].find_one({"_id": "ben"})
        assert ben
        assert ben["role"] == "admin"


@pytest.mark.long
@pytest.mark.parametrize("of_all", [False, True], ids=["its line", "the database"])
async def test_while_commands_take_five_seconds_nothing_is_done_twice_or_lost(
    settings: Settings, tmp_path: Path, of_all: bool
) -> None:
    hearths = [Hearth(replace(settings, data=tmp_path / name)) for name in ("one", "two")]
    lines = [Drag(each.database.target) for each in hearths]
    async with AsyncExitStack() as stack:
        for hearth, line in zip(hearths, lines, strict=True):
            hearth.database = line
            await stack.enter_async_context(hearth)
        one, two = hearths
        ann = await one.person("ann")
        await ann.says("general", "before")
        for line in lines if of_all else lines[:1]:
            line.seconds = COMMAND_SECONDS
        began = time.monotonic()
        if not of_all:
            # What it sent before it was in doubt may come late, and counts once more.
            await serves(
                two.client, TRUST_SECONDS + COMMAND_SECONDS + LEASE_SECONDS + SLACK
            )
            there = await moves(ann, two.client)
            assert (await there.says("general", "at the other"))["seq"] == 2
        while time.monotonic() - began < 3 * LEASE_SECONDS:
            asked = time.monotonic()
            body = {"text": "dragged", "id": "dragged"}
            refused = await ann.refused("POST", "/api/rooms/general/messages", body)
            assert refused == (503, "unavailable")
            assert time.monotonic() - asked < PROMISED_SECONDS + SLACK
        for line in lines:
            line.seconds = 0.0
        there = two.client if not of_all else await first_to_serve(one, two)
        ann = await moves(ann, there)
        await ann.says("general", "dragged", id="dragged")
        said = [each["text"] for each in await ann.page("general")]
        assert said == ["before", *(["at the other"] if not of_all else []), "dragged"]


async def first_to_serve(*hearths: Hearth) -> Client:
    """The client of the one that serves, as soon as one does."""
    begun = [asyncio.create_task(serves(each.client)) for each in hearths]
    (done, *_), rest = await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
    for each in rest:
        each.cancel()
    return hearths[begun.index(done)].client


@pytest.fixture
async def pair(settings: Settings, tmp_path: Path) -> AsyncIterator[Pair]:
    pair = Pair(tmp_path, settings.mongodb_url)
    pair.lines[1] = Line(pair.lines[1].target)
    await pair.start()
    yield pair
    await pair.close()


@pytest.mark.long
@pytest.mark.parametrize(
    "write", [b"createIndexes", rb"insert\x00.{4}messages\x00|update\x00.{4}messages\x00"],
    ids=["at its first step", "at its last one"],
)  # fmt: skip
async def test_when_the_next_one_dies_while_it_takes_over_another_one_does(
    pair: Pair, write: bytes
) -> None:
    one, two = pair.servers
    line = pair.lines[1]
    assert isinstance(line, Line)
    async with aiohttp.ClientSession() as http:
        ann = await sign_up(http, "ann", one.address)
        await ann.says("general", "one")
        line.freeze_at(write, two.pid, is_stored=False)
        assert await one.end() == 0
        await line.frozen.wait()
        await two.kill()
        began = time.monotonic()
        await pair.revive(0)
        await pair.serves(0)
        assert time.monotonic() - began < LEASE_SECONDS + SLACK
        ann = Person(http, "ann", ann.token, one.address)
        await line.resume()
        await pair.revive(1)
        assert (await ann.says("general", "two"))["seq"] == 2
        await one.end()
        await pair.serves(1)
        there = Person(http, "ann", ann.token, two.address)
        assert [each["text"] for each in await there.page("general")] == ["one", "two"]


async def test_a_removal_and_a_sign_out_that_are_answered_during_a_takeover_hold(
    pair: Pair,
) -> None:
    one, two = pair.servers
    async with aiohttp.ClientSession() as http:
        names = ["ann", *(f"g{number}" for number in range(GUESTS))]
        ann, *guests = [await sign_up(http, name, one.address) for name in names]
        await ann.makes("den", "private", *names[1:])
        ending = asyncio.create_task(one.end())
        acts = [
            acknowledged(ann, "DELETE", f"/api/rooms/den/members/{guest.name}")
            for guest in guests
        ] + [acknowledged(guest, "POST", "/api/auth/logout") for guest in guests]
        held = await asyncio.gather(*acts)
        await pair.serves(1)
        await ending
        there = Person(http, "ann", ann.token, two.address)
        found = await there.does("GET", "/api/rooms/den/members")
        members = {each["user"] for each in found["members"]}
        for guest, is_out, is_signed_out in zip(
            guests, held[:GUESTS], held[GUESTS:], strict=True
        ):
            assert not is_out or guest.name not in members
            moved = Person(http, guest.name, guest.token, two.address)
            async with await moved.ask("GET", "/api/rooms") as answer:
                assert answer.status == 401 or not is_signed_out
        # Whoever got no answer asks again.
        for guest in guests:
            await acknowledged(there, "DELETE", f"/api/rooms/den/members/{guest.name}")
        found = await there.does("GET", "/api/rooms/den/members")
        assert [each["user"] for each in found["members"]] == ["ann"]


async def acknowledged(person: Person, method: str, path: str) -> bool:
    """True if the answer was that it is done."""
    try:
        async with await person.ask(method, path) as answer:
            return answer.ok
    except aiohttp.ClientError:
        return False
