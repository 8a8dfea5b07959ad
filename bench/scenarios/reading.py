"""Reading: the welcome of somebody in many rooms, pages of a long history, a search."""

import http.client
import random
import time
from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from pymongo import MongoClient

from bench.bench import Bench, Cell, cost, foreign
from bench.hearth import Hearth
from bench.ledger import FILLER, percentiles

WORDS = FILLER.split()
PAGE = 50


def welcome(bench: Bench) -> None:
    """Somebody with 200 rooms connects, over and over."""
    count = 200
    bench.people(12)
    bench.tell(f"{count} rooms are made")
    for number in range(count):
        bench.hearth.make_room(f"many{number:03}", range(10, 12))
        bench.hearth.ask("POST", f"/api/rooms/many{number:03}/messages", {"text": "hi"}, 11)
    _, key = bench.people(11)[10]
    times = 30 if bench.quick else 200
    people = [[key, '{"type":"hello"}']] * times
    returning = {"people": people, "missed": 0, "one_by_one": True}
    found: list[Cell] = []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, welcome")
        phase = {"kind": "idle", "seconds": 0.1, "returning": returning}
        rooms = [{"name": "general", "members": bench.people(1), "senders": 0}]
        found += bench.cell("Hearth", rooms, [phase])["phases"]
    for place, goal in (("p50", ""), ("p99", "<= 50")):
        bench.notes.note(
            "welcome", f"{place} of connect and welcome, 200 rooms, all unread",
            [phase["returning"]["welcome_ms"][place] for phase in found], "ms",
            goal=goal, foreign=foreign(found),
        )  # fmt: skip


def history(bench: Bench) -> None:
    """Pages at any depth of a long room, and a word in all of its messages."""
    count = 20_000 if bench.quick else 1_000_000
    hearth = bench.another("history")
    hearth.sign_up(2)
    hearth.make_room("long", range(2))
    fill(bench, hearth, "long", count)
    pages = 100 if bench.quick else 500
    late, found = [], []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, pages")
        before = (random.randrange(PAGE, count) for _ in range(pages))  # noqa: S311
        paths = (f"/api/rooms/long/messages?limit={PAGE}&before={seq}" for seq in before)
        late.append(_ask(hearth, paths)["p99"])
    name = f"a room of {count:,} messages"
    bench.notes.note(
        "history", f"p99 of a page of {PAGE}, {name}", late, "ms", goal="<= 10"
    )
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, search")
        words = (f"needle{random.randrange(count // 100):06}" for _ in range(50))  # noqa: S311
        answers = _ask(hearth, (f"/api/search?q={quote(word)}" for word in words))
        if not answers:
            bench.tell("there is no search yet")
            break
        found.append(answers["p99"])
    if found:
        bench.notes.note("history", f"p99 of a search, {name}", found, "ms", goal="<= 100")
    hearth.stop()


def growth(bench: Bench) -> None:
    """The cost of a message in a room with much behind it: it must stay level."""
    sizes = (0, 10_000) if bench.quick else (0, 1_000, 10_000, 100_000, 1_000_000)
    hearth = bench.another("growth")
    hearth.sign_up(10)
    held, ratios = 0, []
    from bench.machine import load

    for size in sizes:
        fill(bench, hearth, "general", size - held, first=held + 1)
        phases: list[Cell] = []
        for _ in range(bench.rounds):
            done = load(
                {
                    "url": hearth.socket, "dialect": "hearth", "watch": hearth.pids,
                    "rooms": [{"name": "general", "members": hearth.people, "senders": 10}],
                    "phases": [{"kind": "closed", "window": 4, "seconds": 2.0}],
                }
            )  # fmt: skip
            phases += done["phases"]
        held = hearth.ask("GET", "/api/rooms/general")["seq"]
        costs = [10 * cost(phase) for phase in phases]
        ratios.append(min(costs))
        bench.notes.note(
            "growth", f"CPU per message to 10 members, {size:,} behind it", costs, "µs",
            x=size, foreign=foreign(phases),
        )  # fmt: skip
    bench.notes.note("growth", "cost, longest room to empty", [ratios[-1] / ratios[0]], "x")
    hearth.stop()


def fill(bench: Bench, hearth: Hearth, room: str, count: int, first: int = 1) -> None:
    """Put many messages behind a room's back, and let the server find them."""
    if count <= 0:
        return
    began = time.monotonic()
    hearth.stop_but_database(lambda url: _insert(url, room, count, first, bench.tell))
    bench.start(hearth)
    bench.tell(f"{count:,} messages stored in {time.monotonic() - began:.0f} s")


def _insert(
    url: str, room: str, count: int, first: int, tell: Callable[[str], None]
) -> None:
    with MongoClient[dict[str, Any]](url) as client:
        messages = client["hearth"]["messages"]
        for begin in range(first, first + count, 10_000):
            end = min(begin + 10_000, first + count)
            messages.insert_many(list(_documents(room, begin, end)), ordered=True)
            if begin // 10_000 % 10 == 9:
                tell(f"{end - first:,} messages stored")


def _documents(room: str, begin: int, end: int) -> Iterator[dict[str, Any]]:
    moment = datetime.now(UTC)
    for seq in range(begin, end):
        # One word in a hundred messages is the same; it is what a search looks for.
        text = f"needle{seq // 100:06} {' '.join(random.choices(WORDS, k=20))}"  # noqa: S311
        yield {
            "_id": {"sender": "user00001", "id": f"fill{seq}"},
            "room": room, "seq": seq, "rev": seq, "text": text, "created_at": moment,
        }  # fmt: skip


def _ask(hearth: Hearth, paths: Iterator[str]) -> dict[str, float]:
    """Ask one after the other over one connection; nothing if there is no such route."""
    place = urlsplit(hearth.address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    headers = {"Authorization": f"Bearer {hearth.people[0][1]}"}
    late = array("d")
    for path in paths:
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 404:
            return {}
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        late.append(time.perf_counter() - began)
    connection.close()
    return percentiles(late)
