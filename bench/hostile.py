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
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import cache
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp

from tests.hostile_pictures import BIG, HOSTILE
from tests.hostile_texts import MAX_TEXT, WORST
from tests.people import PASSWORD, SOON
from tests.process import Process
from tests.raw import CLOSE, Raw, connect, frame, handshake

SECONDS = 60.0  # of Eve
TALKERS = ("ann", "cat", "dan", "fay")
PAUSE = 1 / 8 / len(TALKERS)  # seconds between messages; each may send ten a second
SENDERS, UPLOADERS, READERS, SEEKERS = 4, 4, 6, 4  # at once
SOCKETS, HURRIED = 20, 4  # as many as a user may have; of them, come anew at once
LOOK = 0.25  # seconds between looks at the memory
Refused = Counter[str]

QUERIES = (
    "a e i o u x y z",
    '"a b c d e f g h"',
    "-a -b -c -d -e -f x",
    "after:0001-01-01",
    "has:link -has:file",
    "to:me from:me",
    "字" * 199,
    "กขค" * 66,
    "a" * 199,
    '"' * 199,
    "-" * 199,
    ("x" * 9 + " ") * 8,
)


@cache
def made_pictures() -> list[bytes]:
    """Made once: it takes seconds."""
    return [make() for make in HOSTILE.values()]


class Eve:
    """One member who keeps every limit, and nothing else."""

    def __init__(self, address: str, token: str, until: float) -> None:
        self.address, self.token, self.until = address, token, until
        self.headers = {"Authorization": f"Bearer {token}"}
        self.texts = [text[:MAX_TEXT] for text in WORST.values()]
        self.texts += ["@ann " * 1_600, "x" * MAX_TEXT, "\u0800" * MAX_TEXT]
        self.statuses: Refused = Counter()
        self.http: Any = None

    async def run(self, kinds: Iterable[str]) -> Refused:
        """Do all of it until it is time."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as self.http:
            chosen = [act for kind in kinds for act in KINDS[kind](self)]
            with suppress(TimeoutError):
                async with asyncio.timeout(self.until - time.time()):
                    await asyncio.gather(*(self._again(act) for act in chosen))
        return self.statuses

    async def _again(self, act: "Act") -> None:
        while time.time() < self.until:
            with suppress(
                aiohttp.ClientError, ConnectionError, asyncio.IncompleteReadError
            ):
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

    def messages(self) -> "list[Act]":
        """Messages that cost the most to render, store, send and index; and edits."""
        texts = iter(self.texts * 10_000)

        async def say() -> None:
            path = "/api/rooms/general/messages"
            said = await self.ask("messages", "POST", path, json={"text": next(texts)})
            if said:
                edited = {"text": next(texts)}
                await self.ask("messages", "PATCH", f"{path}/{said['seq']}", json=edited)

        return [say] * SENDERS

    def pictures(self) -> "list[Act]":
        """Pictures that are made to cost more than they are, as files and as avatars."""
        several = iter(made_pictures() * 10_000)

        async def upload() -> None:
            path = "/api/rooms/general/files?name=a.png"
            await self.ask("pictures", "POST", path, data=BytesIO(next(several)))

        async def face() -> None:
            content = BytesIO(next(several)[:9_999_000])
            await self.ask("pictures", "PUT", "/api/users/me/avatar", data=content)

        return [upload, upload, face]

    def uploads(self) -> "list[Act]":
        """Files as large as may be, up and down again, and pieces of them."""
        content = os.urandom(BIG)

        async def move() -> None:
            path = "/api/rooms/general/files?name=x"
            file = await self.ask("uploads", "POST", path, data=BytesIO(content))
            if file:
                url = f"/api/files/{file['id']}/x"
                await self.ask("uploads", "GET", url)

        return [move] * UPLOADERS

    def queries(self) -> "list[Act]":
        """Searches, and the largest pages of history."""
        words = iter(QUERIES * 100_000)
        pages = ("messages?limit=200", "changes?since=0&limit=200", "members", "pins")

        async def seek() -> None:
            query = {"q": next(words), "limit": 200}
            await self.ask("queries", "GET", "/api/search", params=query)

        async def read() -> None:
            for page in pages:
                await self.ask("queries", "GET", f"/api/rooms/general/{page}")

        return [seek] * SEEKERS + [read] * READERS

    def cursors(self) -> "list[Act]":
        """Sockets that say hello with 1,000 cursors and read nothing, or come again."""
        old = {"general": 1, **{f"room-{number}": 0 for number in range(999)}}
        hello = json.dumps({"type": "hello", "cursors": old}).encode()

        async def return_() -> None:
            line: Raw = await connect(self.address, deaf=True)
            async with line:
                await line.send(handshake(self.token) + frame(1, hello))
                self.statuses["cursors"] += 1
                typing = frame(1, b'{"type":"typing","room":"general"}\n' * 90)
                with suppress(TimeoutError):
                    async with asyncio.timeout(2 + secrets.randbelow(3)):
                        while True:
                            await line.send(typing)
                            await asyncio.sleep(0.5)

        async def come_and_go() -> None:
            line: Raw = await connect(self.address)
            async with line:
                await line.send(handshake(self.token) + frame(1, hello))
                status = await line.status()
                await line.headers()
                opcode, _ = await line.frame() if status == 101 else (CLOSE, b"")
                self.statuses["hellos" if opcode != CLOSE else "hellos refused"] += 1
                await asyncio.sleep(0.5 if opcode == CLOSE else 0)

        return [return_] * (SOCKETS - HURRIED) + [come_and_go] * HURRIED


Act = Callable[[], Awaitable[None]]
KINDS: dict[str, Callable[[Eve], list[Act]]] = {
    "pictures": Eve.pictures,
    "uploads": Eve.uploads,
    "messages": Eve.messages,
    "queries": Eve.queries,
    "cursors": Eve.cursors,
}


def attack(address: str, token: str, orders: Any, told: Any) -> None:
    """Eve, in a process of her own: does what is ordered, for as long as it says."""
    made_pictures()
    told.put({})
    while order := orders.get():
        seconds, kinds = order
        eve = Eve(address, token, time.time() + seconds)
        try:
            asyncio.run(eve.run(kinds))
        finally:
            told.put(dict(eve.statuses))


def resident(pid: int) -> float:
    """Megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    """The time that a process has had of a core."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


class Watch:
    """The most memory that the processes of a server held."""

    def __init__(self, server: Process) -> None:
        self.pids = {"server": server.pid, "mongod": server.mongod}
        self.before = {name: resident(pid) for name, pid in self.pids.items()}
        self.most = dict(self.before) | {"decoder": 0.0}

    def look(self) -> None:
        """Look once."""
        server = self.pids["server"]
        each = dict(self.pids)
        tasks = Path(f"/proc/{server}/task").glob("*/children")
        for child in {child for task in tasks for child in task.read_text().split()}:
            with suppress(OSError):
                if "decoder" in Path(f"/proc/{child}/cmdline").read_text():
                    each["decoder"] = int(child)
        for name, pid in each.items():
            with suppress(OSError):
                self.most[name] = max(self.most[name], resident(pid))

    def grown(self, name: str) -> int:
        """Megabytes beyond what it held."""
        return round(self.most[name] - self.before.get(name, 0))

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Look again and again meanwhile."""

        async def look() -> None:
            while True:
                self.look()
                await asyncio.sleep(LOOK)

        task = asyncio.create_task(look())
        try:
            yield
        finally:
            task.cancel()
            self.look()


class Talk:
    """Those who speak in turns, and Ben, who listens."""

    def __init__(self, mouths: list[Any], ear: Any) -> None:
        self.mouths, self.ear = cycle(mouths), ear
        self._drained = [asyncio.create_task(self._drain(each)) for each in mouths]

    async def _drain(self, mouth: Any) -> None:
        async for _ in mouth:
            pass

    async def go_on(self, seconds: float) -> list[float]:
        """Milliseconds from one to the other, for each message."""
        took, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            id, began = secrets.token_hex(8), time.monotonic()
            send = {"type": "send", "id": id, "room": "general", "text": "good morning"}
            await next(self.mouths).send_json(send)
            async with asyncio.timeout(60):
                while id not in (await self.ear.receive_str()):
                    pass
            took.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(PAUSE)
        return took


async def listen(http: aiohttp.ClientSession, address: str, token: str) -> Any:
    """An open socket."""
    headers = {"Authorization": f"Bearer {token}"}
    line = await http.ws_connect(f"{address}/api/socket", headers=headers)
    await line.send_json({"type": "hello"})
    await line.receive()
    return line


async def measure(server: Process, seconds: float, kinds: list[str]) -> dict[str, Any]:
    """Alone, beside Eve, and alone again: what was found."""
    tokens = {}
    async with aiohttp.ClientSession(server.address) as http:
        for name in (*TALKERS, "ben", "eve"):
            form = {"name": name, "password": PASSWORD}
            async with http.post("/api/auth/register", json=form) as answer:
                tokens[name] = (await answer.json())["access_token"]
    orders, told = multiprocessing.Queue(), multiprocessing.Queue()  # type: ignore[var-annotated]
    given = (server.address, tokens["eve"], orders, told)
    eve = multiprocessing.Process(target=attack, args=given, daemon=True)
    eve.start()
    await asyncio.to_thread(told.get, timeout=SOON)
    beside, did = {}, {}
    # One kind at a time, as they share limits; then all at once.
    turns = [[kind] for kind in kinds] + [kinds] * (len(kinds) > 1)
    async with aiohttp.ClientSession() as http:
        talk = Talk(
            [await listen(http, server.address, tokens[name]) for name in TALKERS],
            await listen(http, server.address, tokens["ben"]),
        )
        await talk.go_on(2)
        busy = {"alone": -cpu_seconds(server.pid)}
        alone = await talk.go_on(max(4.0, seconds / 4))
        busy["alone"] = (busy["alone"] + cpu_seconds(server.pid)) / max(4.0, seconds / 4)
        watch = Watch(server)
        async with watch.looking():
            for turn in turns:
                name = turn[0] if len(turn) == 1 else "all"
                took = -cpu_seconds(server.pid)
                orders.put((seconds / len(turns), turn))
                beside[name] = await talk.go_on(seconds / len(turns))
                busy[name] = (took + cpu_seconds(server.pid)) / seconds * len(turns)
                did[name] = await asyncio.to_thread(told.get, timeout=SOON)
        orders.put(None)
        eve.join()
        alone += await talk.go_on(max(4.0, seconds / 4))
        cores = {name: round(share, 2) for name, share in busy.items()}
        return found(alone, beside, watch) | {"cores": cores, "eve": did}


def p99(took: list[float]) -> float:
    """Milliseconds, of the slowest hundredth."""
    return round(statistics.quantiles(took, n=100)[98], 1)


def found(
    alone: list[float],
    beside: dict[str, list[float]],
    watch: Watch,
) -> dict[str, Any]:
    """The figures."""
    together = [took for each in beside.values() for took in each]
    return {
        "messages": [len(alone), len(together)],
        "p50_ms": [round(statistics.median(each), 1) for each in (alone, together)],
        "p99_ms": [p99(alone), p99(together)],
        "max_ms": [math.ceil(max(alone)), math.ceil(max(together))],
        "p99_ratio": round(p99(together) / p99(alone), 2),
        "p99_ms_beside": {name: p99(took) for name, took in beside.items()},
        "grown_mb": {name: watch.grown(name) for name in watch.most},
        "before_mb": {name: round(held) for name, held in watch.before.items()},
        "load": os.getloadavg()[0],
    }


async def run(seconds: float, kinds: list[str]) -> dict[str, Any]:
    """Serve with the default limits, and measure."""
    with tempfile.TemporaryDirectory() as folder:
        server = Process(Path(folder) / "data", REGISTRATION="open")
        try:
            await server.start()
            result = await measure(server, seconds, kinds)
            assert "Traceback" not in server.complaints, server.complaints
            return result
        finally:
            if await server.end():
                sys.stderr.write(server.complaints)


def main() -> None:
    """Print what was found."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    kinds = sys.argv[2:] or list(KINDS)
    print(json.dumps(asyncio.run(run(seconds, kinds))))


if __name__ == "__main__":
    main()
