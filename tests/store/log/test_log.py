"""The log: one order, no holes, nothing lost or doubled, whatever the database does."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import web
from pymongo import MongoClient

from handlers.services import SERVICES
from pytest_hearth.hearth import Hearth
from pytest_hearth.proxy import FaultyProxy
from settings import Settings
from store.errors import Unavailable
from store.log.batch import Entry
from store.log.queue import Queue
from store.records import Draft
from tests.conftest import Client, Start, until_ready
from tests.people import SOON, Inbox, Json, Person, sign_up

ROOM = "/api/rooms/general/messages"


@pytest.fixture
async def hearth(settings: Settings) -> AsyncIterator[Hearth]:
    async with Hearth(settings) as hearth:
        yield hearth


@pytest.fixture
def far(hearth: Hearth) -> Client:
    """An app whose line to the database can fail."""
    return hearth.client


@pytest.fixture
def line(hearth: Hearth) -> FaultyProxy:
    return hearth.database


async def send(inbox: Inbox, id: str, room: str = "general") -> Json:
    """Send, again and again, until it is stored; as clients do."""
    async with asyncio.timeout(SOON):
        while True:
            await inbox.say({"type": "send", "id": id, "room": room, "text": id})
            while (answer := await inbox.any()).get("id") != id or answer[
                "type"
            ] == "message":
                pass
            if answer["type"] == "ok":
                return answer
            assert answer["code"] == "unavailable"
            await asyncio.sleep(min(answer["retry_after"], 0.3))


def stored(settings: Settings) -> list[dict[str, Any]]:
    with MongoClient[dict[str, Any]](settings.mongodb_url) as mongo:
        found = mongo.get_default_database().messages.find({"room": "general"})
        return list(found.sort("seq", 1))


async def test_many_at_once_get_dense_numbers_in_one_order(
    client: Client, ann: Person, ben: Person, cat: Person
) -> None:
    async with ben.listening() as one, cat.listening() as two:
        said = [ann.says("general", f"n{number}") for number in range(100)]
        answers = await asyncio.gather(*said)
        heard = [[(await each.next("message")) for _ in answers] for each in (one, two)]
    assert sorted(each["seq"] for each in answers) == list(range(1, 101))
    assert [each["rev"] for each in heard[0]] == list(range(1, 101))
    assert heard[0] == heard[1]


async def test_people_who_answer_each_other_share_a_commit() -> None:
    queue = Queue()

    def put(count: int) -> None:
        for _ in range(count):
            queue.put(Entry("general"))

    async def taken() -> int:
        await queue.gather()
        return len(queue.take())

    put(5)
    assert await taken() == 5
    put(5)  # the other half, while those are committed
    await asyncio.sleep(0.05)
    queue.committed()
    next_batch = asyncio.create_task(taken())
    await asyncio.sleep(0)
    put(5)  # the first half goes on
    assert await next_batch == 10
    queue.committed()
    put(1)
    assert await taken() == 1  # and nobody waits for ever for those who went
    queue.committed()
    queue.close()


async def test_a_batch_mixes_rooms_and_changes(client: Client, ann: Person) -> None:
    await ann.makes("porch")
    await ann.says("general", "one")
    acts = []
    for number in range(20):
        acts += [
            ann.says("porch", f"n{number}"),
            ann.says("general", f"n{number}"),
            ann.does("PATCH", f"{ROOM}/1", {"text": f"edit {number}"}),
        ]
    await asyncio.gather(*acts)
    porch, general = await ann.room("porch"), await ann.room("general")
    assert (porch["seq"], porch["rev"]) == (20, 20)
    assert (general["seq"], general["rev"]) == (21, 41)


async def test_a_retry_is_answered_with_the_original_after_a_restart(start: Start) -> None:
    before = await sign_up(await start(), "ann")
    first = await before.says("general", "once", id="same")
    await before.client.close()
    after = Person(await start(), "ann", before.token)
    again = await after.does("POST", ROOM, {"text": "twice", "id": "same"}, status=200)
    assert again == first
    assert (await after.says("general", "next"))["seq"] == 2


async def test_retries_amid_others_take_no_numbers(client: Client, ann: Person) -> None:
    acts = [ann.says("general", f"n{n}", id=f"id{n % 10}") for n in range(60)]
    answers = await asyncio.gather(*acts)
    assert {each["id"] for each in answers} == {f"id{n}" for n in range(10)}
    found = await ann.page("general")
    assert [(each["seq"], each["rev"]) for each in found] == [(n, n) for n in range(1, 11)]


async def test_a_foreign_writer_is_survived(
    client: Client, ann: Person, settings: Settings
) -> None:
    await ann.says("general", "one")
    with MongoClient[dict[str, Any]](settings.mongodb_url) as mongo:
        foreign = {
            **stored(settings)[0],
            "_id": {"sender": "x", "id": "y"},
            "seq": 2,
            "rev": 2,
        }
        mongo.get_default_database().messages.insert_one(foreign)
    assert (await ann.says("general", "three"))["seq"] == 3


async def test_an_answer_that_is_lost_stores_the_message_once(
    far: Client, line: FaultyProxy, settings: Settings
) -> None:
    ann = await sign_up(far, "ann")
    async with ann.listening() as inbox:
        line.cut_after("insert\0")
        await inbox.say({"type": "send", "id": "a", "room": "general", "text": "a"})
        await line.broken()
        await line.resume()
        assert (await send(inbox, "a"))["seq"] == 1
        assert (await send(inbox, "b"))["seq"] == 2
    assert [each["_id"]["id"] for each in stored(settings)] == ["a", "b"]


@pytest.mark.parametrize("how", ["cut", "stall"])
async def test_while_the_database_is_away_everybody_is_told_soon_and_nothing_is_lost(
    far: Client, line: FaultyProxy, settings: Settings, how: str
) -> None:
    ann = await sign_up(far, "ann")
    async with ann.listening() as inbox:
        await send(inbox, "before")
        getattr(line, how)()
        began = time.monotonic()
        await inbox.say({"type": "send", "id": "during", "room": "general", "text": "x"})
        reads = [ann.refused("GET", ROOM) for _ in range(30)]
        assert set(await asyncio.gather(*reads)) == {(503, "unavailable")}
        while (answer := await inbox.any()).get("id") != "during":
            pass
        assert answer["code"] == "unavailable"
        assert time.monotonic() - began < 20  # Its limit is 5; the machine may be busy.
        async with far.get("/readyz") as ready:
            assert ready.status == 503
        await line.resume()
        assert (await send(inbox, "during"))["seq"] == 2
        assert (await send(inbox, "after"))["seq"] == 3
        await until_ready(far)
        assert len(await ann.page("general")) == 3
    assert [each["_id"]["id"] for each in stored(settings)] == ["before", "during", "after"]


async def test_a_line_that_fails_again_and_again_loses_and_doubles_nothing(
    far: Client, line: FaultyProxy, settings: Settings
) -> None:
    people = [await sign_up(far, f"p{number}") for number in range(3)]

    async def talk(person: Person) -> list[int]:
        async with person.listening() as inbox:
            return [(await send(inbox, f"n{number}"))["seq"] for number in range(40)]

    async def fail() -> None:
        for turn in range(6):
            await asyncio.sleep(0.15)
            if turn % 2:
                line.cut()
            else:
                line.cut_after("insert\0")
            await asyncio.sleep(0.1)
            await line.resume()

    *acknowledged, _ = await asyncio.gather(*map(talk, people), fail())
    found = stored(settings)
    assert [each["seq"] for each in found] == list(range(1, 121))
    for person, seqs in zip(people, acknowledged, strict=True):
        mine = [each["seq"] for each in found if each["_id"]["sender"] == person.name]
        assert mine == seqs


async def test_too_much_that_waits_is_refused_at_once(
    far: Client, line: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = far.app
    assert isinstance(app, web.Application)
    line.stall()
    drafts = [Draft("general", "ann", f"n{number}", "x") for number in range(5000)]
    waiting = []
    with suppress(Unavailable):
        for draft in drafts:
            waiting.append(app[SERVICES].log.post(draft))  # noqa: PERF401 - it must stop by itself
    assert 0 < len(waiting) < 5000
    await line.resume()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, tuple | Unavailable) for each in answers)
    assert app[SERVICES].db.prepared.is_set()
