"""Two servers on one database, and what may happen to the one that serves, under load.

`python -m tests.takeover` does everything ten times and prints how long each
takeover took; `tests/test_takeover.py` is the short version.
"""

import argparse
import asyncio
import itertools
import math
import os
import random
import secrets
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp

from pytest_hearth.proxy import FaultyProxy
from store.mongod import process
from tests.people import PASSWORD, Inbox
from tests.process import Process
from tests.talkers import HEARTBEAT_SECONDS, more, talking
from tests.test_kill import PLENTY

FAULTS = ("kill", "end", "stop", "cut")
LIMIT_SECONDS = {"kill": 8.0, "end": 1.5}
STOP_SECONDS = 30.0
WITHIN = 60.0  # seconds for what takes eight, on a busy machine


class Pair:
    """Two servers, each with a line of its own to the database."""

    def __init__(self, folder: Path, url: str) -> None:
        host = url.partition("://")[2].partition("/")[0]
        plenty = {**PLENTY, "LIMIT_SIGN_INS": "100000"}
        shared = {"SECRET": secrets.token_hex(32), "REGISTRATION": "open", **plenty}
        self._url, self._host = url, host
        self._urls: list[str] = []  # through the lines
        self.lines = [FaultyProxy(unquote(host)) for _ in range(2)]
        self.servers = [Process(folder / name, **shared) for name in ("one", "two")]
        self._addresses = itertools.cycle(("", ""))
        self.serving, self.is_over = 0, False

    async def start(self) -> None:
        """The first serves, and the second stands by."""
        for number in range(2):
            await self.revive(number)
        addresses = [server.address for server in self.servers]
        self._addresses = itertools.cycle(addresses)
        await self.serves(0)

    async def revive(self, number: int) -> None:
        """Start one, until it serves or stands by."""
        line, server = self.lines[number], self.servers[number]
        if not server.address:
            self._urls.append(self._url.replace(self._host, await line.start(), 1))
        url = self._urls[number]
        port = server.address.rpartition(":")[2] or "0"
        await server.spawn(MONGODB_URL=url, PORT=port)
        words = (await server.line()).split()
        assert words[:2] in (["Hearth", "serves"], ["Hearth", "stands"]), server.complaints
        server.address = next(word for word in words if word.startswith("http"))

    def where(self) -> str:
        """One or the other, as a client tries."""
        if self.is_over:
            return self.servers[self.serving].address
        return next(self._addresses)

    async def serves(self, *numbers: int) -> int:
        """Wait until one of these is ready."""
        async with aiohttp.ClientSession() as http, asyncio.timeout(WITHIN):
            for number in itertools.cycle(numbers):
                try:
                    url = f"{self.servers[number].address}/readyz"
                    async with http.get(url) as answer:
                        if answer.status == 200:
                            return number
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)
        raise AssertionError

    async def befall(self, fault: str, stopped: float) -> float:
        """Let something happen to the one that serves; how long until the other does."""
        this, other = self.serving, 1 - self.serving
        server, line = self.servers[this], self.lines[this]
        began = time.monotonic()
        match fault:
            case "kill":
                server_died = asyncio.create_task(server.kill())
            case "end":
                server_died = asyncio.create_task(server.end())
            case "stop":
                os.kill(server.pid, signal.SIGSTOP)
            case "cut":
                line.cut()
        await self.serves(other)
        took = time.monotonic() - began
        if fault in {"kill", "end"}:
            await server_died
            await self.revive(this)
        elif fault == "stop":
            await asyncio.sleep(max(0.0, stopped - took))
            os.kill(server.pid, signal.SIGCONT)
        else:
            await line.resume()
        self.serving = other
        return took

    async def close(self) -> None:
        for server in self.servers:
            await server.kill()
        for line in self.lines:
            await line.close()


class Clerk:
    """Posts, edits, deletes, uploads, removes a guest and signs out, until each is done."""

    def __init__(self, pair: Pair) -> None:
        self._pair, self.is_done = pair, False
        self.is_ready = asyncio.Event()
        self.texts: dict[int, str] = {}  # by seq, as last acknowledged; "" if deleted
        self.files: dict[str, bytes] = {}  # by the path
        self.over: list[str] = []  # tokens that were signed out
        self._heard: set[str] = set()  # by the guest

    async def run(self) -> None:
        async with aiohttp.ClientSession() as self._http, asyncio.TaskGroup() as group:
            tokens = {}
            for name in ("clerk", "guest"):
                form = {"name": name, "password": PASSWORD}
                _, made = await self._does("POST", "/api/auth/register", form)
                tokens[name] = made["access_token"]
            self._token, guest = tokens["clerk"], tokens["guest"]
            await self._does("POST", "/api/rooms", {"name": "desk"})
            listening = group.create_task(self._listen_as(guest))
            self.is_ready.set()
            for number in itertools.count(1):
                if self.is_done:
                    break
                await self._does("PUT", "/api/rooms/desk/members/me", token=guest)
                await self._work(number)
                await self._remove_guest(number)
            listening.cancel()
            await self._check()

    async def _work(self, number: int) -> None:
        path = "/api/rooms/desk/messages"
        body = {"text": f"n{number}", "id": f"n{number}"}
        _, said = await self._does("POST", path, body)
        seq = said["seq"]
        await self._does("PATCH", f"{path}/{seq}", {"text": f"e{number}"})
        self.texts[seq] = f"e{number}"
        if number % 3 == 0:
            await self._does("DELETE", f"{path}/{seq}")
            self.texts[seq] = ""
        form = {"name": "clerk", "password": PASSWORD}
        _, other = await self._does("POST", "/api/auth/token", form)
        await self._does("POST", "/api/auth/logout", token=other["access_token"])
        self.over.append(other["access_token"])

    async def _remove_guest(self, number: int) -> None:
        """What is said after the answer is not for their ears; it has a file."""
        await self._does("DELETE", "/api/rooms/desk/members/guest")
        content, name = os.urandom(30_000), f"f{number}"
        _, file = await self._does("POST", f"/api/rooms/desk/files?name={name}", content)
        body = {"text": f"secret {number}", "id": f"s{number}", "files": [file["id"]]}
        _, said = await self._does("POST", "/api/rooms/desk/messages", body)
        self.texts[said["seq"]] = body["text"]
        self.files[f"/api/files/{file['id']}/{name}"] = content

    async def _listen_as(self, token: str) -> None:
        """Hear what happens while it does: without cursors nobody is told the past."""
        headers = {"Authorization": f"Bearer {token}"}
        while True:
            try:
                url = f"{self._pair.where()}/api/socket"
                asking = self._http.ws_connect(
                    url, headers=headers, heartbeat=HEARTBEAT_SECONDS
                )
                async with asking as socket:
                    inbox = Inbox(socket)
                    await inbox.say({"type": "hello"})
                    while True:
                        event = await inbox.any()
                        if event["type"] == "message" and event["room"] == "desk":
                            self._heard.add(event["text"])
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(0.05)

    async def _check(self) -> None:
        path, found = "/api/rooms/desk/messages", dict[int, str]()
        while len(found) < len(self.texts):
            after = max(found, default=0)
            _, page = await self._does("GET", f"{path}?after={after}&limit=200")
            found |= {each["seq"]: each["text"] for each in page["messages"]}
            assert max(found, default=0) > after
        assert found == self.texts
        for token in self.over:
            status, _ = await self._does("GET", "/api/auth/verify", token=token)
            assert status == 401
        for address, content in self.files.items():
            assert (await self._does("GET", address))[1] == content
        _, rest = await self._does("GET", "/api/rooms/desk/members")
        assert [each["user"] for each in rest["members"]] == ["clerk"]
        assert any(text.startswith("n") for text in self._heard)
        assert not [text for text in self._heard if text.startswith("secret")]
        sys.stdout.write(
            f"{len(self.texts)} posts, {len(self.texts) // 2} edits, removals, uploads and "
            f"sign-outs, {list(self.texts.values()).count('')} deletions: all there\n"
        )

    async def _does(
        self, method: str, path: str, body: Any = None, token: str = ""
    ) -> tuple[int, Any]:
        token = token or getattr(self, "_token", "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        limit = aiohttp.ClientTimeout(total=6)
        given = {"data" if isinstance(body, bytes) else "json": body}
        while True:
            url = self._pair.where() + path
            try:
                asking = self._http.request(
                    method, url, headers=headers, timeout=limit, **given
                )
                async with asking as answer:
                    if answer.status != 503:
                        # 401, 404, 409: an attempt that was not acknowledged was done.
                        assert answer.status < 300 or answer.status in {401, 404, 409}, (
                            await answer.text()
                        )
                        if answer.content_type == "application/octet-stream":
                            return answer.status, await answer.read()
                        return answer.status, await answer.json(content_type=None)
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.05)


async def course(
    folder: Path, url: str, faults: list[str], seed: int, stopped: float = STOP_SECONDS
) -> list[tuple[str, float]]:
    """Live through faults while people talk; nothing is lost or doubled, or it fails."""
    pair, took, began = Pair(folder, url), [], time.monotonic()
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)  # noqa: S311
    chance.shuffle(faults)
    await pair.start()
    clerk = Clerk(pair)
    try:
        within = 60.0 + len(faults) * (stopped + WITHIN)
        async with talking(pair.where, within) as (talkers, acks):
            work = asyncio.create_task(clerk.run())
            await asyncio.wait_for(clerk.is_ready.wait(), WITHIN)
            for fault in faults:
                await more(acks, chance.randrange(20, 100))
                took.append((fault, await pair.befall(fault, stopped)))
                sys.stdout.write(f"{fault}: {took[-1][1]:.2f} s\n")
                sys.stdout.flush()
            await more(acks, 20)
            clerk.is_done = True
            await work
            pair.is_over = True
        count = sum(len(talker.acknowledged) for talker in talkers)
        rate = count / (time.monotonic() - began)
        sys.stdout.write(f"{count} messages, {rate:.0f} a second in the mean: all there\n")
        for server in pair.servers:
            assert "Traceback" not in server.complaints, server.complaints
    finally:
        await pair.close()
    return took


async def main(kinds: list[str], rounds: int, stopped: float, seed: int) -> None:
    faults = kinds * rounds
    with tempfile.TemporaryDirectory() as folder:
        mongod = await process.start(Path(folder) / "db")
        try:
            url = mongod.url.replace("/?", "/hearth?")
            took = await course(Path(folder), url, faults, seed, stopped)
        finally:
            await mongod.stop()
    for fault in kinds:
        times = sorted(each for name, each in took if name == fault)
        p99 = times[math.ceil(0.99 * len(times)) - 1]
        sys.stdout.write(
            f"{fault:5} {len(times):3} times, median {statistics.median(times):.2f} s, "
            f"p99 {p99:.2f} s, longest {times[-1]:.2f} s\n"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=FAULTS)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--stopped", type=float, default=STOP_SECONDS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    asked = parser.parse_args()
    asyncio.run(main(list(asked.faults), asked.rounds, asked.stopped, asked.seed))
