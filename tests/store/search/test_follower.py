"""The index: it follows the log, is complete after every restart, and hides nothing."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pymongo import MongoClient

from handlers.services import SERVICES
from settings import Settings
from store import messages
from store.records import Message, now
from store.search.groups import SIZE
from store.search.query import Query
from store.search.terms import match, terms
from tests.conftest import Client, Start, owner_code
from tests.people import SOON, sign_up

WORDS = [
    *("deploy", "deployment", "deployed", "déployer", "depot", "the", "THE", "a", "and"),
    *(
        "clusters",
        "clue",
        "stage",
        "部署",
        "部署失败",
        "デプロイ",
        "明日デプロイ",
        "배포는",
        "x1",
        "x12",
    ),
]
ROOMS = ("general", "porch", "cellar")


def made(count: int, rng: random.Random, *, spread: int = 0) -> list[Message]:
    """Messages in three rooms, a few of which say a rare word.

    With `spread`, they have serials that far apart, so that few messages fill many blocks.
    """
    seqs = dict.fromkeys(ROOMS, 0)
    began = now() - timedelta(days=9)
    found = []
    for number in range(count):
        room = rng.choice(ROOMS)
        seqs[room] += 1
        words = rng.choices(WORDS, k=rng.randrange(1, 9))
        if number % 100 == 50:
            words[0] = "quokka"
        found.append(
            Message(
                room=room,
                seq=seqs[room],
                rev=seqs[room],
                sender=rng.choice(("ann", "ben", "cat")),
                id=f"n{number}",
                text=rng.choice((" ", ", ", "")).join(words),
                html=None,
                mentions=(),
                created_at=began + timedelta(seconds=number * 40),
                serial=1 + number * spread + rng.randrange(spread) if spread else 0,
            )
        )
    return found


def fill(settings: Settings, found: Sequence[Message]) -> None:
    """Store messages, without an index."""
    with MongoClient[dict[str, Any]](settings.mongodb_url) as mongo:
        database = mongo.get_default_database()
        database.messages.insert_many([messages.to_document(each) for each in found])
        if found[-1].serial:
            numbered = {"_id": "serials", "kept": 0, "numbered": True}
            database.meta.insert_one(numbered)


async def ready(client: Client) -> None:
    """Wait until everything is in the index."""
    assert client.app
    async with asyncio.timeout(SOON):
        await client.app[SERVICES].follower.reach(client.app[SERVICES].log.serial)


async def seek(client: Client, query: Query, limit: int = 20) -> list[tuple[str, int]]:
    """All hits, page by page, as (room, seq)."""
    assert client.app
    hits: list[tuple[str, int]] = []
    below = None
    while True:
        found = await client.app[SERVICES].search.find(query, limit=limit, below=below)
        assert len(found.messages) <= limit
        hits += [(message.room, message.seq) for message in found.messages]
        below = found.below
        if below is None:
            return hits


async def test_what_is_found_is_what_a_plain_look_at_every_message_finds(
    start: Start, settings: Settings
) -> None:
    rng = random.Random(5)  # noqa: S311
    said = made(500, rng, spread=SIZE // 50)  # ten blocks
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
            special=rng.choice((set(), set(), {"@ann"}, {"!link"})),
            since=rng.choice((None, since.created_at)),
            until=rng.choice((None, until.created_at)),
        )
        naive = [
            (each.room, each.seq)
            for each in said
            if each.room in query.rooms
            and query.special <= {f"@{each.sender}"}
            and (query.since is None or each.created_at >= query.since)
            and (query.until is None or each.created_at < query.until)
            and match(each.text, query.terms) is not None
        ]
        assert await seek(client, query, limit=50) == naive, query


async def test_old_messages_change_and_the_index_follows_across_restarts(
    start: Start, settings: Settings
) -> None:
    said = made(500, random.Random(6), spread=SIZE // 200)  # noqa: S311
    fill(settings, said)
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    await ann.makes("cellar")
    await ready(client)
    assert {"quokka", "#cellar"} <= await kept(client)
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
        assert await seek(client, Query(rooms={*ROOMS}, terms=terms("quokka"))) == left
        wombats = Query(rooms={*ROOMS}, terms=terms("wombat"))
        assert await seek(client, wombats) == [("general", mine.seq)]
        await client.close()
        client = await start()
    async with asyncio.timeout(SOON):
        while "#cellar" in await kept(client):  # noqa: ASYNC110 - it sends no event
            await asyncio.sleep(0.05)


async def test_nothing_of_a_deleted_text_is_left_in_the_index(
    start: Start, settings: Settings
) -> None:
    said = made(300, random.Random(7), spread=SIZE // 200)  # noqa: S311
    fill(settings, said)
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    await ann.makes("porch")
    await ann.makes("cellar")
    await ready(client)
    assert "quokka" in await kept(client)
    for each in said:
        if "quokka" in each.text:
            await ann.does("DELETE", path(each))
    await ready(client)
    assert "quokka" not in await kept(client)


async def test_messages_from_before_there_was_an_index_are_found_in_their_order(
    start: Start, settings: Settings
) -> None:
    said = made(600, random.Random(8))  # noqa: S311
    fill(settings, said)
    client = await start()
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    new = await ann.says("general", "a new quokka")
    await ready(client)
    everything = Query(rooms={*ROOMS}, terms=terms("quokka"))
    old = [(each.room, each.seq) for each in reversed(said) if "quokka" in each.text]
    assert await seek(client, everything) == [("general", new["seq"]), *old]
    stored = client.app[SERVICES].db.messages
    assert await stored.count_documents({"serial": {"$exists": False}}) == 0
    for each in said:
        key = {"sender": each.sender, "id": each.id}
        assert await stored.count_documents({"_id": key, "rev": each.rev}) == 1


async def kept(client: Client) -> set[str]:
    """All keys in what is stored of the index."""
    assert client.app
    stored = client.app[SERVICES].db.postings.find({"keys": {"$exists": True}})
    return {key async for document in stored for key in document["keys"].split("\n")}


def path(message: Message) -> str:
    return f"/api/rooms/{message.room}/messages/{message.seq}"
