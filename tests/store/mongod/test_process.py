"""The private mongod: it starts, stays private, comes back, and explains itself."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure

from store.errors import CannotStart
from store.mongod import binary, process
from tests.process import PATIENCE


@pytest.fixture
async def running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[process.Embedded]:
    monkeypatch.setenv("HEARTH_SECRET", "a secret")
    running = await process.start(tmp_path / "data")
    yield running
    await running.stop()


def ask(url: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(url, serverSelectionTimeoutMS=60_000, w="majority", journal=True)


def pid_of(url: str) -> int:
    with ask(url) as mongo:
        return int(mongo.admin.command("serverStatus")["pid"])


def fake(folder: Path, script: str) -> str:
    path = folder / "mongod"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


async def why_not(data: Path, program: str | None = None) -> str:
    with pytest.raises(CannotStart) as refusal:
        await process.start(data, program)
    said = str(refusal.value)
    assert "\n" not in said
    return said


async def test_what_it_has_is_for_its_owner_alone(
    running: process.Embedded, tmp_path: Path
) -> None:
    with ask(running.url) as mongo:
        host = mongo.admin.command("replSetGetConfig")["config"]["members"][0]["host"]
    for path in (tmp_path / "data", tmp_path / "data/mongo", Path(host)):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


async def test_it_listens_on_no_port(running: process.Embedded) -> None:
    fds = Path(f"/proc/{pid_of(running.url)}/fd")
    links = [str(fd.readlink()) for fd in fds.iterdir() if fd.is_symlink()]
    sockets = {link[8:-1] for link in links if link.startswith("socket:")}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            assert line.split()[9] not in sockets


async def test_it_runs_no_scripts(running: process.Embedded) -> None:
    with ask(running.url) as mongo, pytest.raises(OperationFailure):
        list(mongo.test.things.find({"$where": "sleep(1000) || true"}))


async def test_what_was_acknowledged_survives_each_of_its_deaths(
    running: process.Embedded,
) -> None:
    with ask(running.url) as mongo:
        for death in range(3):
            pid = (await asyncio.to_thread(mongo.admin.command, "serverStatus"))["pid"]
            os.kill(pid, signal.SIGKILL)
            async with asyncio.timeout(PATIENCE):
                while True:
                    with suppress(AutoReconnect):
                        await asyncio.to_thread(
                            mongo.test.deaths.insert_one, {"_id": death}
                        )
                        break
                    await asyncio.sleep(0.1)
        assert mongo.test.deaths.count_documents({}) == 3


async def test_it_comes_back_when_its_binary_was_away(tmp_path: Path) -> None:
    program = fake(tmp_path, f'exec "{await binary.find(None)}" "$@"')
    running = await process.start(tmp_path / "data", program)
    Path(program).rename(tmp_path / "away")
    os.kill(pid_of(running.url), signal.SIGKILL)
    await asyncio.sleep(0.5)
    (tmp_path / "away").rename(program)
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.to_thread(pid_of, running.url)
    await running.stop()


async def test_it_is_told_no_secret(running: process.Embedded) -> None:
    told = Path(f"/proc/{pid_of(running.url)}/environ").read_bytes()
    assert b"HEARTH" not in told


async def test_it_gets_no_signal_from_our_terminal(running: process.Embedded) -> None:
    assert os.getsid(pid_of(running.url)) != os.getsid(0)


async def test_damaged_data_is_called_so(tmp_path: Path) -> None:
    running = await process.start(tmp_path / "data")
    await running.stop()
    (tmp_path / "data/mongo/WiredTiger.turtle").write_text("damage")
    assert "damaged" in await why_not(tmp_path / "data")


async def test_a_folder_that_all_users_share_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    assert "shared" in await why_not(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777


async def test_a_second_server_on_the_same_folder_is_refused(
    running: process.Embedded, tmp_path: Path
) -> None:
    assert f"process {os.getpid()}" in await why_not(tmp_path / "data")


async def test_it_starts_again_on_the_same_folder(tmp_path: Path) -> None:
    for _ in range(2):
        running = await process.start(tmp_path / "data")
        with ask(running.url) as mongo:
            mongo.test.starts.insert_one({})
            starts = mongo.test.starts.count_documents({})
        await running.stop()
        assert not running.alive
    assert starts == 2


async def test_files_of_an_older_version_follow_the_binary(tmp_path: Path) -> None:
    version = "featureCompatibilityVersion"
    found = []
    for older in ("5.0", ""):
        running = await process.start(tmp_path / "data")
        with ask(running.url) as mongo:
            answer = mongo.admin.command({"getParameter": 1, version: 1})
            found.append(answer[version]["version"])
            if older:
                mongo.admin.command({"setFeatureCompatibilityVersion": older})
        await running.stop()
    assert found == ["6.0", "6.0"]


async def test_a_folder_may_move(tmp_path: Path) -> None:
    running = await process.start(tmp_path / "before")
    await running.stop()
    (tmp_path / "before").rename(tmp_path / "after")
    running = await process.start(tmp_path / "after")
    with ask(running.url) as mongo:
        assert mongo.test.things.insert_one({}).acknowledged
    await running.stop()


async def test_a_folder_may_have_a_long_path(tmp_path: Path) -> None:
    running = await process.start(tmp_path / ("long" * 30))
    with ask(running.url) as mongo:
        assert mongo.admin.command("hello")["isWritablePrimary"]
    await running.stop()


@pytest.mark.parametrize("path", [os.defpath, ""], ids=["tied to us", "left alone"])
async def test_an_orphan_does_not_block_the_next_start(tmp_path: Path, path: str) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from store.mongod import process\n"
        "async def main():\n"
        "    mongod = await process.start(Path(sys.argv[1]))\n"
        "    print(mongod.url, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        str(tmp_path / "data"),
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": path, "PYTHONPATH": "."},  # `setpriv` is found on the first only
    )
    assert owner.stdout is not None
    url = (await owner.stdout.readline()).decode().strip()
    with ask(url) as mongo:
        mongo.test.things.insert_one({"_id": "kept"})
    orphan = pid_of(url)
    owner.kill()
    await owner.wait()
    running = await process.start(tmp_path / "data")
    with ask(running.url) as mongo:
        assert mongo.test.things.find_one() == {"_id": "kept"}
    assert pid_of(running.url) != orphan
    await running.stop()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "echo 'error while loading shared libraries: libcurl.so.4: no' >&2; exit 127",
            "apt install libcurl4",
        ),
        ('echo "version \\`GLIBC_2.34\' not found"; exit 1', "a newer system (GLIBC_2.34)"),
        ("kill -ILL $$", "a processor with AVX"),
        ("echo db version v4.2.1", "MongoDB 4.2, which is too old"),
        ("echo hello", "is no mongod"),
    ],
)
async def test_a_binary_that_will_not_do_is_explained(
    tmp_path: Path, script: str, reason: str
) -> None:
    said = await why_not(tmp_path / "data", fake(tmp_path, script))
    assert reason in said
    assert "HEARTH_MONGODB_URL" in said


async def test_a_mongod_that_cannot_be_executed_is_named(tmp_path: Path) -> None:
    (tmp_path / "mongod").touch(mode=0o600)
    assert "chmod +x" in await why_not(tmp_path / "data", str(tmp_path / "mongod"))


async def test_a_mongod_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "HEARTH_MONGOD" in await why_not(tmp_path / "data", str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Invalid featureCompatibilityVersion", "another version of MongoDB"),
        ("No space left on device", "the disk is full"),
        ("Read-only file system", "the disk is read-only"),
        ("something else", "something else"),
    ],
)
async def test_a_start_that_fails_says_why(tmp_path: Path, said: str, reason: str) -> None:
    script = f'[ "$1" = --version ] && exec echo v6.0.5; echo "{said}"; exit 62'
    assert reason in await why_not(tmp_path / "data", fake(tmp_path, script))


async def test_a_failed_start_lets_the_folder_go(tmp_path: Path) -> None:
    for _ in range(2):
        assert "Another" not in await why_not(tmp_path / "data", fake(tmp_path, "exit 1"))


async def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "HEARTH_DATA" in await why_not(tmp_path / "file")
