"""How fast the search is over many messages, and how large its index.

    .venv/bin/python -m bench.search [--messages 1000000]

Fills a database with made-up messages, straight into the collection; lets the server index
them while somebody writes; then searches over HTTP, one search after the other. Says its
results on standard output, a line of JSON each.
"""

import argparse
import itertools
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient

from bench import machine
from bench.bench import Bench
from bench.figures import Notes
from bench.hearth import Hearth
from bench.ledger import percentiles
from bench.scenarios.stored import Document, ask, document, fill, indexed
from store.records import now
from store.search.indexer import FILE

ROOMS, PEOPLE, SEARCHES = 1_000, 200, 100
WRITTEN = 2_000  # messages at most, while it indexes, fifty a second
LOOK_SECONDS = 2.0  # between looks at how far it is, each of which is a search
INDEX_SECONDS = 1_800  # until the index must be there
SYLLABLES = [
    first + second
    for first in ("", *"bcdfghklmnprstvw", "ch", "pl", "st", "tr")
    for second in ("a", "e", "i", "o", "u", "an", "er", "ou")
]
# Whoever asks is in every second room, in every fifth, or in the last one alone.
ASKERS = {"in_500_rooms": 2, "in_200_rooms": 5, "in_a_quiet_room": ROOMS}
MAKER = len(ASKERS)  # of rooms; asks nothing
KINDS = {
    "one common word": "{common}",
    "one middling word": "{middling}",
    "one rare word": "{rare}",
    "a word that is nowhere": "xq{number}",
    "three common words": "{common} {common} {common}",
    "three middling words": "{middling} {middling} {middling}",
    "two common words and a rare one": "{common} {common} {rare}",
    "three rare words": "{rare} {rare} {rare}",
    "a prefix of two letters": "{rare:.2}",
    "a prefix of four letters": "{rare:.4}",
    "three prefixes of two letters": "{rare:.2} {rare:.2} {rare:.2}",
    "20 hits in all": "zanzibar",
    "1,000 hits in all": "quokka",
    "a common word from somebody": "{common} from:user{number:05}",
    "a common word two years ago": "{common} before:{date}",
}


class OneOf:
    """One of several values, another one each time that it is put into a text."""

    def __init__(self, rng: random.Random, values: Sequence[Any]) -> None:
        self._rng, self._values = rng, values

    def __format__(self, form: str) -> str:
        """Pick one."""
        return format(self._rng.choice(self._values), form)


def say(**line: Any) -> None:
    """Print a result."""
    print(json.dumps(line), flush=True)


def vocabulary(rng: random.Random) -> list[str]:
    """60,000 words, from very common to very rare."""
    made: dict[str, None] = {}
    while len(made) < 60_000:
        made["".join(rng.choices(SYLLABLES, k=rng.choice((1, 2, 2, 3, 3, 4))))] = None
    return list(made)


def corpus(count: int, words: list[str]) -> Iterator[Document]:
    """Messages as a team might write them: words and rooms by Zipf, twelve words or so."""
    rng = random.Random(2)  # the same at every run
    word_weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
    room_weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(ROOMS)))
    numbers, seqs, began = range(ROOMS), [0] * ROOMS, now() - timedelta(days=900)
    for number in range(1, count + 1):
        room = rng.choices(numbers, cum_weights=room_weights)[0]
        seqs[room] += 1
        length = 1 + min(int(rng.expovariate(1 / 11)), 200)
        said = rng.choices(words, cum_weights=word_weights, k=length)
        if number % (count // 20) == 7:
            said[-1] = "zanzibar"  # 20 times
        if number % (count // 1_000) == 11:
            said[-1] = "quokka"  # 1,000 times
        at, sender = began + timedelta(seconds=number * 77), rng.randrange(PEOPLE)
        text = " ".join(said)
        yield document(f"room-{room:03}", seqs[room], f"user{sender:05}", text, at)


def write(hearth: Hearth, count: int) -> list[float]:
    """Seconds that each of some messages took, fifty a second."""
    path, body = "/api/rooms/general/messages", {"text": "what is said meanwhile"}
    return ask(hearth, [path] * count, body=body, pause=0.02)


def index(bench: Bench, hearth: Hearth, count: int) -> None:
    """Wait until the index holds everything, while somebody writes."""
    began, spent = time.monotonic(), -machine.cpu(hearth.pids["server"])
    took: list[float] = []
    share = 0.0
    while share < 1:
        if len(took) < WRITTEN:
            took += write(hearth, 100)
        else:
            time.sleep(LOOK_SECONDS)
        share = indexed(hearth)
        seconds = time.monotonic() - began
        bench.tell(f"indexing for {seconds:.0f} s: {share:.0%}")
        if seconds > INDEX_SECONDS:
            raise TimeoutError("The index is not there after so long.")
    spent += machine.cpu(hearth.pids["server"])
    each = round(spent / count * 1e6, 1)
    say(indexed=count, seconds=round(seconds, 1), cpu_us_each=each)
    say(messages="while it indexed", **percentiles(took))
    say(messages="afterwards", **percentiles(write(hearth, 1_000)))


def size(url: str, file: Path, count: int) -> None:
    """Say how large the index is beside what it indexes."""
    with MongoClient[Document](url) as client:
        stats = client["hearth"].command("collstats", "messages")
    stored = stats["storageSize"] + stats["totalIndexSize"]
    say(messages=stats["count"], bytes=stats["size"], stored_each=round(stored / count, 1))
    say(index=file.stat().st_size, each=round(file.stat().st_size / count, 1))


def run(bench: Bench, count: int) -> None:
    """Fill, index, search."""
    words, rng, hearth = vocabulary(random.Random(1)), random.Random(4), bench.another()
    hearth.sign_up(PEOPLE)
    for number in range(ROOMS):
        steps = enumerate(ASKERS.values())
        askers = [who for who, step in steps if number % step == step - 1]
        hearth.make_room(f"room-{number:03}", [MAKER, *askers], kind="private")
    fill(bench, hearth, corpus(count, words))
    index(bench, hearth, count)
    some = {
        "common": OneOf(rng, words[:20]),
        "middling": OneOf(rng, words[300:1_000]),
        "rare": OneOf(rng, words[30_000:]),
        "number": OneOf(rng, range(PEOPLE)),
        "date": f"{now() - timedelta(days=730):%Y-%m-%d}",
    }
    for kind, form in KINDS.items():
        sought = [quote(form.format(**some)) for _ in range(SEARCHES)]
        for number, asker in enumerate(ASKERS):
            spent = -machine.cpu(hearth.pids["server"])
            took = ask(hearth, [f"/api/search?q={each}" for each in sought], number)
            spent += machine.cpu(hearth.pids["server"])
            cpu = round(spent / SEARCHES * 1000, 1)
            say(search=kind, asker=asker, **percentiles(took), cpu=cpu)
    hearth.stop_but_database(lambda url: size(url, hearth.data / FILE, count))


def main() -> None:
    """Read the command line, and run; all times are in milliseconds."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    count = parser.parse_args().messages
    notes = Notes(Path(os.devnull))
    with Bench(notes, quick=False, rounds=1, shared=False) as bench:
        run(bench, count)


if __name__ == "__main__":
    main()
