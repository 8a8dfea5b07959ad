"""A long history: pages of it, a search in it, and what it adds to a message's cost."""

import asyncio
import http.client
import json
import random
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pymongo import MongoClient

from bench.bench import Bench, cost
from bench.hearth import Hearth
from bench.ledger import FILLER, percentiles

WORDS = FILLER.split()
PAGE_MESSAGES, READ_MESSAGES = 50, 200
BATCH_MESSAGES = 10_000
INDEX_LOOK_SECONDS = 0.2
Document = dict[str, Any]


def history(bench: Bench) -> None:
    """Pages at any depth of a long room, and a word in all of its messages."""
    count, times = bench.pick(20_000, 1_000_000), bench.pick(100, 500)
    hearth = bench.another()
    hearth.sign_up(2)
    hearth.make_room("long", range(2))
    fill(bench, hearth, _needles("long", 1, count))
    _index(hearth)
    name, pick = f"a room of {count:,} messages", random.randrange
    page = f"/api/rooms/long/messages?limit={PAGE_MESSAGES}&before="
    for _ in bench.turns("pages"):
        took = ask(hearth, (f"{page}{pick(PAGE_MESSAGES, count)}" for _ in range(times)))
        p99 = percentiles(took)["p99"]
        bench.add(f"p99 of a page of {PAGE_MESSAGES}, {name}", "ms", p99)
    for _ in bench.turns("search"):
        words = (f"needle{pick(count // 100):06}" for _ in range(50))
        took = ask(hearth, (f"/api/search?q={word}" for word in words))
        bench.add(f"p99 of a search, {name}", "ms", percentiles(took)["p99"])
    hearth.stop()


def absence(bench: Bench) -> None:
    """Somebody comes back to 20,000 messages more: a page at once, all others by pages."""
    count, name = 20_000, "20,000 changes"
    hearth = bench.another()
    hearth.sign_up(2)
    hearth.make_room("long", range(2))
    fill(bench, hearth, _needles("long", 1, count))
    _index(hearth)
    for _ in bench.turns("absence"):
        first, whole, seen = asyncio.run(_come_back(hearth))
        bench.add(f"the first page after {name}", "ms", 1_000 * first)
        bench.add(f"all of {name}, by pages of {READ_MESSAGES}", "s", whole)
        bench.add(f"messages that are missed of {name}", "", count - seen)
    hearth.stop()


async def _come_back(hearth: Hearth) -> tuple[float, float, int]:
    """Seconds until the first page and until the last, and how many messages there were."""
    page, seen, first = f"/api/rooms/long/messages?limit={READ_MESSAGES}", set[int](), 0.0
    hello = {"type": "hello", "cursors": {"long": 1}}
    async with aiohttp.ClientSession(hearth.address, headers=hearth.headers(0)) as http:
        began = time.perf_counter()
        async with http.ws_connect("/api/socket", max_msg_size=0) as socket:
            await socket.send_json(hello)
            while '"type":"reset"' not in await socket.receive_str():
                pass
            while 1 not in seen:
                before = f"&before={min(seen)}" if seen else ""
                async with http.get(page + before) as answer:
                    seen |= {each["seq"] for each in (await answer.json())["messages"]}
                first = first or time.perf_counter() - began
        return first, time.perf_counter() - began, len(seen)


def growth(bench: Bench) -> None:
    """The cost of a message in a room with much behind it: it must stay level."""
    hearth = bench.another()
    rooms = [{"name": "general", "members": hearth.sign_up(10), "senders": 10}]
    held, least = 0, []
    for size in bench.pick((0, 10_000), (0, 1_000, 10_000, 100_000, 1_000_000)):
        fill(bench, hearth, _needles("general", held + 1, size - held))
        _index(hearth)
        name, costs = f"CPU per message to 10 members, {size:,} behind it", []
        for _ in bench.turns(name):
            phases = [{"kind": "closed", "window": 4, "seconds": 2.0}]
            (phase,) = bench.load(hearth, rooms, phases)["phases"]
            costs.append(10 * cost(phase))
            bench.add(name, "µs", costs[-1], phase, x=size)
        least.append(min(costs))
        held = hearth.ask("GET", "/api/rooms/general")["seq"]
    bench.add("cost, longest room to empty", "x", least[-1] / least[0])
    hearth.stop()


def fill(bench: Bench, hearth: Hearth, messages: Iterator[Document]) -> None:
    """Put messages behind a room's back, and let the server find them."""
    began = time.monotonic()

    def insert(url: str) -> None:
        stored = 0
        with MongoClient[Document](url) as client:
            while some := list(islice(messages, BATCH_MESSAGES)):
                client["hearth"]["messages"].insert_many(some, ordered=False)
                stored += len(some)
                if stored % (10 * BATCH_MESSAGES) == 0 or len(some) < BATCH_MESSAGES:
                    bench.tell(f"{stored:,} stored in {time.monotonic() - began:.0f} s")

    hearth.stop_but_database(insert)
    bench.start(hearth)


def indexed(hearth: Hearth) -> float:
    """The share of all messages that the search holds."""
    share: float = hearth.ask("GET", "/api/search?q=quokka").get("indexed", 1)
    return share


def _index(hearth: Hearth) -> None:
    """Wait until the search holds everything: nobody fills a room behind its back."""
    while indexed(hearth) < 1:
        time.sleep(INDEX_LOOK_SECONDS)


def document(room: str, seq: int, sender: str, text: str, at: datetime) -> Document:
    """A plain message as it is stored."""
    return {
        "_id": {"sender": sender, "id": f"fill-{room}-{seq}"},
        "room": room, "seq": seq, "rev": seq, "text": text, "created_at": at,
    }  # fmt: skip


def _needles(room: str, first: int, count: int) -> Iterator[Document]:
    """Messages of a room; a word in a hundred of them is the same, and sought."""
    moment = datetime.now(UTC)
    for seq in range(first, first + count):
        text = f"needle{seq // 100:06} {' '.join(random.choices(WORDS, k=20))}"
        yield document(room, seq, "user00001", text, moment)


def ask(
    hearth: Hearth,
    paths: Iterable[str],
    person: int = 0,
    body: Any = None,
    pause: float = 0.0,
) -> list[float]:
    """Ask one after the other over one connection; seconds that each took."""
    method, sent = ("POST", json.dumps(body)) if body else ("GET", None)
    place = urlsplit(hearth.address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    headers = hearth.headers(person)
    took = []
    for path in paths:
        began = time.perf_counter()
        connection.request(method, path, sent, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{path}: {answer.status}")
        took.append(time.perf_counter() - began)
        time.sleep(pause)
    connection.close()
    return took
