"""Many who say nothing: what a connection costs, and what an idle server does."""

import time

from bench import machine
from bench.bench import Bench


def connections(bench: Bench) -> None:
    """2,000 connections and what they cost; 10,000 idle ones, held for a minute."""
    count, held, seconds = (500, 0, 5) if bench.quick else (2_000, 10_000, 60)
    hearth = bench.another("crowd")
    hearth.sign_up(100)
    costs = []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, {count:,} connections")
        before = machine.status(hearth.pids["server"], "VmRSS")
        done = _hold(bench, hearth, count, 2)
        costs.append((done["rss_kb"]["server"] - before) / count)
        hearth.stop()
        bench.start(hearth)
    bench.notes.note(
        "connections", f"memory per connection, of {count:,}", costs, "KB", goal="<= 20"
    )
    if not held:
        hearth.stop()
        return
    most = machine.raise_file_limit()
    if most < held + 500:
        bench.tell(f"{held:,} connections need `ulimit -n {held + 500}` (it is {most:,})")
        held = most - 500
    bench.tell(f"{held:,} idle connections for {seconds} s")
    done = _hold(bench, hearth, held, seconds)
    bench.notes.note(
        "connections", f"dropped, of {held:,} idle for {seconds} s", [done["dropped"]], "",
        goal="<= 0", foreign=done["phases"][0]["cores"]["foreign"],
    )  # fmt: skip
    idle = [100 * done["phases"][0]["cores"]["server"]]
    bench.notes.note(
        "connections", f"server with {held:,} idle connections", idle, "% of a core"
    )
    hearth.stop()


def _hold(bench: Bench, hearth, count: int, seconds: float):  # type: ignore[no-untyped-def]
    """Open so many connections of the hundred people, and say nothing."""
    members = [hearth.people[number % 100] for number in range(count)]
    return machine.load(
        {
            "url": hearth.socket, "dialect": "hearth", "watch": hearth.pids,
            "rooms": [{"name": "general", "members": members, "senders": 0}],
            "phases": [{"kind": "idle", "seconds": seconds}],
        }
    )  # fmt: skip


def idle(bench: Bench) -> None:
    """A server that nobody uses: memory, and how often it wakes."""
    seconds = 10 if bench.quick else 60
    hearth = bench.another("idle")
    time.sleep(3)
    pids = hearth.pids
    switches = machine.wake_ups(pids["server"])
    used = {name: machine.cpu(pid) for name, pid in pids.items()}
    bench.tell(f"idle for {seconds} s")
    time.sleep(seconds)
    woken = (machine.wake_ups(pids["server"]) - switches) / seconds
    for name, goal in (("server", "<= 70"), ("mongod", "<= 250")):
        resident = machine.status(pids[name], "VmRSS") / 1024
        bench.notes.note("idle", f"memory of the {name}, idle", [resident], "MB", goal=goal)
        share = 100 * (machine.cpu(pids[name]) - used[name]) / seconds
        bench.notes.note("idle", f"CPU of the {name}, idle", [share], "% of a core")
    bench.notes.note("idle", "wake-ups of the server's threads, idle", [woken], "/s")
    hearth.stop()
