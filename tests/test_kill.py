"""Sudden deaths under load: what was acknowledged is there, once, in one order."""

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from store.mongod import process
from tests.conftest import Start
from tests.process import Process
from tests.talkers import more, talking

PLENTY = {f"LIMIT_{name}": "100000" for name in ("SENDS", "ACTS", "READS", "SIGN_UPS")}


async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    tmp_path: Path,
) -> None:
    server = Process(tmp_path / "data", REGISTRATION="open", **PLENTY)
    chance = random.Random(5)  # noqa: S311 - the same course every time
    await server.start()
    try:
        async with talking(lambda: server.address) as (talkers, acks):
            for death in range(20):
                await more(acks, chance.randrange(1, 100))
                await asyncio.sleep(chance.random() / 100)
                if death % 4 == 3:
                    os.kill(server.mongod, signal.SIGKILL)
                await server.kill()
                if death % 5 == 4:  # and again, before it has quite come back
                    await server.spawn()
                    await asyncio.sleep(chance.random())
                    await server.kill()
                await server.start()
            assert min(talker.lines_lost for talker in talkers) >= 20
        assert await server.end() == 0
        assert "Traceback" not in server.complaints
    finally:
        await server.kill()


async def test_nothing_acknowledged_is_lost_when_the_database_is_killed(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is started again after a pause that grows with every death within a minute.
    monkeypatch.setattr(process, "MAX_PAUSE_SECONDS", 0.2)
    chance = random.Random(6)  # noqa: S311 - the same course every time
    client = await start(data=tmp_path / "data", mongodb_url="")
    address = str(client.make_url("/")).rstrip("/")
    lock, killed = tmp_path / "data/mongo/mongod.lock", 0
    async with talking(lambda: address) as (talkers, acks):
        for _ in range(10):
            await more(acks, chance.randrange(1, 100))
            await asyncio.sleep(chance.random() / 100)
            # The last one's acknowledgements may come when it is dead.
            while (pid := int(lock.read_text() or killed)) == killed:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            os.kill(pid, signal.SIGKILL)
            killed = pid
    assert [talker.lines_lost for talker in talkers] == [0, 0, 0]
