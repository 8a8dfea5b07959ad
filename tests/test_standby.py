"""Two servers on one database: one serves, the other stands ready and takes over."""

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace as replace_fields
from pymongo import MongoClient

from handlers.services import SERVICES
from pytest_hearth.hearth import Hearth
from pytest_hearth.proxy import FaultyProxy
from server import Greeting, create_app
from settings import Settings
from store import access, members, users
from store.database import Database
from store.errors import CannotStart, NotServing
from store.lease.clock import now
from store.lease.lease import Lease, State
from store.lease.timeouts import RENEW_SECONDS
from store.log.batch import Batch, Change, Entry, Post
from store.log.fence import Fence
from store.mongod.client import make_client
from store.records import Draft, Head, Member
from tests.command_line import CommandLine
from tests.conftest import Client, owner_code
from tests.people import Person, sign_up
from tests.process import Process
from tests.push_service import PushService

ROOM = "/api/rooms/general/messages"
TAKEOVER_SECONDS = 8.0
SLACK = 12.0  # seconds more, for a machine that is busy with other tests
MAX_LEASE_BYTES = 1_024


@pytest.fixture
async def first(settings: Settings, tmp_path: Path) -> AsyncIterator[Hearth]:
    """The one that serves; its line to the database can fail."""
    async with Hearth(replace(settings, data=tmp_path / "one")) as hearth:
        yield hearth


@pytest.fixture
async def second(
    first: Hearth, settings: Settings, tmp_path: Path
) -> AsyncIterator[Client]:
    """The one that stands by, with a line of its own."""
    app = create_app(replace(settings, data=tmp_path / "two"))
    async with TestClient(TestServer(app)) as client:
        yield client


def services(client: Client) -> Any:
    app = client.app
    assert isinstance(app, web.Application)
    return app[SERVICES]


async def serves(client: Client, within: float = TAKEOVER_SECONDS + SLACK) -> float:
    """Wait until a server serves; how long that took."""
    began = time.monotonic()
    async with asyncio.timeout(within):
        while True:
            async with client.get("/readyz") as answer:
                if answer.status == 200:
                    return time.monotonic() - began
            await asyncio.sleep(0.02)


async def moves(person: Person, client: Client) -> Person:
    """The same person, at another server."""
    return Person(client, person.name, person.token)


async def test_the_second_stands_by_and_says_for_whom(
    first: Hearth, second: Client
) -> None:
    async with second.get("/healthz") as answer:
        assert answer.status == 200
    async with second.get("/readyz") as answer:
        assert (answer.status, (await answer.text())[:16]) == (503, "standing by for ")
    for path in ("/", "/api/config", "/api/rooms", "/api/socket"):
        async with second.get(path) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "1"
            assert "standing by for" in (await answer.json(content_type=None))["detail"]
    assert not services(second).db.prepared.is_set()
    for asked, expected in [("421", 421), ("502", 502), ("200", 503)]:
        headers = {"X-Standby-Status": asked}
        async with second.post("/api/rooms", headers=headers) as answer:
            assert answer.status == expected
            assert answer.headers["Retry-After"] == "1"


async def test_the_second_serves_when_the_first_has_ended(
    first: Hearth, second: Client
) -> None:
    ann = await first.person("ann")
    await ann.says("general", "one")
    await first.client.close()
    await serves(second)
    there = await moves(ann, second)
    assert [each["text"] for each in await there.page("general")] == ["one"]
    assert (await there.says("general", "two"))["seq"] == 2


async def test_the_next_server_tells_the_devices_of_the_one_before(
    first: Hearth, second: Client, tmp_path: Path
) -> None:
    ann, ben = await first.people("ann", "ben")
    async with PushService(tmp_path) as push:
        phone = push.device("phone")
        await phone.is_told_to(ben)
        key = (await ben.does("GET", "/api/notifications"))["key"]
        await first.client.close()
        await serves(second)
        await push.is_trusted_by(services(second))
        ann, ben = await moves(ann, second), await moves(ben, second)
        assert (await ben.does("GET", "/api/notifications"))["key"] == key
        await ann.says("general", "@ben")
        assert [each.body for each in await phone.hears()] == ["@ben"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"secret": "another" * 8}, "HEARTH_SECRET"),
        ({"public_url": "http://x"}, "HEARTH_PUBLIC_URL"),
    ],
)
async def test_a_server_that_differs_does_not_stand_by_and_says_in_what(
    first: Hearth, settings: Settings, tmp_path: Path, change: dict[str, str], name: str
) -> None:
    app = create_app(replace(settings, data=tmp_path / "two", **change))
    with pytest.raises(CannotStart, match=name):
        await web.AppRunner(app).setup()


@pytest.mark.parametrize("how", ["cut", "stall"])
async def test_a_server_that_is_cut_off_says_nothing_more_and_then_stands_by(
    first: Hearth, second: Client, settings: Settings, how: str
) -> None:
    ann = await first.person("ann")
    await ann.says("general", "before")
    async with ann.listening() as inbox:
        getattr(first.database, how)()
        await serves(second)
        there = await moves(ann, second)
        assert (await there.says("general", "at the second"))["seq"] == 2
        said = await ann.refused("POST", ROOM, {"text": "x"})
        assert said == (503, "unavailable")
        await first.database.resume()
        assert await inbox.closed() == 1001
    async with asyncio.timeout(SLACK):
        while services(first.client).lease.state != State.STANDING_BY:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    said = [each["text"] for each in await there.page("general")]
    assert said == ["before", "at the second"]
    await second.close()
    await serves(first.client)
    assert [each["text"] for each in await ann.page("general")] == said
    assert (await ann.says("general", "back"))["seq"] == 3


async def a_late(settings: Settings, first: Hearth) -> Database:
    """The database as a process sees it that was stopped before a write, and goes on."""
    late = copy.copy(services(first.client).lease)
    late.ended = asyncio.Event()
    late.renewed = time.monotonic()
    db = Database(late)
    await db.open(settings.mongodb_url)
    return db


BEN = Member("general", "ben", "member", now(), 0, favorite=False, notify="all")
Act = Callable[[Database, Fence], Awaitable[object]]


async def store(db: Database, fence: Fence, entry: Entry) -> None:
    batch = Batch(db, fence, [entry])
    await batch.number({"general": Head(1, 1)}, frozenset())
    await batch.store()


ACTS: dict[str, Act] = {
    "a message": lambda db, fence: store(
        db, fence, Post(Draft("general", "ann", "late", "late"))
    ),
    "an edit": lambda db, fence: store(
        db,
        fence,
        Change("general", 1, lambda message: replace_fields(message, text="late")),
    ),
    "a room's end": lambda db, _: db.messages.delete_many({"room": "general"}),
    "a removal": lambda db, _: members.remove(db, BEN),
    "a joining": lambda db, _: members.add(db, "general", "cat"),
    "a sign-in": lambda db, _: access.start_session(db, "ann", 1, "", ""),
    "a role": lambda db, _: users.change(db, "ben", role="admin"),
    "a file": lambda db, _: db.files.insert_one({"_id": "late", "metadata": {}}),
}


async def test_what_a_stopped_server_writes_when_it_goes_on_changes_nothing(
    first: Hearth, second: Client, settings: Settings
) -> None:
    ann, _ = await first.people("ann", "ben")
    await ann.says("general", "one")
    late = await a_late(settings, first)
    fence, term = Fence(late), late.lease.term
    await fence.settle()
    first.database.stall()
    try:
        await serves(second)
        before = everything(settings)
        for act in ACTS.values():
            late.lease.term, late.lease.renewed = term, time.monotonic()
            late.lease.ended.clear()
            with pytest.raises(NotServing):
                await act(late, fence)
        assert everything(settings) == before
    finally:
        await late.close()


@pytest.mark.parametrize("write", ["insert_many", "find_one_and_replace", "drop", "rename"])
async def test_a_way_to_write_that_asks_no_lease_is_not_there(
    first: Hearth, write: str
) -> None:
    db = services(first.client).db
    assert callable(getattr(db.users.with_options(), write))
    with pytest.raises(AttributeError, match="has no fence"):
        getattr(db.users, write)


def everything(settings: Settings) -> dict[str, Any]:
    with MongoClient[dict[str, Any]](settings.mongodb_url) as mongo:
        database = mongo.get_default_database()
        names = set(database.list_collection_names()) - {"meta"}
        return {name: list(database[name].find().sort("_id")) for name in names}


async def test_the_owner_s_link_is_told_when_the_database_comes_after_the_server(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    host = settings.mongodb_url.partition("://")[2].partition("/")[0]
    line = FaultyProxy(unquote(host))
    url = settings.mongodb_url.replace(host, await line.start(), 1)
    line.cut()
    app = create_app(replace(settings, mongodb_url=url))
    app[SERVICES].when_changed.append(Greeting(app[SERVICES], "http://here").say)
    async with TestClient(TestServer(app)) as client:
        assert "/join/" not in capsys.readouterr().out
        await line.resume()
        await serves(client)
        link, said = f"http://here/join/{owner_code(app)}\n", ""
        async with asyncio.timeout(30):
            while link not in said:  # It says so right after it serves.
                await asyncio.sleep(0.02)
                said += capsys.readouterr().out
    await line.close()


async def test_people_go_on_at_the_stand_by_of_the_plugin(settings: Settings) -> None:
    async with Hearth(settings) as hearth:
        ann, ben = await hearth.people("ann", "ben")
        await ann.says("general", "one")
        await ben.hears("one")
        await hearth.standby()
        await hearth.dies()
        await ann.says("general", "two")
        await ben.hears("two")


async def test_the_next_server_knows_when_the_last_one_served_whatever_verbs_did(
    settings: Settings,
) -> None:
    client = make_client(settings.mongodb_url)

    async def served_before(secret: str) -> datetime | None:
        lease = Lease("here")
        lease.bind(client.get_default_database()["leases"], exclusive=True)
        if secret:  # A verb shares none.
            lease.agree_on(secret, "")
        assert await lease.take()
        await lease.release()
        return lease.served_before

    assert await served_before("north") is None
    last = await served_before("north")
    assert last
    assert await served_before("") == await served_before("north") >= last
    client.close()


async def test_a_verb_that_worked_without_a_pause_goes_on_unless_somebody_serves(
    settings: Settings,
) -> None:
    client = make_client(settings.mongodb_url)
    verb, other = Lease("verb"), Lease("other")
    for lease in (verb, other):
        lease.bind(client.get_default_database()["leases"], exclusive=lease is other)
    assert await verb.take()
    verb.renewed -= 60
    with pytest.raises(NotServing):
        verb.require()
    await verb.hold()
    verb.require()
    assert await other.take()
    verb.renewed -= 60
    with pytest.raises(NotServing):
        await verb.hold()
    for lease in (verb, other):
        await lease.release()
    client.close()


async def test_a_server_alone_writes_one_small_document_every_two_seconds(
    first: Hearth, settings: Settings
) -> None:
    await asyncio.sleep(1)  # What it mends at its start is no part of this.
    with MongoClient[dict[str, Any]](settings.mongodb_url) as mongo:
        database = mongo.get_default_database()
        database.command("profile", 2)
        await asyncio.sleep(2 * RENEW_SECONDS + 0.5)
        database.command("profile", 0)
        asked = list(database["system.profile"].find({"appName": "hearth"}))
        database["system.profile"].drop()
        (lease,) = database.meta.find_raw_batches({"_id": "lease"})
    # Nothing else is asked, either.
    assert {each["command"].get("findAndModify") for each in asked} == {"meta"}
    assert len(asked) in {1, 2, 3}
    assert len(lease) < MAX_LEASE_BYTES


async def test_status_names_who_serves_and_who_stands_by(
    first: Hearth, second: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await CommandLine(replace(settings, port=9), capsys).does("status")
    assert "serves since" in said
    assert "stands by" in said


@pytest.mark.parametrize("how", ["end", "kill"])
async def test_a_second_process_on_a_data_folder_stands_by_if_it_is_asked_to(
    tmp_path: Path, how: str
) -> None:
    data = tmp_path / "data"
    one = Process(data, REGISTRATION="open")
    two = Process(data, REGISTRATION="open", STANDBY="1")
    try:
        async with aiohttp.ClientSession() as http:
            ann = await sign_up(http, "ann", await one.start())
            await ann.says("general", "one")
            await two.spawn()
            said = await two.line()
            assert said.startswith("Hearth stands by at ")
            assert said.endswith(f"for process {one.pid} on this data folder")
            await getattr(one, how)()
            address = (await two.line()).removeprefix("Hearth serves at ")
            there = Person(http, "ann", ann.token, address)
            assert [each["text"] for each in await there.page("general")] == ["one"]
            assert (await there.says("general", "two"))["seq"] == 2
    finally:
        await one.kill()
        await two.kill()
