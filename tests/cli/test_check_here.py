"""`hearth check` on the machine itself, with one thing wrong at a time."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from pymongo import MongoClient

from settings import Settings
from store.database import GRIDFS
from store.indexes import INDEXES
from tests.command_line import CommandLine
from tests.process import PATIENCE, ROOT
from tests.replicas import standalone
from tests.test_clocks import LIBRARY

HOURS_30 = 30 * 3_600
IS_ROOT = os.geteuid() == 0
OLD = "MongoDB 6.0.5 gets updates, or is ours alone."  # as that of all tests


@dataclass
class Here:
    """A machine on which all is well but that Hearth does not run."""

    settings: Settings
    backups: Path
    programs: Path
    libraries: Path
    mongo: Any
    is_alone = False

    def clock_is(self, kept: str) -> None:
        """Have a `timedatectl` that says so."""
        program = self.programs / "timedatectl"
        program.write_text(f"#!/bin/sh\necho {kept}\n")
        program.chmod(0o755)


@pytest.fixture
def here(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Here]:
    folders = [tmp_path / name for name in ("backups", "programs", "libraries")]
    for folder in folders:
        folder.mkdir()
    (folders[0] / "today.zip").touch()
    monkeypatch.setenv("PATH", str(folders[1]), prepend=os.pathsep)
    monkeypatch.syspath_prepend(folders[2])
    settings.data.mkdir(mode=0o700, exist_ok=True)
    (settings.data / "secret").touch(mode=0o600)
    settings = replace(settings, port=unused_port())
    with MongoClient[Any](settings.mongodb_url) as mongo:
        here = Here(settings, *folders, mongo.get_default_database())
        for name, indexes in INDEXES.items():
            here.mongo[GRIDFS.get(name, name)].create_indexes(indexes)
        here.clock_is("yes")
        yield here
        here.mongo.hooks.create_indexes(INDEXES["hooks"])  # for the next test


async def faults(here: Here, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What is not so, and what mends it."""
    with pytest.raises(Exception, match="are not as they should be"):
        await CommandLine(here.settings, capsys).does("check --backups", here.backups)
    found = re.findall(r"^not so: (.*)\n +(.*)$", capsys.readouterr().out, re.MULTILINE)
    assert found.pop() == ("Hearth is running.", "systemctl start hearth, and see its log")
    return {what: mend for what, mend in found if what != OLD or here.is_alone}


async def test_nothing_is_wrong_here(
    here: Here, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await faults(here, capsys) == {}


def _another_owner(here: Here) -> None:
    os.chown(here.settings.data / "secret", 10_001, -1)


def _an_old_library(here: Here) -> None:
    folder = here.libraries / "msgspec-0.19.0.dist-info"
    folder.mkdir()
    metadata = "Metadata-Version: 2.1\nName: msgspec\nVersion: 0.19.0\n"
    (folder / "METADATA").write_text(metadata)


def _an_old_backup(here: Here) -> None:
    at = time.time() - HOURS_30
    os.utime(here.backups / "today.zip", (at, at))


@pytest.mark.parametrize(
    ("break_it", "what", "mend"),
    [
        (lambda here: here.settings.data.chmod(0o755), "Nobody else may read the data fold",
         "chmod -R go= "),
        (lambda here: (here.settings.data / "secret").chmod(0o640), "Nobody else may read",
         "chmod -R go= "),
        pytest.param(_another_owner, "Everything in it belongs to one user.",
            "chown -R hearth: ",
            marks=pytest.mark.skipif(not IS_ROOT, reason="only root gives files away")),
        (_an_old_library, "Libraries are as new as Hearth needs them.",
         "make setup; too old: msgspec"),
        (lambda here: here.clock_is("no"), "The clock is kept right.",
         "timedatectl set-ntp true"),
        (_an_old_backup, "The newest backup is 30 hours old.", "every night"),
        (lambda here: (here.backups / "today.zip").unlink(), "There is a backup.",
         "every night"),
        (lambda here: here.mongo.hooks.drop_index("room_1"), "All indexes are there.",
         "Restart Hearth; missing: hooks.room_1"),
    ],
)  # fmt: skip
async def test_what_is_wrong_here_is_named_with_what_mends_it(
    here: Here, capsys: pytest.CaptureFixture[str],
    break_it: Callable[[Here], None], what: str, mend: str,
) -> None:  # fmt: skip
    break_it(here)
    ((found, mended),) = (await faults(here, capsys)).items()
    assert found.startswith(what)
    assert mend in mended


async def test_a_database_that_is_old_and_alone_on_a_small_disk_is_named(
    here: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "alone"
    folder.mkdir()
    small = ["mount", "-t", "tmpfs", "-o", "size=1500m,mode=700", "tmpfs", str(folder)]
    is_small = not subprocess.run(small, capture_output=True).returncode  # noqa: S603, ASYNC221
    try:
        async with standalone(folder, unused_port()) as url:
            here.settings, here.is_alone = replace(here.settings, mongodb_url=url), True
            found = await faults(here, capsys)
    finally:
        if is_small:
            subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S603, S607, ASYNC221
    assert "Install MongoDB 8.0" in found[OLD]
    assert "rs.initiate()" in found["It can be backed up while it runs."]
    assert ("Make room." in found.values()) == is_small


@pytest.mark.skipif(LIBRARY is None, reason="apt install faketime")
async def test_a_database_with_another_time_is_named(here: Here) -> None:
    told = {
        "DATA": here.settings.data,
        "SECRET": here.settings.secret,
        "MONGODB_URL": here.settings.mongodb_url,
        "PORT": here.settings.port,
    }
    check = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "server.py"), "check",
        stdout=asyncio.subprocess.PIPE, stderr=DEVNULL,
        env={f"HEARTH_{name}": str(value) for name, value in told.items() if value}
        | {"PATH": os.environ["PATH"], "LD_PRELOAD": str(LIBRARY), "FAKETIME": "+1h",
           "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        said, _ = await check.communicate()
    assert re.search(rb"not so: Its clock is 3[56]\d\d\.\d s away from ours\.", said)
    assert b"Set both, by NTP." in said
