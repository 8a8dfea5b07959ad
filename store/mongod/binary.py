"""Which mongod to run, what an earlier run left, and what to say when it does not run."""

import asyncio
import fcntl
import importlib.util
import json
import logging
import os
import platform
import re
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import IO

from store.errors import CannotStart

log = logging.getLogger("hearth.database")

MIN_VERSION = (5, 0)
MIN_FREE_BYTES = 32 * 1024 * 1024  # free; with less, there is no room for its journal
NOT_RUN_CODE = 126
STOP_SECONDS = 4.0  # for a clean end; the journal has everything anyway
OWN = "Or set HEARTH_MONGODB_URL to a MongoDB server that runs elsewhere."
# Log ids of "Fatal assertion" and the like; the reason stands above them.
_WORDS_OF_DYING = {23089, 23090, 23091, 23092, 6384300}
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
    named = (binary and (shutil.which(binary) or binary)) or shutil.which("mongod")
    if not named:
        return _installed()  # Its version is known; to ask takes 0.1 s.
    path = _absolute(named)
    code, printed = await _run(path, "--version")
    if code:
        raise CannotStart(explain(path, code, printed))
    version = re.search(r"v(\d+)\.(\d+)", printed)
    if version is None:
        raise CannotStart(
            f"{path} is no mongod: asked for its version, it said "
            f"{printed.strip()[:200]!r}. Check HEARTH_MONGOD. {OWN}"
        )
    if (int(version[1]), int(version[2])) < MIN_VERSION:
        raise CannotStart(
            f"{path} is MongoDB {version[1]}.{version[2]}, which is too old: Hearth needs "
            f"{MIN_VERSION[0]}.{MIN_VERSION[1]} or later. Set HEARTH_MONGOD to a newer "
            f"one. {OWN}"
        )
    return path


async def spawn(
    path: Path, *arguments: str, output: IO[bytes] | int
) -> asyncio.subprocess.Process:
    """Run mongod in a session of its own, so that Ctrl-C in a terminal is for us alone.

    Where `setpriv` is, the kernel ends it when we are killed. (A `preexec_fn` could do the
    same, but may hang: it runs between fork and exec, and we have threads.)
    """
    tie = shutil.which("setpriv")
    tied = [tie, "--pdeathsig", "TERM", "--"] if tie and not _is_busybox(tie) else []
    return await asyncio.create_subprocess_exec(
        *tied,
        path,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        # Not ours: it holds secrets, and mongod does not start under an unknown locale.
        env={"LC_ALL": "C", "PATH": os.defpath},
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process cleanly; after a while, or when we are cancelled, kill it."""
    try:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        log.warning("The database did not end within %.0f s; killing it.", STOP_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def how(code: int) -> str:
    """The end of a process in words, by its exit code."""
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit status {code}"


def explain(path: Path, code: int, said: str) -> str:
    """Why mongod ended with an exit code, from what it said."""
    if missing := re.search(r"loading shared libraries: (\S+?):", said):
        package = _PACKAGES.get(missing[1])
        hint = f"On Debian or Ubuntu: apt install {package}." if package else "Install it."
        return f"{path} needs the library {missing[1]}, which is missing. {hint} {OWN}"
    if missing := re.search(r"version `(\S+)' not found", said):
        return f"{path} needs a newer system ({missing[1]}): see HEARTH_MONGOD. {OWN}"
    if code == -signal.SIGILL:
        return (
            f"{path} needs a processor with AVX, which this machine lacks. Set "
            f"HEARTH_MONGOD to a mongod built for it. {OWN}"
        )
    if code == NOT_RUN_CODE:
        return f"{path} cannot be executed here: {said.strip()}. See HEARTH_MONGOD. {OWN}"
    last = said.strip().rpartition("\n")[2][:400] or "it gave no reason"
    for pattern, cause in _CAUSES.items():
        if found := re.search(rf".*(?:{pattern}).*", said):
            return f"The database does not start: {cause}. ({found[0][:400]})"
    return f"The database does not start: {path} {how(code)}. ({last}) {OWN}"


async def stop_orphan(folder: Path) -> None:
    """End the mongod that a server killed with -9 has left on these files.

    Its own lock says whether there is one: the process id in that file is gone before the
    process is.
    """
    for sign in (signal.SIGTERM, signal.SIGKILL):
        pid = _owner(folder)
        if pid:
            with suppress(OSError):
                os.kill(pid, sign)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                while True:
                    if not _is_held(folder):
                        return
                    await asyncio.sleep(0.02)
    raise CannotStart(
        f"Another mongod (process {pid or 'unknown'}) has {folder} open, and does not end. "
        "Stop it, and start again."
    )


def _is_held(folder: Path) -> bool:
    try:
        with (folder / "mongod.lock").open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass  # There is none, or mongod itself will say what is wrong with it.
    return False


def _owner(folder: Path) -> int | None:
    """The process that holds the files, if it surely is a mongod on this folder."""
    try:
        pid = int((folder / "mongod.lock").read_text())
        if not _is_held(folder):
            return None
        if Path("/proc/self").exists():
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            return pid if os.fsencode(f"--dbpath={folder}") in command else None
    except (OSError, ValueError):
        return None
    return pid


def said(output: Path, begun: int) -> str:
    """Errors in mongod's output after a byte, and lines that are not in its log's form."""
    lines = []
    with output.open("rb") as file:
        file.seek(max(begun, output.stat().st_size - 256 * 1024))
        for line in file.read().decode(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                lines.append(line)
                continue
            if entry.get("s") in {"E", "F"} and entry.get("id") not in _WORDS_OF_DYING:
                lines.append(f"{entry.get('msg')} {json.dumps(entry.get('attr', ''))}")
    if shutil.disk_usage(output).free < MIN_FREE_BYTES:  # Then it could not say so.
        lines.append("No space left on device")
    return "\n".join(lines)


def _absolute(named: str) -> Path:
    if not (path := Path(named).absolute()).is_file():
        raise CannotStart(f"There is no mongod at {path}; check HEARTH_MONGOD. {OWN}")
    return path


def _installed() -> Path:
    """The one in the wheel, made executable; its package's code is not run."""
    spec = importlib.util.find_spec("fiftyone")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "db" / "bin" / "mongod"
        if not path.is_file():
            continue
        if not os.access(path, os.X_OK):
            try:
                path.chmod(path.stat().st_mode | 0o111)
            except OSError as error:
                raise CannotStart(
                    f"{path} is not executable, and this user may not change that "
                    f"({error.strerror}). Run: chmod +x {path}"
                ) from None
        return path.absolute()
    raise CannotStart(
        f"There is no mongod for this platform ({platform.system()} {platform.machine()}). "
        f"Install MongoDB 5.0 or later and set HEARTH_MONGOD to its mongod. {OWN}"
    )


def _is_busybox(tool: str) -> bool:
    return Path(tool).resolve().name == "busybox"  # Its setpriv cannot tie.


async def _run(path: Path, *arguments: str) -> tuple[int, str]:
    if not os.access(path, os.X_OK):
        return NOT_RUN_CODE, "it is not executable (chmod +x)"
    try:
        process = await spawn(path, *arguments, output=asyncio.subprocess.PIPE)
    except OSError as error:
        return NOT_RUN_CODE, error.strerror or str(error)
    try:
        printed, _ = await process.communicate()
    finally:
        await end(process)
    return process.returncode or 0, printed.decode(errors="replace")
