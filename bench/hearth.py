"""The Hearth under test: `python server.py` as people run it, with its own mongod."""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench import machine
from store.mongod import process

PASSWORD = "a long enough password"  # noqa: S105
AT_ONCE = 8  # requests under way while people sign up
# Limits are per user and protect against abuse; a bench is nothing but abuse.
UNLIMITED = {
    "HEARTH_REGISTRATION": "open",
    "HEARTH_BCRYPT_COST": "4",
    "HEARTH_LIMIT_SENDS": "1000000",
    "HEARTH_LIMIT_STORAGE": "999999999999",
    "HEARTH_LIMIT_CONNECTIONS": "100000",
    "HEARTH_LIMIT_SIGN_INS": "1000000",
    "HEARTH_LIMIT_SIGN_UPS": "1000000",
    "HEARTH_LIMIT_ACTS": "1000000",
    "HEARTH_LIMIT_READS": "1000000",
    "HEARTH_LOG_LEVEL": "warning",
}


class Hearth:
    """A running server, and the people who have signed up."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.people: list[tuple[str, str]] = []  # name and access token
        self.address = ""
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> float:
        """Start it; seconds from nothing to the first answered request."""
        began = time.monotonic()
        self._process = machine.spawn(
            [sys.executable, str(machine.ROOT / "server.py")],
            machine.SERVER,
            env={
                **UNLIMITED,
                "HEARTH_PORT": "0",
                "HEARTH_DATA": str(self.data),
                **self._settings,
            },
            stdout=subprocess.PIPE,
        )
        line = machine.line_of(self._process)
        if not line.startswith("Hearth serves at "):
            raise RuntimeError(f"Hearth did not start: {line!r}")
        self.address = line.split()[-1]
        with urllib.request.urlopen(f"{self.address}/api/config") as answer:  # noqa: S310
            answer.read()
        return time.monotonic() - began

    def stop(self) -> None:
        """End it in order."""
        if self._process:
            machine.end(self._process)
            self._process = None

    def stop_but_database(self, work: Callable[[str], None]) -> None:
        """Stop it, and start its database alone for some work."""
        self.stop()
        with asyncio.Runner() as runner:
            mongod = runner.run(process.start(self.data))
            try:
                work(mongod.url)
            finally:
                runner.run(mongod.stop())

    @property
    def socket(self) -> str:
        """Where the load generator connects."""
        return self.address.replace("http", "ws", 1)

    @property
    def pids(self) -> dict[str, int]:
        """The processes that are Hearth."""
        assert self._process
        lock = self.data / "mongo/mongod.lock"
        return {"server": self._process.pid, "mongod": int(lock.read_text())}

    def sign_up(self, count: int) -> None:
        """Let people sign up until there are so many; all are in the room `general`."""
        asyncio.run(self._sign_up(range(len(self.people), count)))

    async def _sign_up(self, numbers: range) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession(self.address) as http:

            async def one(number: int) -> tuple[str, str]:
                person = {"name": f"user{number:05}", "password": PASSWORD}
                async with gate, http.post("/api/auth/register", json=person) as answer:
                    answer.raise_for_status()
                    return person["name"], (await answer.json())["access_token"]

            self.people += await asyncio.gather(*map(one, numbers))

    def ask(self, method: str, path: str, body: Any = None, person: int = 0) -> Any:
        """One request of one of the people, with JSON both ways."""
        sent = None if body is None else json.dumps(body).encode()
        return json.loads(self.fetch(method, path, sent, person) or b"null")

    def fetch(
        self, method: str, path: str, body: bytes | None = None, person: int = 0
    ) -> bytes:
        """One request of one of the people; the body of the answer."""
        request = urllib.request.Request(  # noqa: S310
            self.address + path,
            method=method,
            data=body,
            headers={
                "Authorization": f"Bearer {self.people[person][1]}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            read: bytes = answer.read()
            return read

    def make_room(self, name: str, members: range) -> None:
        """A public room; the first of its members makes it."""
        others = [self.people[number][0] for number in members[1:]]
        body = {"name": name, "members": others}
        self.ask("POST", "/api/rooms", body, members[0])


@contextmanager
def running(data: Path, **settings: str) -> Iterator[Hearth]:
    """A Hearth with nobody in it, for a while."""
    hearth = Hearth(data, **settings)
    try:
        hearth.start()
        yield hearth
    finally:
        hearth.stop()
