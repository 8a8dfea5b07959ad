"""The index: it hears the log, is complete after every restart, and hides nothing."""

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from pymongo import MongoClient

from handlers.services import SERVICES
from settings import Settings
from store.search import index, indexer
from store.search.index import Index
from store.search.indexer import FILE
from store.search.query import Query
from store.search.terms import contains, special, terms
from tests.conftest import Client, Start, owner_code
from tests.people import SOON, Person, sign_up
from tests.store.search.corpus import ROOMS, WORDS, fill, made, path, ready, seek, written

EVERYTHING = Query(rooms={*ROOMS}, terms=terms("quokka"))


@pytest.mark.parametrize(
    ("few", "recent", "most"), [(20_000, 2_000, 100), (0, 50, 100), (0, 50, 1)]
)
async def test_what_is_found_is_what_a_plain_look_at_every_message_finds(
    start: Start,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    recent: int,
    most: int,
) -> None:
    monkeypatch.setattr(index, "FEW_MESSAGES", few)
    monkeypatch.setattr(index, "RECENT_MESSAGES", recent)
    monkeypatch.setattr(index, "MAX_ROOM_KEYS", most)
    rng = random.Random(5)  # noqa: S311
    said = made(500, 5)
    fill(settings, said)
    client = await start()
    await ready(client)
    said.reverse()
    for _ in range(60):
        sought = rng.choices(
            [*WORDS, "quokka", "de", "qu", "部", "ロイ", "s"], k=rng.choice((1, 2, 3))
        )
        since, until = sorted(rng.choices(said, k=2), key=lambda each: each.created_at)
        query = Query(
            rooms=set(rng.sample(ROOMS, rng.randrange(1, 4))),
            terms=terms(" ".join(sought)),
            special=rng.choice(([], [], [{"@ann"}], [{">ann", ">all"}])),
            without=rng.choice(([], terms("the"), terms("部署"))),
            since=rng.choice((None, since.created_at)),
            until=rng.choice((None, until.created_at)),
        )
        naive = [
            (each.room, each.seq)
            for each in said
            if each.room in query.rooms
            and all(keys & special(each) for keys in query.special)
            and not any(contains(each.text, [term]) for term in query.without)
            and (query.since is None or each.created_at >= query.since)
            and (query.until is None or each.created_at < query.until)
            and contains(each.text, query.terms)
        ]
        assert await seek(client, query, limit=50) == naive, query


async def test_old_messages_change_and_the_index_follows_across_restarts(
    start: Start, settings: Settings
) -> None:
    said = made(500, 6)
    fill(settings, said)
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    await ann.makes("cellar")
    await ready(client)
    mine = next(
        each
        for each in said
        if (each.room, each.sender) == ("general", "ann") and "quokka" not in each.text
    )
    await ann.does("PATCH", path(mine), {"text": "a wombat, from an edit"})
    old = [each for each in reversed(said) if "quokka" in each.text]
    for each in old:
        if each.room == "general":
            await ann.does("DELETE", path(each))
    await ann.does("DELETE", "/api/rooms/cellar")
    left = [(each.room, each.seq) for each in old if each.room == "porch"]
    assert left
    for _ in range(2):
        await ready(client)
        assert await seek(client, EVERYTHING) == left
        wombats = Query(rooms={*ROOMS}, terms=terms("wombat"))
        assert await seek(client, wombats) == [("general", mine.seq)]
        await client.close()
        client = await start()


async def test_nothing_of_what_was_deleted_or_edited_away_is_left_in_the_file(
    start: Start, settings: Settings
) -> None:
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    await ann.makes("xylophone-room")
    gone, kept = [], []
    for number in range(120):
        word, room = f"zq{number}zanzibar", ("general", "xylophone-room")[number % 2]
        seq = (await ann.says(room, f"{word} {'and so on ' * (number % 7)}"))["seq"]
        if number % 3 == 0 and room == "general":
            await ann.does("DELETE", f"/api/rooms/{room}/messages/{seq}")
        elif number % 3 == 1 and room == "general":
            text = {"text": f"other {number}"}
            await ann.does("PATCH", f"/api/rooms/{room}/messages/{seq}", text)
        elif room == "general":
            kept.append(word)
            continue
        gone.append(word)
    await ready(client)
    assert all(word.encode() in written(settings) for word in kept)
    await ann.does("DELETE", "/api/rooms/xylophone-room")
    gone.append("xylophone")
    async with asyncio.timeout(2 * SOON):
        while any(word.encode() in written(settings) for word in gone):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await ready(client)
    assert all(word.encode() in written(settings) for word in kept)
    assert await seek(client, Query(rooms={"general"}, terms=terms(kept[0])))


async def test_data_of_an_older_server_is_taken_along_without_its_index(
    start: Start, settings: Settings
) -> None:
    said = made(600, 8)
    fill(settings, said, serial=1, revised=2)
    with MongoClient[object](settings.mongodb_url) as mongo:
        database = mongo.get_default_database()
        database.messages.create_index("serial")
        database.messages.create_index("revised")
        database.postings.insert_one({"_id": {"block": 0, "group": "", "part": 0}})
        database.meta.insert_one({"_id": "serials", "kept": 0, "numbered": True})
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    new = await ann.says("general", "a new quokka")
    await ready(client)
    old = [(each.room, each.seq) for each in reversed(said) if "quokka" in each.text]
    assert await seek(client, EVERYTHING) == [("general", new["seq"]), *old]
    stored = client.app[SERVICES].db.messages
    assert not {"serial_1", "revised_1"} & {*await stored.index_information()}
    assert "postings" not in await stored.database.list_collection_names()


def delete(file: Path) -> None:
    file.unlink()


def garble(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4_096:] = random.Random(1).randbytes(len(data) - 4_096)  # noqa: S311
    file.write_bytes(data)


def overwrite(file: Path) -> None:
    file.write_bytes(b"This is no database at all. " * 1_000)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:9_000])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def give_to_another(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("UPDATE about SET epoch = 'another'")
    db.close()


@pytest.mark.parametrize("harm", [delete, garble, overwrite, cut, empty, give_to_another])
async def test_a_file_that_is_missing_damaged_or_another_s_is_made_anew(
    start: Start, settings: Settings, harm: Callable[[Path], None]
) -> None:
    said = made(300, 9)
    fill(settings, said)
    client = await start()
    await ready(client)
    await client.close()
    harm(settings.data / FILE)
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    assert (await ann.says("general", "a quokka"))["seq"]
    await ready(client)
    old = [(each.room, each.seq) for each in reversed(said) if "quokka" in each.text]
    assert (await seek(client, EVERYTHING))[1:] == old


async def test_a_search_says_how_much_is_indexed_while_messages_go_on(
    start: Start, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [each for each in made(9_000, 10) if each.room == "general"]
    fill(settings, said)
    monkeypatch.setattr(indexer, "REST_FACTOR", 50)
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    began = time.monotonic()
    await ann.says("general", "hello")
    first = await ann.does("GET", "/api/search?q=quokka")
    assert 0 <= first["indexed"] < 1
    assert time.monotonic() - began < 2
    monkeypatch.setattr(indexer, "REST_FACTOR", 0)
    await ready(client)
    last = await ann.does("GET", "/api/search?q=quokka&limit=100")
    assert "indexed" not in last
    assert len(last["messages"]) == sum("quokka" in each.text for each in said)


async def test_an_index_that_is_being_opened_does_not_take_nothing_for_all(
    start: Start, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [each for each in made(500, 10) if each.room == "general"]
    fill(settings, said)
    read = Index.cursors

    def slowly(index: Index) -> dict[str, int]:
        time.sleep(1)  # in the index's own thread
        return read(index)

    monkeypatch.setattr(Index, "cursors", slowly)
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    async with await ann.ask("GET", "/api/search?q=quokka&limit=100") as answer:
        told = await answer.json()
    count = sum("quokka" in each.text for each in said)
    assert answer.status == 503 or "indexed" in told or len(told["messages"]) == count > 0


async def test_a_locked_or_broken_index_stops_nobody_and_is_back_soon(
    start: Start, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.data.mkdir(exist_ok=True)
    other = sqlite3.connect(settings.data / FILE, isolation_level=None)
    other.execute("CREATE TABLE anything (a)")
    other.execute("BEGIN EXCLUSIVE")
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    await ann.says("general", "a quokka")
    refused = await ann.refused("GET", "/api/search?q=quokka")
    assert refused == (503, "unavailable")
    await asyncio.sleep(1.2)
    other.execute("ROLLBACK")
    other.close()
    await ready(client)
    assert len((await ann.does("GET", "/api/search?q=quokka"))["messages"]) == 1
    assert len([each for each in caplog.messages if "has a fault" in each]) == 1


async def test_an_index_that_breaks_while_it_is_open_is_made_anew(
    client: Client,
    app: web.Application,
    ann: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await ann.says("general", "a quokka")
    await ready(client)

    def breaks(opened: index.Index) -> None:
        opened._db.execute("UPDATE words_data SET block = x'00'")  # noqa: SLF001

    await app[SERVICES].indexer.ask(breaks)
    await ann.says("general", "another quokka")
    async with asyncio.timeout(10):
        while "has a fault" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await ready(client)
    assert len((await ann.does("GET", "/api/search?q=quokka"))["messages"]) == 2
