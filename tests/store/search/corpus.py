"""Made-up messages to search in, and ways to look at them and at the index's file."""

import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from pymongo import MongoClient

from handlers.services import SERVICES
from settings import Settings
from store import messages
from store.records import Message, now
from store.search.indexer import FILE
from store.search.pace import Pace
from store.search.query import Query
from tests.conftest import Client

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
    ),
    *("x1", "x12", "ข้าวผัด", "🎉"),
]
ROOMS = ("general", "porch", "cellar")


def made(count: int, seed: int) -> list[Message]:
    """Messages in three rooms, a few of which say a rare word."""
    rng = random.Random(seed)  # noqa: S311
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
                mentions=rng.choice(((), (), ("ann",), ("all",))),
                created_at=began + timedelta(seconds=number * 40),
            )
        )
    return found


def fill(settings: Settings, found: Sequence[Message], **more: Any) -> None:
    """Store messages, while no server runs."""
    with MongoClient[dict[str, Any]](settings.mongodb_url) as mongo:
        stored = [messages.to_document(each) | more for each in found]
        mongo.get_default_database().messages.insert_many(stored)


async def ready(client: Client) -> None:
    """Wait until everything is in the index."""
    assert client.app
    await client.app[SERVICES].indexer.complete()


async def seek(client: Client, query: Query, limit: int = 20) -> list[tuple[str, int]]:
    """All hits, page by page, as (room, seq)."""
    assert client.app
    hits: list[tuple[str, int]] = []
    found = await client.app[SERVICES].search.find(query, Pace(), limit=limit)
    while True:
        assert len(found.messages) <= limit
        hits += [(message.room, message.seq) for message in found.messages]
        if found.after is None:
            return hits
        last = found.messages[-1]
        found = await client.app[SERVICES].search.find(
            query, Pace(), limit=limit, after=last
        )


def written(settings: Settings) -> bytes:
    """All bytes of the index."""
    found = b""
    for file in settings.data.glob(f"{FILE}*"):
        with suppress(FileNotFoundError):  # A journal lives for a moment.
            found += file.read_bytes()
    return found


def path(message: Message) -> str:
    return f"/api/rooms/{message.room}/messages/{message.seq}"
