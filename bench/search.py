"""How fast the search is over many messages, and how large its index.

    .venv/bin/python bench/search.py [--messages 1000000]

Fills a database of its own with made-up messages, straight into the collection; lets the
server index them; then searches over HTTP, one search after the other. Says its progress on
standard error and its results on standard output, a line of JSON each.
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from handlers.services import SERVICES
from server import create_app
from settings import Limits, Settings
from store import members, messages, rooms, users
from store.database import Database
from store.records import Kind, Message, now
from store.search.indexer import FILE

BATCH = 1_000
ROOMS, PEOPLE = 1_000, 200
WRITTEN = 2_000  # messages, while it indexes
DEADLINE = 1_800  # seconds until the index must be there
SYLLABLES = [
    first + second
    for first in ("", *"bcdfghklmnprstvw", "ch", "pl", "st", "tr")
    for second in ("a", "e", "i", "o", "u", "an", "er", "ou")
]
SEEN = {"in_500_rooms": 500, "in_200_rooms": 200, "in_a_quiet_room": 1}


def say(**line: Any) -> None:
    """Print a result."""
    print(json.dumps(line), flush=True)


def progress(words: str) -> None:
    """Print what is going on."""
    print(words, file=sys.stderr, flush=True)


def vocabulary(rng: random.Random) -> list[str]:
    """60,000 words, from very common to very rare."""
    made: dict[str, None] = {}
    while len(made) < 60_000:
        made["".join(rng.choices(SYLLABLES, k=rng.choice((1, 2, 2, 3, 3, 4))))] = None
    return list(made)


def corpus(count: int, words: list[str]) -> Iterator[Message]:
    """Messages as a team might write them: words and rooms by Zipf, twelve words or so."""
    rng = random.Random(2)  # noqa: S311 - the same at every run
    word_weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
    room_weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(ROOMS)))
    numbers = range(ROOMS)
    seqs = [0] * ROOMS
    began = now() - timedelta(days=900)
    for number in range(1, count + 1):
        room = rng.choices(numbers, cum_weights=room_weights)[0]
        seqs[room] += 1
        length = 1 + min(int(rng.expovariate(1 / 11)), 200)
        said = rng.choices(words, cum_weights=word_weights, k=length)
        if number % (count // 20) == 7:
            said[-1] = "zanzibar"  # 20 times
        if number % (count // 1_000) == 11:
            said[-1] = "quokka"  # 1,000 times
        yield Message(
            room=f"room-{room:03}",
            seq=seqs[room],
            rev=seqs[room],
            sender=f"user-{rng.randrange(PEOPLE):03}",
            id=f"{number:016x}",
            text=" ".join(said),
            html=None,
            mentions=(),
            created_at=began + timedelta(seconds=number * 77),
        )


async def fill(db: Database, count: int, words: list[str]) -> None:
    """Store the messages, and make the rooms."""
    began, made, texts = time.monotonic(), 0, corpus(count, words)
    while some := list(itertools.islice(texts, BATCH)):
        await db.messages.with_options().insert_many(
            map(messages.to_document, some), ordered=False
        )
        made += len(some)
        if made % 50_000 == 0:
            progress(f"{made:,} messages after {time.monotonic() - began:.0f} s")
    for number in range(PEOPLE):
        name = f"user-{number:03}"
        await users.create(db, name, display_name="", password_hash="")
    for number in range(ROOMS):
        await rooms.create(db, f"room-{number:03}", kind=Kind.PRIVATE, created_by="")
    say(filled=count, seconds=round(time.monotonic() - began, 1))


async def indexed(client: TestClient[Any, Any], token: str, count: int) -> None:
    """Wait for the indexer to have read everything, while somebody writes."""
    indexer = client.app[SERVICES].indexer  # type: ignore[index]
    began, cpu = time.monotonic(), time.process_time()
    complete = asyncio.create_task(indexer.complete())
    took: list[float] = []
    while not complete.done():
        if len(took) < WRITTEN:
            took += await write(client, token, 100)
        await asyncio.wait([complete], timeout=1)
        seconds = time.monotonic() - began
        progress(f"indexing for {seconds:.0f} s")
        if seconds > DEADLINE:
            sys.exit("The index is not there after so long; something is wrong.")
    say(
        indexed=count,
        seconds=round(time.monotonic() - began, 1),
        cpu_us_each=round((time.process_time() - cpu) / count * 1e6, 1),
    )
    say(messages="while it indexed", **latency(took))
    say(messages="afterwards", **latency(await write(client, token, 1_000)))


async def write(client: TestClient[Any, Any], token: str, count: int) -> list[float]:
    """Seconds that each of some messages took, fifty a second."""
    took, headers = [], {"Authorization": f"Bearer {token}"}
    for _ in range(count):
        began = time.perf_counter()
        body = {"text": "what is said meanwhile"}
        path = "/api/rooms/general/messages"
        async with client.post(path, json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.02)
    return took


def latency(took: list[float]) -> dict[str, float]:
    """The median and the slowest hundredth, in milliseconds."""
    took = sorted(took)
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
    return {"p50_ms": round(p50 * 1e3, 1), "p99_ms": round(p99 * 1e3, 1)}


async def sizes(db: Database, folder: Path, count: int) -> None:
    """Say how large the index is beside what it indexes."""
    stats = await db.messages.database.command("collstats", "messages")
    stored = stats["storageSize"] + stats["totalIndexSize"]
    say(messages=stats["count"], bytes=stats["size"], stored_each=round(stored / count, 1))
    size = (folder / FILE).stat().st_size
    say(index=size, each=round(size / count, 1))


def searches(words: list[str], rng: random.Random) -> dict[str, list[str]]:
    """What is searched for, by kind."""
    common, middle, rare = words[:20], words[300:1_000], words[30_000:]

    def some(*kinds: list[str]) -> str:
        return " ".join(rng.choice(kind) for kind in kinds)

    times = range(100)
    return {
        "one common word": [some(common) for _ in times],
        "one middling word": [some(middle) for _ in times],
        "one rare word": [some(rare) for _ in times],
        "a word that is nowhere": [f"xq{rng.randrange(10**6)}" for _ in times],
        "three common words": [some(common, common, common) for _ in times],
        "three middling words": [some(middle, middle, middle) for _ in times],
        "two common words and a rare one": [some(common, common, rare) for _ in times],
        "three rare words": [some(rare, rare, rare) for _ in times],
        "a prefix of two letters": [some(rare)[:2] for _ in times],
        "a prefix of four letters": [some(rare)[:4] for _ in times],
        "three prefixes of two letters": [
            " ".join(some(rare)[:2] for _ in range(3)) for _ in times
        ],
        "20 hits in all": ["zanzibar"] * len(times),
        "1,000 hits in all": ["quokka"] * len(times),
        "a common word from somebody": [
            f"{some(common)} from:user-{rng.randrange(PEOPLE):03}" for _ in times
        ],
        "a common word two years ago": [
            f"{some(common)} before:{now() - timedelta(days=730):%Y-%m-%d}" for _ in times
        ],
    }


async def measure(client: TestClient[Any, Any], person: str, q: list[str]) -> list[float]:
    """Seconds that each search took."""
    took = []
    for each in q:
        began = time.perf_counter()
        headers = {"Authorization": f"Bearer {person}"}
        async with client.get("/api/search", params={"q": each}, headers=headers) as answer:
            body = await answer.read()
            assert answer.status == 200, body
        took.append(time.perf_counter() - began)
    return took


async def started(settings: Settings) -> TestClient[Any, Any]:
    """A server on the database, and a client of it."""
    client = TestClient(TestServer(create_app(settings)))
    await client.start_server()
    return client


async def people(client: TestClient[Any, Any]) -> dict[str, str]:
    """Make the askers, each in so many rooms; their tokens."""
    app = client.app
    assert app is not None
    tokens = {}
    code = app[SERVICES].credentials.owner_code(app[SERVICES].db.epoch)
    for name, most in SEEN.items():
        person = {"name": name, "password": "correct horse battery", "invite": code}
        async with client.post("/api/auth/register", json=person) as answer:
            assert answer.status == 201, await answer.text()
            tokens[name] = (await answer.json())["access_token"]
        step = ROOMS // most
        for number in range(step - 1, ROOMS, step):
            await members.add(app[SERVICES].db, f"room-{number:03}", name)
        code = ""
    return tokens


async def run(count: int, data: Path) -> None:
    """Fill, index, search."""
    settings = Settings(
        data=data,
        registration="open",
        bcrypt_cost=4,
        limits=Limits(reads=1_000_000, sends=1_000),
    )
    words = vocabulary(random.Random(1))  # noqa: S311
    client = await started(settings)
    assert client.app
    await fill(client.app[SERVICES].db, count, words)
    await client.close()  # Started again, the server finds them and indexes them.
    client = await started(settings)
    assert client.app
    try:
        tokens = await people(client)
        await indexed(client, next(iter(tokens.values())), count)
        await sizes(client.app[SERVICES].db, data, count)
        for kind, q in searches(words, random.Random(4)).items():  # noqa: S311
            for name, token in tokens.items():
                cpu = time.process_time()
                took = sorted(await measure(client, token, q))
                say(
                    search=kind,
                    asker=name,
                    p50_ms=round(statistics.median(took) * 1e3, 1),
                    p99_ms=round(took[int(len(took) * 0.99)] * 1e3, 1),
                    cpu_ms=round((time.process_time() - cpu) / len(took) * 1e3, 1),
                )
    finally:
        await client.close()


def main() -> None:
    """Read the command line, and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(parser.parse_args().messages, Path(folder)))


if __name__ == "__main__":
    main()
