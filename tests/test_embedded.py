"""The private mongod: it starts, stays private, comes back, and explains itself."""

import asyncio
import os
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from store import embedded
from store.errors import CannotStart


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[embedded.Embedded]:
    mongod = await embedded.start(tmp_path / "data")
    yield mongod
    await mongod.stop()


def ask(url: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(url, serverSelectionTimeoutMS=5000, w="majority", journal=True)


def pid_of(url: str) -> int:
    with ask(url) as mongo:
        return int(mongo.admin.command("serverStatus")["pid"])


def fake(folder: Path, script: str) -> str:
    path = folder / "mongod"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


async def why_not(data: Path, binary: str | None = None) -> str:
    with pytest.raises(CannotStart) as refusal:
        await embedded.start(data, binary)
    said = str(refusal.value)
    assert "\n" not in said
    return said


async def test_its_folder_is_for_its_owner_alone(
    running: embedded.Embedded, tmp_path: Path
) -> None:
    for folder in (tmp_path / "data", tmp_path / "data/mongo"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_it_listens_on_no_port(running: embedded.Embedded) -> None:
    fds = Path(f"/proc/{pid_of(running.url)}/fd")
    links = [str(fd.readlink()) for fd in fds.iterdir() if fd.is_symlink()]
    sockets = {link[8:-1] for link in links if link.startswith("socket:")}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            assert line.split()[9] not in sockets


async def test_it_runs_no_scripts(running: embedded.Embedded) -> None:
    with ask(running.url) as mongo, pytest.raises(OperationFailure):
        list(mongo.test.things.find({"$where": "sleep(1000) || true"}))


async def test_what_was_acknowledged_survives_its_death(running: embedded.Embedded) -> None:
    with ask(running.url) as mongo:
        mongo.test.things.insert_one({"_id": "kept"})
        os.kill(pid_of(running.url), signal.SIGKILL)
        async with asyncio.timeout(15):
            await asyncio.sleep(0.2)
            found = await asyncio.to_thread(mongo.test.things.find_one, {"_id": "kept"})
        assert found == {"_id": "kept"}


async def test_a_second_server_on_the_same_folder_is_refused(
    running: embedded.Embedded, tmp_path: Path
) -> None:
    assert f"process {os.getpid()}" in await why_not(tmp_path / "data")


async def test_it_starts_again_on_the_same_folder(tmp_path: Path) -> None:
    for _ in range(2):
        mongod = await embedded.start(tmp_path / "data")
        with ask(mongod.url) as mongo:
            mongo.test.starts.insert_one({})
            starts = mongo.test.starts.count_documents({})
        await mongod.stop()
        assert not mongod.alive
    assert starts == 2


async def test_a_folder_may_move(tmp_path: Path) -> None:
    mongod = await embedded.start(tmp_path / "before")
    await mongod.stop()
    (tmp_path / "before").rename(tmp_path / "after")
    mongod = await embedded.start(tmp_path / "after")
    with ask(mongod.url) as mongo:
        assert mongo.test.things.insert_one({}).acknowledged
    await mongod.stop()


async def test_a_folder_may_have_a_long_path(tmp_path: Path) -> None:
    mongod = await embedded.start(tmp_path / ("long" * 30))
    with ask(mongod.url) as mongo:
        assert mongo.admin.command("hello")["isWritablePrimary"]
    await mongod.stop()


async def test_an_orphan_does_not_block_the_next_start(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from store import embedded\n"
        "async def main():\n"
        "    mongod = await embedded.start(Path(sys.argv[1]))\n"
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
    )
    assert owner.stdout is not None
    url = (await owner.stdout.readline()).decode().strip()
    with ask(url) as mongo:
        mongo.test.things.insert_one({"_id": "kept"})
    orphan = pid_of(url)
    owner.kill()
    await owner.wait()
    mongod = await embedded.start(tmp_path / "data")
    with ask(mongod.url) as mongo:
        assert mongo.test.things.find_one() == {"_id": "kept"}
    assert pid_of(mongod.url) != orphan
    await mongod.stop()


async def test_a_missing_library_is_named_with_its_package(tmp_path: Path) -> None:
    said = "mongod: error while loading shared libraries: libcurl.so.4: cannot open"
    reason = await why_not(
        tmp_path / "data", fake(tmp_path, f"echo '{said}' >&2; exit 127")
    )
    assert "apt install libcurl4" in reason
    assert "HEARTH_MONGODB_URL" in reason


async def test_a_processor_without_avx_is_named(tmp_path: Path) -> None:
    assert "AVX" in await why_not(tmp_path / "data", fake(tmp_path, "kill -ILL $$"))


async def test_a_mongod_that_is_too_old_is_refused(tmp_path: Path) -> None:
    reason = await why_not(tmp_path / "data", fake(tmp_path, "echo db version v4.2.1"))
    assert "4.2, which is too old" in reason


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


async def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "HEARTH_DATA" in await why_not(tmp_path / "file")


async def test_a_failed_start_lets_the_folder_go(tmp_path: Path) -> None:
    await why_not(tmp_path / "data", fake(tmp_path, "exit 1"))
    mongod = await embedded.start(tmp_path / "data")
    await mongod.stop()


async def test_its_socket_is_for_its_owner_alone(running: embedded.Embedded) -> None:
    with ask(running.url) as mongo:
        host = mongo.admin.command("replSetGetConfig")["config"]["members"][0]["host"]
    assert stat.S_IMODE(Path(host).stat().st_mode) & 0o077 == 0
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(host)
