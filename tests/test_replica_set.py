"""Two Hearths on a real replica set of three: its primary dies, then most of it."""

import asyncio
import itertools
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from store.lease.timeouts import PROMISED_SECONDS
from tests.people import PASSWORD
from tests.process import Process
from tests.replicas import ReplicaSet
from tests.talkers import more, talking
from tests.test_kill import PLENTY

SLACK_SECONDS = 2.0  # more, for a machine that is busy with other tests
WITHIN_SECONDS = 240.0


class Two:
    """Two servers, as somebody tries one after the other."""

    def __init__(self, servers: list[Process]) -> None:
        self._servers = servers
        self._next = itertools.cycle(servers)
        self.serving = ""  # if only that one is to be asked

    @property
    def addresses(self) -> list[str]:
        return [server.address for server in self._servers]

    def where(self) -> str:
        return self.serving or next(self._next).address

    async def one_that_serves(self) -> str:
        """Wait for one that is ready."""
        async with aiohttp.ClientSession() as http, asyncio.timeout(WITHIN_SECONDS):
            while True:
                for server in self._servers:
                    with suppress(aiohttp.ClientError):
                        async with http.get(f"{server.address}/readyz") as answer:
                            if answer.status == 200:
                                return server.address
                await asyncio.sleep(0.05)


@pytest.fixture
async def replicas(tmp_path: Path) -> AsyncIterator[ReplicaSet]:
    replicas = ReplicaSet(tmp_path)
    try:
        await replicas.start()
        yield replicas
    finally:
        await replicas.close()


@pytest.fixture
async def two(replicas: ReplicaSet, tmp_path: Path) -> AsyncIterator[Two]:
    shared = {"MONGODB_URL": replicas.url, "SECRET": secrets.token_hex(32), **PLENTY}
    servers = [
        Process(tmp_path / name, REGISTRATION="open", **shared) for name in ("one", "two")
    ]
    try:
        for server in servers:
            await server.spawn()
            words = (await server.line()).split()
            assert words[:2] in (["Hearth", "serves"], ["Hearth", "stands"])
            server.address = next(word for word in words if word.startswith("http"))
        yield Two(servers)
        for server in servers:
            assert "Traceback" not in server.complaints, server.complaints
    finally:
        for server in servers:
            await server.kill()


def tell(figure: str) -> None:
    """Say a figure to whoever runs this with `-s`."""
    sys.stdout.write(figure + "\n")


async def asked(address: str) -> tuple[int, str, float]:
    """What a sign-in is answered, which writes; the seconds it took."""
    form = {"name": "ann", "password": PASSWORD}
    began = time.monotonic()
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{address}/api/auth/token", json=form) as answer,
    ):
        said = await answer.json()
        return answer.status, said.get("detail", ""), time.monotonic() - began


async def test_members_of_the_replica_set_die_and_nothing_is_lost_or_doubled(
    replicas: ReplicaSet, two: Two
) -> None:
    two.serving = await two.one_that_serves()
    async with talking(two.where, WITHIN_SECONDS) as (_, acks):
        two.serving = ""
        await more(acks, 100)
        dead = await replicas.primary()
        began = time.monotonic()
        await replicas.kill(dead)
        await more(acks, 100)
        tell(
            f"primary killed: 100 more acknowledged after {time.monotonic() - began:.1f} s"
        )
        await replicas.revive(dead)
        await more(acks, 50)

        # Two of three die: nothing can be stored, and everybody is told so in time.
        address = await two.one_that_serves()
        primary = await replicas.primary()
        gone = [member for member in range(3) if member != primary]
        for member in gone:
            await replicas.kill(member)
        for again in range(4):
            everybody = await asyncio.gather(*(asked(each) for each in two.addresses))
            for status, detail, took in everybody:
                tell(f"majority gone: {status} after {took:.2f} s: {detail}")
                assert status == 503
                assert "try again" in detail or "is standing by for" in detail
                assert took < PROMISED_SECONDS + SLACK_SECONDS
            said = dict(zip(two.addresses, everybody, strict=True))
            assert again or "try again" in said[address][1]
            await asyncio.sleep(1)
        began = time.monotonic()
        for member in gone:
            await replicas.revive(member)
        await more(acks, 50)
        tell(f"majority back: 50 more acknowledged after {time.monotonic() - began:.1f} s")
        two.serving = await two.one_that_serves()
