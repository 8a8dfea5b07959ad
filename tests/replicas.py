"""Mongods on loopback: one alone, or three whose members can be killed and come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from aiohttp.test_utils import unused_port
from pymongo.errors import PyMongoError

from store.mongod import binary
from store.mongod.client import make_client

ELECTION_MS = 2_000  # without a primary, before there is another one; MongoDB's own is 10 s
WITHIN_SECONDS = 60.0


@asynccontextmanager
async def standalone(folder: Path, port: int) -> AsyncIterator[str]:
    """The URL of one that is no replica set, as soon as it answers."""
    folder.mkdir(exist_ok=True)
    mongod = await binary.spawn(
        await binary.find(None), f"--dbpath={folder}", f"--port={port}",
        "--bind_ip=127.0.0.1", output=DEVNULL,
    )  # fmt: skip
    url = f"mongodb://127.0.0.1:{port}/hearth"
    client = make_client(url, serverSelectionTimeoutMS=1_000 * WITHIN_SECONDS)
    try:
        await client.admin.command("hello")
        yield url
    finally:
        client.close()
        await binary.end(mongod)


class ReplicaSet:
    """Three members, of which two are a majority."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = [unused_port() for _ in range(3)]
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._ports)
        self.url = f"mongodb://{hosts}/hearth?replicaSet=hearth"

    async def start(self) -> None:
        """Run all of them, until there is a primary."""
        await asyncio.gather(*(self.revive(member) for member in range(3)))
        members = [
            {"_id": number, "host": f"127.0.0.1:{port}"}
            for number, port in enumerate(self._ports)
        ]
        settings = {"electionTimeoutMillis": ELECTION_MS}
        config = {"_id": "hearth", "members": members, "settings": settings}
        await self._ask(0, "replSetInitiate", config)
        await self.primary()

    async def primary(self) -> int:
        """Which member takes writes, as soon as one does."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while True:
                for member in tuple(self._processes):
                    if (await self._ask(member, "hello")).get("isWritablePrimary"):
                        return member
                await asyncio.sleep(0.1)

    async def kill(self, member: int) -> None:
        """Kill one, with no warning."""
        process = self._processes.pop(member)
        process.kill()
        await process.wait()

    async def revive(self, member: int) -> None:
        """Run one on what it has on its disk, until it answers."""
        folder = self._folder / f"member-{member}"
        folder.mkdir(exist_ok=True)
        with (folder / "mongod.log").open("ab") as output:
            self._processes[member] = await binary.spawn(
                await binary.find(None),
                f"--dbpath={folder}", f"--port={self._ports[member]}",
                "--bind_ip=127.0.0.1", "--nounixsocket", "--replSet=hearth",
                "--oplogSize=64", "--wiredTigerCacheSizeGB=0.25", "--quiet",
                "--wiredTigerEngineConfigString=log=(file_max=10MB)",
                "--setParameter=diagnosticDataCollectionEnabled=false",
                output=output,
            )  # fmt: skip
        async with asyncio.timeout(WITHIN_SECONDS):
            while not await self._ask(member, "hello"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        """End all of them."""
        for member in tuple(self._processes):
            await self.kill(member)

    async def _ask(self, member: int, command: str, *value: Any) -> dict[str, Any]:
        """Its answer; empty if it does not answer."""
        url = f"mongodb://127.0.0.1:{self._ports[member]}/?directConnection=true"
        client = make_client(url, timeoutMS=2_000)
        try:
            answer: dict[str, Any] = await client.admin.command(command, *value)
            return answer
        except PyMongoError:
            if value:
                raise
            return {}
        finally:
            client.close()
