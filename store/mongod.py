"""Which mongod to run, what an earlier run left, and what to say when it does not run."""

import asyncio
import importlib.util
import json
import os
import re
import shutil
import signal
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from store.errors import CannotStart

OLDEST = (5, 0)
FAREWELL = 5.0  # seconds for a clean end; the journal has everything anyway
OWN = "Or set HEARTH_MONGODB_URL to a MongoDB server that runs elsewhere."
_PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
}
_CAUSES = {
    r"No space left|ENOSPC": "the disk is full; make room and start again",
    r"Read-only file system": "the disk is read-only; mount it for writing",
    r"featureCompatibilityVersion|UPGRADE PROBLEM|unsupported WiredTiger file version": (
        "the data was written by another version of MongoDB; run that version "
        "(HEARTH_MONGOD), or upgrade step by step as MongoDB's manual says"
    ),
    r"WT_TRY_SALVAGE|WT_PANIC|corrupt": (
        "the data files are damaged; restore a backup, or see mongod --repair"
    ),
    r"Permission denied|Operation not permitted": (
        "it may not read or write its files; give them to the user that runs Hearth"
    ),
}


async def find(binary: str | None) -> Path:
    """The mongod to run: the given one, the one on PATH, or the one installed with us.

    Raises:
        CannotStart: if there is none, or it cannot run here.
    """
    found = binary or shutil.which("mongod") or _installed()
    if not found:
        raise CannotStart(
            "There is no mongod for this platform. Install MongoDB 5.0 or later and set "
            f"HEARTH_MONGOD to its mongod. {OWN}"
        )
    path = Path(found)
    _make_executable(path)
    code, printed = await _run(path, "--version")
    if code:
        raise CannotStart(explain(path, code, printed, {}))
    version = re.search(r"v(\d+)\.(\d+)", printed)
    if version and (int(version[1]), int(version[2])) < OLDEST:
        raise CannotStart(
            f"{path} is MongoDB {version[1]}.{version[2]}, which is too old: Hearth needs "
            f"{OLDEST[0]}.{OLDEST[1]} or later. Set HEARTH_MONGOD to a newer one. {OWN}"
        )
    return path


def explain(path: Path, code: int, printed: str, log: Mapping[str, str]) -> str:
    """Why mongod ended with an exit code, from what it printed and its last log lines."""
    if missing := re.search(r"loading shared libraries: (\S+?):", printed):
        package = _PACKAGES.get(missing[1])
        how = f"On Debian or Ubuntu: apt install {package}." if package else "Install it."
        return f"{path} needs the library {missing[1]}, which is missing. {how} {OWN}"
    if code == -signal.SIGILL:
        return (
            f"{path} needs a processor with AVX, which this machine lacks. Set "
            f"HEARTH_MONGOD to a mongod built for it. {OWN}"
        )
    if code in {126, -1}:
        return f"{path} cannot be executed: {printed.strip()}. {OWN}"
    said = " ".join([printed, *log.values()])
    for pattern, cause in _CAUSES.items():
        if re.search(pattern, said):
            return f"The database does not start: {cause}. ({_last(printed, log)})"
    how = f"was ended by signal {-code}" if code < 0 else f"ended with exit status {code}"
    return f"The database does not start: {path} {how}. ({_last(printed, log)}) {OWN}"


def stop_orphan(folder: Path) -> None:
    """End the mongod that a server killed with -9 has left on these files."""
    try:
        pid = int((folder / "mongod.lock").read_text())
    except (OSError, ValueError):
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + FAREWELL
        while _is_on(folder, pid) and time.monotonic() < deadline:
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
            time.sleep(0.05)


def _is_on(folder: Path, pid: int) -> bool:
    """Whether a process is a mongod on this folder; one that has ended has no command."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"--dbpath={folder}".encode() in command


def last_lines(log: Path, begun: int) -> dict[str, str]:
    """What mongod's log says of errors after its byte `begun`: each line's id and words."""
    said: dict[str, str] = {}
    try:
        with log.open("rb") as file:
            file.seek(max(begun, log.stat().st_size - 256 * 1024))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return said
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("s") in {"E", "F"} and entry.get("msg"):
            said[str(entry.get("id"))] = (
                f"{entry['msg']} {json.dumps(entry.get('attr', ''))}"
            )
    return said


def _last(printed: str, log: Mapping[str, str]) -> str:
    words = next(reversed([*log.values()]), "") or printed.strip() or "it gave no reason"
    return words[:400]


def _installed() -> str | None:
    spec = importlib.util.find_spec("fiftyone")
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder) / "db" / "bin" / "mongod"
        if path.is_file():
            return str(path)
    return None


def _make_executable(path: Path) -> None:
    if not path.is_file():
        raise CannotStart(f"There is no mongod at {path}; check HEARTH_MONGOD. {OWN}")
    if not os.access(path, os.X_OK):  # The wheel's binary comes without the bit.
        try:
            path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        except OSError as error:
            raise CannotStart(
                f"{path} is not executable, and this user may not change that "
                f"({error.strerror}). Run: chmod +x {path}"
            ) from None


async def _run(path: Path, *arguments: str) -> tuple[int, str]:
    try:
        process = await asyncio.create_subprocess_exec(
            path,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        return 126, error.strerror or str(error)
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode(errors="replace")
