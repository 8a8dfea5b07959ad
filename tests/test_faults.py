"""Faults of the machine under load: nothing acknowledged is lost, and readiness is true."""

import asyncio
import os
import random
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from handlers.services import SERVICES
from store.errors import Unavailable
from store.mongod import process
from store.records import Draft
from tests.conftest import Client, Start, owner_code
from tests.people import sign_up
from tests.talkers import more, talking

PATIENCE = 30.0
DISK = "128m"  # a new database takes 31 MB


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small disk of this test's own."""
    monkeypatch.setattr(process, "MAX_PAUSE_SECONDS", 0.5)
    path = tmp_path / "disk"
    path.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK},mode=700", "tmpfs"]
    if subprocess.run(["mount", *options, path], capture_output=True).returncode:  # noqa: S603, S607
        pytest.skip("this user may not mount a disk")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)  # noqa: S603, S607


@pytest.fixture
async def client(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """An app with a database of its own."""
    # It is started again after a pause that grows with every death within a minute.
    monkeypatch.setattr(process, "MAX_PAUSE_SECONDS", 0.2)
    return await start(data=tmp_path / "data", mongodb_url="")


def address(client: Client) -> str:
    return str(client.make_url("/")).rstrip("/")


async def ready(client: Client, status: int) -> None:
    """Wait until readiness says so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with client.get("/readyz") as answer:
                if answer.status == status:
                    return
            await asyncio.sleep(0.05)


async def test_nothing_is_lost_when_the_database_is_stopped_and_frozen_again_and_again(
    client: Client, tmp_path: Path
) -> None:
    chance = random.Random(7)  # noqa: S311 - the same course every time
    lock = tmp_path / "data/mongo/mongod.lock"
    async with talking(lambda: address(client)) as (talkers, acks):
        for turn in range(10):
            await more(acks, chance.randrange(1, 50))
            mongod = int(lock.read_text())
            if turn % 2:
                os.kill(mongod, signal.SIGTERM)
                continue
            os.kill(mongod, signal.SIGSTOP)
            if turn == 4:
                await ready(client, 503)
            await asyncio.sleep(chance.random() / 2)
            os.kill(mongod, signal.SIGCONT)
        await ready(client, 200)
        await more(acks, 50)
    assert [talker.lines_lost for talker in talkers] == [0, 0, 0]


async def test_many_who_ask_for_readiness_are_one_question_to_the_database(
    client: Client, tmp_path: Path
) -> None:
    mongod = int((tmp_path / "data/mongo/mongod.lock").read_text())
    os.kill(mongod, signal.SIGSTOP)
    try:
        await asyncio.gather(*(ready(client, 503) for _ in range(50)))
    finally:
        os.kill(mongod, signal.SIGCONT)
    await ready(client, 200)
    app = client.app
    assert app is not None
    ann = await sign_up(client, "ann", invite=owner_code(app))
    assert (await ann.says("general", "hi"))["seq"] == 1


async def test_a_full_disk_loses_nothing_and_is_survived(
    disk: Path, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start(data=disk / "data", mongodb_url="")
    app = client.app
    assert app is not None
    # Something else fills it faster than Hearth looks: no message is refused before.
    app[SERVICES].disk.messages_reserve_bytes = 0
    async with talking(lambda: address(client)) as (talkers, acks):
        await more(acks, 20)
        with suppress(OSError), (disk / "ballast").open("wb", 0) as ballast:
            while True:
                ballast.write(bytes(1 << 16))
        with suppress(Unavailable):
            while True:  # The journal has a few megabytes of its own.
                texts = [secrets.token_hex(4_000) for _ in range(50)]
                drafts = [Draft("attic", "ann", text[:20], text) for text in texts]
                await asyncio.gather(*map(app[SERVICES].log.post, drafts))
        await ready(client, 503)
        async with asyncio.timeout(PATIENCE):
            while "the disk is full" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        (disk / "ballast").unlink()
        await ready(client, 200)
        await more(acks, 50)
    assert [talker.lines_lost for talker in talkers] == [0, 0, 0]
