"""What others feel while a member does the worst known: `python -m bench.hostile`.

Four people talk and Ben listens, alone at first; then Eve, a member, sends the worst
messages, pictures, uploads, queries and cursors known for a minute, in turns and then all
at once, as fast as the default limits let her, from a process of her own; then they are
alone again. Prints one line of JSON: how long messages took to Ben (milliseconds), how much
memory the server, its database and its decoder of pictures held at most beyond what they
held before (megabytes), and how much of a core the server took.

It ends by itself, after about two minutes. `python -m bench.hostile 10` is shorter, and
further arguments choose what Eve does: `python -m bench.hostile 10 pictures cursors`.
"""

import asyncio
import json
import math
import multiprocessing
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from io import BytesIO
from itertools import cycle
from operator import call
from pathlib import Path
from typing import Any

import aiohttp

from bench import machine
from pytest_hearth.people import sign_up
from tests.hostile_pictures import BIG, HOSTILE
from tests.hostile_texts import MAX_TEXT, WORST
from tests.process import PATIENCE, Process
from tests.raw import CLOSE, TEXT, connect, frame, handshake

SECONDS = 60.0  # of Eve
TALKERS = ("ann", "cat", "dan", "fay")
PAUSE_SECONDS = 1 / 8 / len(TALKERS)  # between messages; each may send ten a second
SENDERS, UPLOADERS, READERS, SEEKERS = 4, 4, 6, 4  # at once
SOCKETS, HURRIED = 20, 4  # as many as a user may have; of them, come anew at once
LOOK_SECONDS = 0.25  # between looks at the memory

QUERIES = (
    "a e i o u x y z", '"a b c d e f g h"', "-a -b -c -d -e -f x", "after:0001-01-01",
    "has:link -has:file", "to:me from:me", "字" * 199, "กขค" * 66, "a" * 199, '"' * 199,
    "-" * 199, ("x" * 9 + " ") * 8,
)  # fmt: skip
Act = Callable[[], Awaitable[None]]
Acts = Mapping[str, Callable[["Eve"], Sequence[Act]]]  # what Eve does at once, by its kind


@cache
def made_pictures() -> list[bytes]:
    """Made once: it takes seconds."""
    return [call(make) for make in HOSTILE.values()]


class Eve:
    """One member who keeps every limit, and nothing else."""

    def __init__(self, address: str, token: str, seconds: float) -> None:
        self.address, self.token, self.until = address, token, time.time() + seconds
        self.headers = {"Authorization": f"Bearer {token}"}
        self.texts = [text[:MAX_TEXT] for text in WORST.values()]
        self.texts += ["@ann " * 1_600, "x" * MAX_TEXT, "\u0800" * MAX_TEXT]
        self.statuses: Counter[str] = Counter()
        self.http: Any = None

    async def run(self, acts: Acts, kinds: Sequence[str]) -> None:
        """Do all of it until it is time, and something was done."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as self.http:
            chosen = [act for kind in kinds for act in acts[kind](self)]
            doing = asyncio.gather(*(self._again(act) for act in chosen))
            await asyncio.wait([doing], timeout=self.until - time.time())
            while not self.statuses and not doing.done():  # noqa: ASYNC110 - a busy machine
                await asyncio.sleep(0.1)
            doing.cancel()
            with suppress(asyncio.CancelledError):
                await doing

    async def _again(self, act: Act) -> None:
        ended = (aiohttp.ClientError, ConnectionError, asyncio.IncompleteReadError)
        while time.time() < self.until:
            with suppress(*ended):
                await act()
            await asyncio.sleep(0)

    async def ask(self, kind: str, method: str, path: str, **how: Any) -> Any:
        """One request; whoever is refused comes again when the answer says."""
        url = self.address + path
        async with self.http.request(method, url, headers=self.headers, **how) as answer:
            body = await answer.read()
            self.statuses[f"{kind} {answer.status}"] += 1
            if answer.status == 429:
                # Half a second is as early as it can be worth it.
                await asyncio.sleep(min(2.0, float(answer.headers["Retry-After"])) / 2)
            return json.loads(body) if answer.status == 201 else {}

    def messages(self) -> Sequence[Act]:
        """Messages that cost the most to render, store, send and index; and edits."""
        texts, path = cycle(self.texts), "/api/rooms/general/messages"

        async def say() -> None:
            said = await self.ask("messages", "POST", path, json={"text": next(texts)})
            if said:
                edited = {"text": next(texts)}
                await self.ask("messages", "PATCH", f"{path}/{said['seq']}", json=edited)

        return [say] * SENDERS

    def pictures(self) -> Sequence[Act]:
        """Pictures that are made to cost more than they are, as files and as avatars."""
        several = cycle(made_pictures())

        async def upload() -> None:
            path = "/api/rooms/general/files?name=a.png"
            await self.ask("pictures", "POST", path, data=BytesIO(next(several)))

        async def face() -> None:
            content = BytesIO(next(several)[:9_999_000])
            await self.ask("pictures", "PUT", "/api/users/me/avatar", data=content)

        return [upload, upload, face]

    def uploads(self) -> Sequence[Act]:
        """Files as large as may be, up and down again."""
        content = os.urandom(BIG)

        async def move() -> None:
            path = "/api/rooms/general/files?name=x"
            file = await self.ask("uploads", "POST", path, data=BytesIO(content))
            if file:
                await self.ask("uploads", "GET", f"/api/files/{file['id']}/x")

        return [move] * UPLOADERS

    def queries(self) -> Sequence[Act]:
        """Searches, and the largest pages of history."""
        words = cycle(QUERIES)
        pages = ("messages?limit=200", "changes?since=0&limit=200", "members", "pins")

        async def seek() -> None:
            query = {"q": next(words), "limit": 200}
            await self.ask("queries", "GET", "/api/search", params=query)

        async def read() -> None:
            for page in pages:
                await self.ask("queries", "GET", f"/api/rooms/general/{page}")

        return [seek] * SEEKERS + [read] * READERS

    def cursors(self) -> Sequence[Act]:
        """Sockets that say hello with 1,000 cursors and read nothing, or come again."""
        old = {"general": 1, **{f"room-{number}": 0 for number in range(999)}}
        hello = frame(TEXT, json.dumps({"type": "hello", "cursors": old}).encode())
        typing = frame(TEXT, b'{"type":"typing","room":"general"}\n' * 90)

        async def return_() -> None:
            async with await connect(self.address, deaf=True) as line:
                await line.send(handshake(self.token) + hello)
                self.statuses["cursors"] += 1
                with suppress(TimeoutError):
                    async with asyncio.timeout(2 + secrets.randbelow(3)):
                        while True:
                            await line.send(typing)
                            await asyncio.sleep(0.5)

        async def come_and_go() -> None:
            async with await connect(self.address) as line:
                await line.send(handshake(self.token) + hello)
                status = await line.status()
                await line.headers()
                opcode, _ = await line.frame() if status == 101 else (CLOSE, b"")
                self.statuses["hellos" if opcode != CLOSE else "hellos refused"] += 1
                await asyncio.sleep(0.5 if opcode == CLOSE else 0)

        return [return_] * (SOCKETS - HURRIED) + [come_and_go] * HURRIED


KINDS: Acts = {
    "pictures": Eve.pictures,
    "uploads": Eve.uploads,
    "messages": Eve.messages,
    "queries": Eve.queries,
    "cursors": Eve.cursors,
}


def attack(address: str, token: str, acts: Acts, orders: Any, told: Any) -> None:
    """Eve, in a process of her own: does what is ordered, for as long as it says."""
    if "pictures" in acts:
        made_pictures()
    told.put({})
    while True:
        seconds, kinds = orders.get()
        eve = Eve(address, token, seconds)
        try:
            asyncio.run(eve.run(acts, kinds))
        finally:
            told.put(dict(eve.statuses))


class Siege:
    """A server, those who speak there in turns, Ben, who listens, and Eve."""

    def __init__(
        self, server: Process, mouths: list[Any], heard: "asyncio.Queue[str]", eve: Any
    ) -> None:
        self.server, self._mouths, self._heard = server, cycle(mouths), heard
        self._orders, self._told = eve

    async def talk(
        self, seconds: float, text: str = "good morning", pause: float = PAUSE_SECONDS
    ) -> list[float]:
        """Milliseconds from one to the other, for each message."""
        took, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            id, began = secrets.token_hex(8), time.monotonic()
            send = {"type": "send", "id": id, "room": "general", "text": text}
            await next(self._mouths).send_json(send)
            async with asyncio.timeout(60):
                while id not in await self._heard.get():
                    pass
            took.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(pause)
        return took

    def order(self, seconds: float, kinds: Sequence[str]) -> None:
        """Let Eve begin."""
        self._orders.put((seconds, kinds))

    async def over(self) -> Any:
        """Wait until Eve is through; how often she did what, and how she was answered."""
        return await asyncio.to_thread(self._told.get, timeout=PATIENCE)


@asynccontextmanager
async def besieged(
    acts: Acts, talkers: Sequence[str] = TALKERS, **settings: str
) -> AsyncIterator[Siege]:
    """A server that serves, with all of them; Eve waits for orders."""
    _, told = queues = multiprocessing.Queue(), multiprocessing.Queue()  # type: ignore[var-annotated]
    with tempfile.TemporaryDirectory() as folder:
        server = Process(Path(folder) / "data", None, REGISTRATION="open", **settings)
        try:
            await server.start()
            async with aiohttp.ClientSession() as http:
                sockets = []
                for name in (*talkers, "ben"):
                    person = await sign_up(http, name, server.address)
                    sockets.append((await person.connect()).socket)
                token = (await sign_up(http, "eve", server.address)).token
                given = (server.address, token, acts, *queues)
                eve = multiprocessing.Process(target=attack, args=given, daemon=True)
                eve.start()
                await asyncio.to_thread(told.get, timeout=PATIENCE)
                *mouths, ear = sockets
                heard: asyncio.Queue[str] = asyncio.Queue()
                drained = [asyncio.create_task(_drain(each)) for each in mouths]
                drained.append(asyncio.create_task(_drain(ear, heard)))
                try:
                    yield Siege(server, mouths, heard, queues)
                finally:
                    eve.kill()
                    await asyncio.to_thread(eve.join)
                    for task in drained:
                        task.cancel()
            assert "Traceback" not in server.complaints, server.complaints
        finally:
            if await server.end():
                sys.stderr.write(server.complaints)


async def _drain(socket: Any, heard: "asyncio.Queue[str] | None" = None) -> None:
    """Read all that comes, always: who does not is taken for gone, and shown out."""
    async for message in socket:
        if heard is not None:
            heard.put_nowait(message.data)


def resident(pid: int) -> float:
    """Megabytes."""
    return machine.status(pid, "VmRSS") / 1024


async def watch(server: Process, most: dict[str, float]) -> None:
    """Look again and again at the memory of a server's processes; the most of each."""
    while True:
        pids = {"server": server.pid, "mongod": server.mongod}
        tasks = Path(f"/proc/{server.pid}/task").glob("*/children")
        for child in {child for task in tasks for child in task.read_text().split()}:
            with suppress(OSError):
                if "decoder" in Path(f"/proc/{child}/cmdline").read_text():
                    pids["decoder"] = int(child)
        for name, pid in pids.items():
            with suppress(OSError, StopIteration):  # it has just ended
                most[name] = max(most.get(name, 0.0), resident(pid))
        await asyncio.sleep(LOOK_SECONDS)


def percentile(took: Sequence[float], part: int) -> float:
    """Milliseconds, of the slowest that are not among so many of a hundred."""
    return round(statistics.quantiles(took, n=100)[part - 1], 1)


async def run(seconds: float, kinds: list[str]) -> dict[str, Any]:
    """Alone, beside Eve, and alone again, with the default limits: what was found."""
    # One kind at a time, as they share limits; then all at once.
    turns = {kind: [kind] for kind in kinds} | ({"all": kinds} if len(kinds) > 1 else {})
    cores: dict[str, float] = {}
    beside: dict[str, list[float]] = {}
    did = {}
    async with besieged(KINDS) as siege:
        pid, calm, turn_seconds = (
            siege.server.pid,
            max(4.0, seconds / 4),
            seconds / len(turns),
        )
        await siege.talk(2)
        spent = machine.cpu(pid)
        alone = await siege.talk(calm)
        cores["alone"] = (machine.cpu(pid) - spent) / calm
        most = {"decoder": 0.0}
        watching = asyncio.create_task(watch(siege.server, most))
        await asyncio.sleep(LOOK_SECONDS / 2)  # until it has looked once
        before = dict(most)
        for name, turn in turns.items():
            spent = machine.cpu(pid)
            siege.order(turn_seconds, turn)
            beside[name] = await siege.talk(turn_seconds)
            cores[name] = (machine.cpu(pid) - spent) / turn_seconds
            did[name] = await siege.over()
        watching.cancel()
        alone += await siege.talk(calm)
    both = alone, [took for each in beside.values() for took in each]
    p99 = [percentile(each, 99) for each in both]
    return {
        "messages": [len(each) for each in both],
        "p50_ms": [percentile(each, 50) for each in both],
        "p99_ms": p99,
        "max_ms": [math.ceil(max(each)) for each in both],
        "p99_ratio": round(p99[1] / p99[0], 2),
        "p99_ms_beside": {name: percentile(took, 99) for name, took in beside.items()},
        "grown_mb": {name: round(held - before[name]) for name, held in most.items()},
        "before_mb": {name: round(before[name]) for name in ("server", "mongod")},
        "load": os.getloadavg()[0],
        "cores": {name: round(share, 2) for name, share in cores.items()},
        "eve": did,
    }


def main() -> None:
    """Print what was found."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    kinds = sys.argv[2:] or list(KINDS)
    print(json.dumps(asyncio.run(run(seconds, kinds))))


if __name__ == "__main__":
    main()
