"""What must not disturb the others: bad readers, who comes back, who signs in."""

import json
import os
import threading
import time
from collections.abc import Callable

from bench.bench import Bench, Cell, foreign
from bench.hearth import PASSWORD, Hearth
from bench.machine import GENERATOR, load

LIVE = 50  # messages a second while something else goes on
CALM = 10  # where each is heard by a thousand


def bad_readers(bench: Bench) -> None:
    """One reader that has stopped and one on a line of 1 KB a second, among 100 members."""
    seconds = 2.0 if bench.quick else 20.0
    rooms = bench.general(100)
    keys = [key for _, key in bench.people(102)[100:]]
    phases = [{"kind": "open", "rate": 200, "seconds": seconds}]
    alone, beside = [], []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, bad readers")
        alone += bench.cell("Hearth", rooms, phases)["phases"]
        bad = [(keys[0], 0), (keys[1], 1024)]
        beside += bench.cell("Hearth", rooms, phases, trickles=bad)["phases"]
    late = [phase["latency_ms"]["p99"] for phase in alone]
    later = [phase["latency_ms"]["p99"] for phase in beside]
    more = {"foreign": foreign([*alone, *beside])}
    bench.notes.note("readers", "p99 of 100 members, 200 messages/s", late, "ms", **more)
    bench.notes.note("readers", "p99 beside two bad readers", later, "ms", **more)
    change = [100 * (after / before - 1) for before, after in zip(late, later, strict=True)]
    bench.notes.note(
        "readers", "change of p99 by bad readers", change, "%", goal="< 10", **more
    )


def catch_up(bench: Bench) -> None:
    """100 people come back at once, each 1,000 changes behind, while others talk."""
    count = 100
    rooms = bench.general(100)
    guests = bench.people(200)[100:]
    backlog = [{"kind": "closed", "window": 100, "seconds": 0.5}]
    while (head := _head(bench)) < 1_000:
        bench.cell("Hearth", rooms[:1], backlog)
    found: list[Cell] = []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, {count} people catch up")
        head = _head(bench)
        # The probes and the live messages before they come move the head a little.
        hello = json.dumps({"type": "hello", "cursors": {"general": head - 900}})
        people = [[key, hello] for _, key in guests]
        phase = {
            "kind": "open", "rate": LIVE, "seconds": 2.0,
            "returning": {"people": people, "missed": 900},
        }  # fmt: skip
        found += bench.cell("Hearth", rooms, [phase])["phases"]
    last = [phase["returning"]["up_to_date_ms"]["max"] / 1000 for phase in found]
    live = [phase["latency_ms"]["p99"] for phase in found]
    more = {"foreign": foreign(found)}
    name = "100 people who are 900 to 1,000 changes behind"
    bench.notes.note("catch-up", f"the last of {name}", last, "s", goal="<= 2", **more)
    bench.notes.note(
        "catch-up", f"live p99 beside {name}", live, "ms", goal="<= 100", **more
    )


def _head(bench: Bench) -> int:
    head: int = bench.hearth.ask("GET", "/api/rooms/general")["rev"]
    return head


def comeback(bench: Bench) -> None:
    """1,000 people come back within a second, as after a restart."""
    found: list[Cell] = []
    sizes = (250, 500) if bench.quick else (250, 500, 1000)
    for count in sizes:
        rounds: list[Cell] = []
        for turn in range(bench.rounds):
            bench.tell(f"round {turn + 1}, {count:,} people come back")
            people = [[key, '{"type":"hello"}'] for _, key in bench.people(count + 10)[10:]]
            returning = {"people": people, "missed": 0, "within": 1.0, "stay": 2.0}
            phase = {"kind": "open", "rate": CALM, "seconds": 0.5, "returning": returning}
            rounds += bench.cell("Hearth", bench.general(10), [phase])["phases"]
            time.sleep(0 if bench.quick else 6)  # until they count as away
        more = {"x": count, "foreign": foreign(rounds)}
        back = [phase["returning"]["welcome_ms"]["max"] / 1000 for phase in rounds]
        bench.notes.note(
            "comeback", f"the last of {count:,} people welcomed", back, "s",
            goal="<= 5", **more,
        )  # fmt: skip
        frames = [phase["returning"]["presence_frames_each"] for phase in rounds]
        bench.notes.note(
            "comeback", f"presence frames each, {count:,} people", frames, "", **more
        )
        found += rounds


def sign_ins(bench: Bench) -> None:
    """People sign in as fast as they can, at bcrypt's usual cost, while others talk."""
    hearth = bench.another("sign-ins", HEARTH_BCRYPT_COST="12")
    hearth.sign_up(12)
    who = {"name": hearth.people[11][0], "password": PASSWORD}

    def sign_in() -> None:
        hearth.ask("POST", "/api/auth/token", who)

    _talk_beside(bench, hearth, "sign-ins", sign_in, 4)


def transfers(bench: Bench) -> None:
    """Somebody uploads and downloads a file of 25 MB, and again, while others talk."""
    hearth = bench.another("transfers")
    hearth.sign_up(11)
    body = os.urandom(25_000_000)

    def upload_and_download() -> None:
        uploaded = hearth.fetch("POST", "/api/rooms/general/files?name=big.bin", body)
        assert len(hearth.fetch("GET", json.loads(uploaded)["path"])) == len(body)

    # What an upload leaves in the kernel's cache is written half a minute later.
    _talk_beside(bench, hearth, "transfers", upload_and_download, 1, "<= 2", seconds=40.0)


def _talk_beside(
    bench: Bench,
    hearth: Hearth,
    what: str,
    work: Callable[[], None],
    workers: int,
    goal: str = "",
    seconds: float = 8.0,
) -> None:
    """How late messages among ten people are, alone and beside some work."""
    plan = {
        "url": hearth.socket, "dialect": "hearth", "watch": hearth.pids,
        "rooms": [{"name": "general", "members": hearth.people[:10], "senders": 10}],
        "phases": [
            {"kind": "open", "rate": LIVE, "seconds": 3.0 if bench.quick else seconds}
        ],
    }  # fmt: skip
    calm, busy, speed = [], [], []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, {what}")
        calm += load(plan)["phases"]
        crowd = _Crowd(work, workers)
        busy += load(plan)["phases"]
        speed.append(crowd.end())
    hearth.stop()
    more = {"foreign": foreign(calm)}
    bench.notes.note(what, f"{what}, on the server's one core", speed, "/s", **more)
    late, later = (
        [phase["latency_ms"]["p99"] for phase in phases] for phases in (calm, busy)
    )
    bench.notes.note(what, f"p99 of messages without {what}", late, "ms", **more)
    bench.notes.note(what, f"p99 of messages beside {what}", later, "ms", **more)
    longest = [phase["latency_ms"]["max"] for phase in busy]
    bench.notes.note(what, f"latest message beside {what}", longest, "ms", **more)
    ratios = [after / before for before, after in zip(late, later, strict=True)]
    bench.notes.note(what, "the latter to the former", ratios, "x", goal=goal, **more)


class _Crowd:
    """Threads that do something over and over, on the load generator's core."""

    def __init__(self, work: Callable[[], None], count: int) -> None:
        self._work, self._began, self._count = work, time.monotonic(), 0
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._repeat) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _repeat(self) -> None:
        os.sched_setaffinity(0, {GENERATOR})  # of this thread
        while not self._is_over.is_set():
            self._work()
            self._count += 1

    def end(self) -> float:
        """Stop; how often it was done, a second."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        if not self._count:
            raise RuntimeError("It could not be done; see above.")
        return self._count / (time.monotonic() - self._began)
