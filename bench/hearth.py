"""The Hearth under test: `python server.py` as people run it, with its own mongod."""

import asyncio
import json
import select
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from bench import machine
from pytest_hearth.people import sign_up
from store.mongod import process

MAX_SIGNING_UP = 8  # requests under way while people sign up
# Limits are per user and protect against abuse; a bench is nothing but abuse.
UNLIMITED = {
    "REGISTRATION": "open",
    "BCRYPT_COST": "4",
    "LIMIT_ROOMS": "10000",
    "LIMIT_STORAGE": "999999999999",
    "LIMIT_CONNECTIONS": "100000",
    "LOG_LEVEL": "warning",
    **dict.fromkeys(
        [f"LIMIT_{name}" for name in ("SENDS", "SIGN_INS", "SIGN_UPS", "ACTS", "READS")],
        "1000000",
    ),
}


class Hearth:
    """A running server, and the people who have signed up."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.people: list[tuple[str, str]] = []  # name and access token
        self.address = ""
        names = {**UNLIMITED, "PORT": "0", "DATA": str(data), **settings}
        self._env = {f"HEARTH_{name}": value for name, value in names.items()}
        self._process: machine.Process | None = None

    def start(self) -> float:
        """Start it; seconds from nothing to the first answered request."""
        began = time.monotonic()
        command = [sys.executable, str(machine.ROOT / "server.py")]
        self._process = machine.spawn(
            command, machine.SERVER, self._env, stdout=subprocess.PIPE
        )
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], machine.START_SECONDS)
        line = self._process.stdout.readline() if ready else ""
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
    def pids(self) -> dict[str, int]:
        """The processes that are Hearth."""
        assert self._process
        lock = self.data / "mongo/mongod.lock"
        return {"server": self._process.pid, "mongod": int(lock.read_text())}

    @property
    def target(self) -> dict[str, Any]:
        """How the load generator finds it, and what it watches."""
        url = self.address.replace("http", "ws", 1)
        return {"url": url, "watch": self.pids, "dialect": "hearth"}

    def sign_up(self, count: int) -> list[tuple[str, str]]:
        """Let people sign up until there are so many; all are in the room `general`."""
        names = [f"user{number:05}" for number in range(len(self.people), count)]

        async def run() -> None:
            gate = asyncio.Semaphore(MAX_SIGNING_UP)
            async with aiohttp.ClientSession() as http:

                async def come(name: str) -> tuple[str, str]:
                    async with gate:
                        return name, (await sign_up(http, name, self.address)).token

                self.people += await asyncio.gather(*map(come, names))

        if names:
            asyncio.run(run())
        return self.people[:count]

    def headers(self, person: int) -> dict[str, str]:
        """What one of the people shows with each request."""
        bearer = f"Bearer {self.people[person][1]}"
        return {"Authorization": bearer, "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None, person: int = 0) -> Any:
        """One request of one of the people, with JSON both ways."""
        sent = None if body is None else json.dumps(body).encode()
        return json.loads(self.fetch(method, path, sent, person) or b"null")

    def fetch(
        self, method: str, path: str, body: bytes | None = None, person: int = 0
    ) -> bytes:
        """One request of one of the people; the body of the answer."""
        url, headers = self.address + path, self.headers(person)
        request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            read: bytes = answer.read()
            return read

    def make_room(self, name: str, members: Sequence[int], kind: str = "public") -> None:
        """A room; the first of its members makes it."""
        others = [self.people[number][0] for number in members[1:]]
        body = {"name": name, "kind": kind, "members": others}
        self.ask("POST", "/api/rooms", body, members[0])
