"""What must not disturb the others: bad readers, who comes back, who signs in."""

import json
import threading
import time
import urllib.request
from typing import Any

from bench.bench import Bench, Cell, foreign
from bench.hearth import PASSWORD

LIVE = 50  # messages a second while something else goes on
CALM = 10  # where each is heard by a thousand


def bad_readers(bench: Bench) -> None:
    """One reader that has stopped and one on a line of 1 KB a second, among 100 members."""
    seconds = 2.0 if bench.quick else 6.0
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
    seconds = 3.0 if bench.quick else 8.0
    plan = {
        "url": hearth.socket, "dialect": "hearth", "watch": hearth.pids,
        "rooms": [{"name": "general", "members": hearth.people[:10], "senders": 10}],
        "phases": [{"kind": "open", "rate": LIVE, "seconds": seconds}],
    }  # fmt: skip
    from bench.machine import load

    calm, busy, speed = [], [], []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, sign-ins")
        calm += load(plan)["phases"]
        crowd = _Crowd(hearth.address, hearth.people[11][0])
        busy += load(plan)["phases"]
        speed.append(crowd.end())
    hearth.stop()
    more = {"foreign": foreign(calm)}
    bench.notes.note("sign-ins", "sign-ins, on the server's one core", speed, "/s", **more)
    for name, phases in (("without", calm), ("beside", busy)):
        late = [phase["latency_ms"]["p99"] for phase in phases]
        bench.notes.note("sign-ins", f"p99 of messages {name} sign-ins", late, "ms", **more)


class _Crowd:
    """Four people who sign in, over and over."""

    def __init__(self, address: str, name: str) -> None:
        self._url, self._began, self._count = (
            f"{address}/api/auth/token",
            time.monotonic(),
            0,
        )
        self._body = json.dumps({"name": name, "password": PASSWORD}).encode()
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._sign_in) for _ in range(4)]
        for thread in self._threads:
            thread.start()

    def _sign_in(self) -> None:
        headers = {"Content-Type": "application/json"}
        request: Any = urllib.request.Request(self._url, self._body, headers)  # noqa: S310
        while not self._is_over.is_set():
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                self._count += answer.status == 200

    def end(self) -> float:
        """Stop; how many got in, a second."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        return self._count / (time.monotonic() - self._began)
