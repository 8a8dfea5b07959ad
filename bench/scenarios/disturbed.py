"""What must not disturb the others: bad readers, who comes back, who signs in."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress

from bench.bench import Bench, Cell
from bench.hearth import Hearth
from bench.machine import GENERATOR
from pytest_hearth.people import PASSWORD
from tests.raw import TEXT, frame, handshake

LIVE_RATE = 50  # messages a second while something else goes on
CALM_RATE = 10  # where each is heard by a thousand
HELLO = '{"type":"hello"}'
BEHIND = 900  # changes
Disturbance = AbstractContextManager[list[object]]


@contextmanager
def over_and_over(work: Callable[[], object], workers: int = 1) -> Iterator[list[object]]:
    """Threads that do something again and again on the generator's core; what it gave."""
    is_over, done = threading.Event(), list[object]()

    def repeat() -> None:
        os.sched_setaffinity(0, {GENERATOR})  # of this thread
        while not is_over.is_set():
            done.append(work())

    with ThreadPoolExecutor(workers) as pool:
        threads = [pool.submit(repeat) for _ in range(workers)]
        try:
            yield done
        finally:
            is_over.set()
    for thread in threads:
        thread.result()


def _alone_and_beside(
    bench: Bench,
    hearth: Hearth,
    disturbance: Callable[[], Disturbance],
    seconds: float,
    members: int = 10,
    rate: int = LIVE_RATE,
) -> Iterator[tuple[Cell, Cell, float]]:
    """Messages alone, and beside something; how often that was done in a second."""
    rooms = [{"name": "general", "members": hearth.people[:members], "senders": 10}]
    phases = [{"kind": "open", "rate": rate, "seconds": seconds}]
    for _ in bench.turns("alone and beside"):
        (calm,) = bench.load(hearth, rooms, phases)["phases"]
        began = time.monotonic()
        with disturbance() as done:
            (busy,) = bench.load(hearth, rooms, phases)["phases"]
        yield calm, busy, len(done) / (time.monotonic() - began)


def bad_readers(bench: Bench) -> None:
    """One reader that has stopped and one on a line of 1 KB a second, among 100 members."""
    keys = [key for _, key in bench.hearth.sign_up(102)[100:]]
    where = bench.hearth.address.rpartition("/")[2].split(":")

    def connected(key: str) -> socket.socket:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect((where[0], int(where[1])))
        line.sendall(handshake(key) + frame(TEXT, HELLO.encode()))
        line.settimeout(0.1)
        return line

    @contextmanager
    def reading_badly() -> Iterator[list[object]]:
        with closing(connected(keys[0])), closing(connected(keys[1])) as slow:

            def read() -> None:
                time.sleep(0.25)
                with suppress(OSError):
                    slow.recv(256)

            with over_and_over(read) as done:
                yield done

    seconds = bench.pick(2.0, 20.0)
    found = _alone_and_beside(bench, bench.hearth, reading_badly, seconds, 100, 200)
    for calm, busy, _ in found:
        late, later = (phase["latency_ms"]["p99"] for phase in (calm, busy))
        bench.add("p99 of 100 members, 200 messages/s", "ms", late, calm, busy)
        bench.add("p99 beside two bad readers", "ms", later, calm, busy)
        change = 100 * (later / late - 1)
        bench.add("change of p99 by bad readers", "%", change, calm, busy)


def sign_ins(bench: Bench) -> None:
    """People sign in as fast as they can, at bcrypt's usual cost, while others talk."""
    hearth = bench.another(BCRYPT_COST="12")
    who = {"name": hearth.sign_up(12)[11][0], "password": PASSWORD}

    def sign_in() -> None:
        hearth.ask("POST", "/api/auth/token", who)

    _talk_beside(bench, hearth, "sign-ins", sign_in, 4, 8.0)


def transfers(bench: Bench) -> None:
    """Somebody uploads and downloads a file of 25 MB, and again, while others talk."""
    hearth = bench.another()
    hearth.sign_up(11)
    body = os.urandom(25_000_000)

    def upload_and_download() -> None:
        uploaded = hearth.fetch("POST", "/api/rooms/general/files?name=big.bin", body)
        assert len(hearth.fetch("GET", json.loads(uploaded)["path"])) == len(body)

    # What an upload leaves in the kernel's cache is written half a minute later.
    _talk_beside(bench, hearth, "transfers", upload_and_download, 1, 40.0)


def _talk_beside(
    bench: Bench,
    hearth: Hearth,
    what: str,
    work: Callable[[], object],
    workers: int,
    seconds: float,
) -> None:
    def disturbance() -> Disturbance:
        return over_and_over(work, workers)

    seconds = bench.pick(3.0, seconds)
    for calm, busy, speed in _alone_and_beside(bench, hearth, disturbance, seconds):
        if not speed:
            raise RuntimeError(f"There were no {what}.")
        late, later = calm["latency_ms"], busy["latency_ms"]
        bench.add(f"{what}, on the server's one core", "/s", speed, calm)
        bench.add(f"p99 of messages without {what}", "ms", late["p99"], calm)
        bench.add(f"p99 of messages beside {what}", "ms", later["p99"], calm)
        bench.add(f"latest message beside {what}", "ms", later["max"], calm)
        bench.add("the latter to the former", "x", later["p99"] / late["p99"], calm)
    hearth.stop()


def _returning(
    bench: Bench, members: int, rate: int, seconds: float, **returning: object
) -> Cell:
    """A phase in which people come back while members of `general` talk, or say nothing."""
    kind = "open" if rate else "idle"
    phase = {"kind": kind, "rate": rate, "seconds": seconds, "returning": returning}
    rooms = bench.general(members, senders=10 if rate else 0)
    found: Cell = bench.cell("Hearth", rooms, [phase])["phases"][0]
    return found


def catch_up(bench: Bench) -> None:
    """100 people come back at once, each 1,000 changes behind, while others talk."""
    guests = bench.hearth.sign_up(200)[100:]

    def head() -> int:
        return int(bench.hearth.ask("GET", "/api/rooms/general")["rev"])

    while head() < 1_000:
        backlog = {"kind": "closed", "window": 100, "seconds": 0.5}
        bench.cell("Hearth", bench.general(100), [backlog])
    name = "100 people who are 900 to 1,000 changes behind"
    for _ in bench.turns(name):
        # The probes and the live messages before they come move the head a little.
        hello = json.dumps({"type": "hello", "cursors": {"general": head() - BEHIND}})
        people = [[key, hello] for _, key in guests]
        phase = _returning(bench, 100, LIVE_RATE, 2.0, people=people, missed=BEHIND)
        last = phase["returning"]["up_to_date_ms"]["max"] / 1000
        bench.add(f"the last of {name}", "s", last, phase)
        bench.add(f"live p99 beside {name}", "ms", phase["latency_ms"]["p99"], phase)


def comeback(bench: Bench) -> None:
    """1,000 people come back within a second, as after a restart."""
    for count in bench.pick((250, 500), (250, 500, 1000)):
        people = [[key, HELLO] for _, key in bench.hearth.sign_up(count + 10)[10:]]
        for _ in bench.turns(f"{count:,} people come back"):
            plan = {"people": people, "missed": 0, "within": 1.0, "stay": 2.0}
            phase = _returning(bench, 10, CALM_RATE, 0.5, **plan)
            back = phase["returning"]
            last, name = back["welcome_ms"]["max"] / 1000, f"{count:,} people"
            bench.add(f"the last of {name} welcomed", "s", last, phase, x=count)
            frames = back["presence_frames_each"]
            bench.add(f"presence frames each, {name}", "", frames, phase, x=count)
            time.sleep(bench.pick(0, 6))  # until they count as away


def welcome(bench: Bench) -> None:
    """Somebody with 200 rooms connects, over and over."""
    count = 200
    bench.hearth.sign_up(12)
    bench.tell(f"{count} rooms are made")
    for number in range(count):
        bench.hearth.make_room(f"many{number:03}", range(10, 12))
        bench.hearth.ask("POST", f"/api/rooms/many{number:03}/messages", {"text": "hi"}, 11)
    people = [[bench.hearth.sign_up(11)[10][1], HELLO]] * bench.pick(30, 200)
    for _ in bench.turns("welcome"):
        phase = _returning(bench, 1, 0, 0.1, people=people, missed=0, one_by_one=True)
        for place in ("p50", "p99"):
            took = phase["returning"]["welcome_ms"][place]
            name = f"{place} of connect and welcome, {count} rooms, all unread"
            bench.add(name, "ms", took, phase)
