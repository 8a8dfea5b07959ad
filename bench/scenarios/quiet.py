"""Nobody says anything: how a server starts, what a connection costs, what idling does."""

import asyncio
import logging
import tempfile
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

import pytest_hearth.hearth as plugin
from bench import machine
from bench.bench import Bench, Cell
from bench.hearth import Hearth
from pytest_hearth.databases import Databases
from server import create_app

APPS = 30


def cold_start(bench: Bench) -> None:
    """The first start makes a database; the later ones find it."""
    for _ in bench.turns("cold start"):
        hearth = bench.fresh()
        for name in ("first start", "later start"):
            bench.add(f"{name}, to the first answer", "s", hearth.start())
            hearth.stop()


def apps_in_tests(bench: Bench) -> None:
    """Apps in other people's tests: the first, and 30 more, with lines and without."""

    async def run(databases: Databases, folder: Path, began: float) -> None:
        async def up(name: str, is_plain: bool = False) -> None:
            url = databases.take()
            settings = plugin.settings_for(url, folder)
            before = began if "mongod" in name else time.perf_counter()
            app: AbstractAsyncContextManager[Any] = (
                TestClient(TestServer(create_app(settings)))
                if is_plain
                else plugin.Hearth(settings)
            )
            async with app:
                bench.add(name, "ms", 1000 * (time.perf_counter() - before))
            databases.give_back(url)

        await up("the first app, with its mongod")
        for _ in range(APPS):
            await up("a further app")
            await up("a further app without lines", is_plain=True)

    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        began = time.perf_counter()
        databases = Databases(Path(folder))
        try:
            asyncio.run(run(databases, Path(folder), began))
        finally:
            databases.close()
            logging.disable(logging.NOTSET)


def connections(bench: Bench) -> None:
    """2,000 connections and what they cost; 10,000 idle ones, held for a minute."""
    count, held, seconds = bench.pick((500, 0, 5), (2_000, 10_000, 60))
    hearth = bench.another()
    hearth.sign_up(100)
    for _ in bench.turns(f"{count:,} connections"):
        before = machine.status(hearth.pids["server"], "VmRSS")
        after = _hold(bench, hearth, count, 2)["rss_kb"]["server"]
        name = f"memory per connection, of {count:,}"
        bench.add(name, "KB", (after - before) / count)
        hearth.stop()
        bench.start(hearth)
    limit = machine.raise_file_limit()
    if limit < held + 500:
        bench.tell(f"{held:,} connections need `ulimit -n {held + 500}` (it is {limit:,})")
        held = limit - 500
    if held:
        bench.tell(f"{held:,} idle connections for {seconds} s")
        done = _hold(bench, hearth, held, seconds)
        (phase,) = done["phases"]
        name = f"dropped, of {held:,} idle for {seconds} s"
        bench.add(name, "", done["dropped"], phase)
        idle = 100 * phase["cores"]["server"]
        bench.add(f"server with {held:,} idle connections", "% of a core", idle)
    hearth.stop()


def _hold(bench: Bench, hearth: Hearth, count: int, seconds: float) -> Cell:
    """Open so many connections of the hundred people, and say nothing."""
    members = [hearth.people[number % 100] for number in range(count)]
    rooms = [{"name": "general", "members": members, "senders": 0}]
    return bench.load(hearth, rooms, [{"kind": "idle", "seconds": seconds}])


def idle(bench: Bench) -> None:
    """A server that nobody uses: memory, and how often it wakes."""
    seconds = bench.pick(10, 60)
    hearth = bench.another()
    time.sleep(3)
    pids = hearth.pids
    woken = machine.wake_ups(pids["server"])
    used = {name: machine.cpu(pid) for name, pid in pids.items()}
    bench.tell(f"idle for {seconds} s")
    time.sleep(seconds)
    woken = machine.wake_ups(pids["server"]) - woken
    for name, pid in pids.items():
        share = 100 * (machine.cpu(pid) - used[name]) / seconds
        bench.add(f"memory of the {name}, idle", "MB", machine.status(pid, "VmRSS") / 1024)
        bench.add(f"CPU of the {name}, idle", "% of a core", share)
    bench.add("wake-ups of the server's threads, idle", "/s", woken / seconds)
    hearth.stop()
