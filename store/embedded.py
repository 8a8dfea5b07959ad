"""A private mongod: a single-node replica set on a Unix socket, for its owner alone."""

import asyncio
import fcntl
import hashlib
import logging
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from store import mongod
from store.errors import CannotStart

log = logging.getLogger("hearth.database")

CACHE = 0.25  # GB; WiredTiger's least, and enough for the messages of a small team
OPLOG = 64  # MB; nobody follows it
PATIENCE = 60.0  # seconds for a start: a recovery after a crash can be long
LONGEST_SOCKET = 100  # bytes; the kernel takes 107
LOG_KEPT = 8 * 1024 * 1024  # bytes of log before it is begun anew, at a start
_NOT_INITIATED = 94


class Embedded:
    """A running mongod, watched: if it dies, it is started again."""

    def __init__(self, data: Path, binary: Path, lock: int) -> None:
        self._folder = data.absolute() / "mongo"
        self._binary, self._lock = binary, lock
        self._socket = _socket(self._folder)
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it is, for a MongoDB client."""
        return f"mongodb://{quote(str(self._socket), safe='')}/?directConnection=true"

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    async def stop(self) -> None:
        """End it in order, within seconds, and let the data folder go."""
        if self._watch:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), mongod.FAREWELL)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    async def launch(self) -> None:
        """Start it, and wait until it takes writes.

        Raises:
            CannotStart: if it ends before that, or takes too long.
        """
        await asyncio.to_thread(mongod.stop_orphan, self._folder)
        self._socket.unlink(missing_ok=True)
        logged = self._folder / "mongod.log"
        if logged.exists() and logged.stat().st_size > LOG_KEPT:
            logged.replace(logged.with_suffix(".log.old"))
        begun = logged.stat().st_size if logged.exists() else 0
        self._process = await asyncio.create_subprocess_exec(
            self._binary,
            *self._arguments(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal is for us; we end it in order.
        )
        if not await asyncio.to_thread(self._takes_writes):
            raise CannotStart(await self._why(begun))

    def watch(self) -> None:
        """Start it again whenever it dies."""
        self._watch = asyncio.create_task(self._start_again())

    async def _start_again(self) -> None:
        while self._process is not None:
            code = await self._process.wait()
            log.error("The database ended (%s); it is started again.", code)
            pause = 0.5
            while True:
                try:
                    await self.launch()
                    break
                except CannotStart as error:
                    log.error("%s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)

    def _arguments(self) -> list[str]:
        return [
            f"--dbpath={self._folder}",
            f"--bind_ip={self._socket}",  # a Unix socket, and no port
            "--nounixsocket",  # not a second one in /tmp
            "--filePermissions=0600",
            "--replSet=hearth",
            f"--oplogSize={OPLOG}",
            f"--wiredTigerCacheSizeGB={CACHE}",
            "--networkMessageCompressors=disabled",  # CVE-2025-14847
            "--noscripting",
            "--setParameter=diagnosticDataCollectionEnabled=false",
            "--setParameter=shutdownTimeoutMillisForSignaledShutdown=100",
            f"--logpath={self._folder / 'mongod.log'}",
            "--logappend",
            "--quiet",
        ]

    def _takes_writes(self) -> bool:
        """Wait until it is up; make the replica set the first time or when it has moved."""
        deadline = time.monotonic() + PATIENCE
        with MongoClient[dict[str, Any]](self.url, connect=False, timeoutMS=5000) as client:
            while self.alive and time.monotonic() < deadline:
                time.sleep(0.005)
                if self._socket.exists() and _is_primary(client, str(self._socket)):
                    return True
        return False

    async def _why(self, begun: int) -> str:
        process = self._process
        assert process is not None
        if process.returncode is None:
            process.kill()
            await process.wait()
            return f"The database took no writes within {PATIENCE:.0f} s; is the disk slow?"
        printed = await process.stdout.read() if process.stdout else b""
        said = mongod.last_lines(self._folder / "mongod.log", begun)
        return mongod.explain(
            self._binary, process.returncode, printed.decode(errors="replace"), said
        )


async def start(data: Path, binary: str | None = None) -> Embedded:
    """Run a mongod on a data folder; `binary` is `HEARTH_MONGOD`.

    Raises:
        CannotStart: with one paragraph that says what is wrong and what to do.
    """
    lock = _take(data)
    try:
        embedded = Embedded(data, await mongod.find(binary), lock)
    except BaseException:
        os.close(lock)
        raise
    try:
        await embedded.launch()
    except BaseException:
        await embedded.stop()
        raise
    embedded.watch()
    return embedded


def _take(data: Path) -> int:
    """Make the data folder ours alone; the lock ends with this process."""
    try:
        (data / "mongo").mkdir(mode=0o700, parents=True, exist_ok=True)
        data.chmod(0o700)
        lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart(
            f"The data folder {data} cannot be written to: {error.strerror}. Give it to "
            "the user that runs Hearth, or set HEARTH_DATA to another folder."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(lock, 20, 0).decode().strip() or "?"
        os.close(lock)
        raise CannotStart(
            f"Another Hearth (process {owner}) runs on the data folder {data}. Stop it, or "
            "set HEARTH_DATA to another folder."
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _socket(folder: Path) -> Path:
    """Where it listens: beside its files, or in a short folder if that path is too long."""
    path = folder / "mongod.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"hearth-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.getuid() or short.is_symlink():
        raise CannotStart(
            f"{short} belongs to somebody else; set HEARTH_DATA to a shorter path."
        )
    short.chmod(0o700)
    return short / "mongod.sock"


def _is_primary(client: MongoClient[dict[str, Any]], host: str) -> bool:
    members = [{"_id": 0, "host": host}]
    try:
        if client.admin.command("hello").get("isWritablePrimary"):
            return True
        config = client.admin.command("replSetGetConfig")["config"]
        if config["members"][0]["host"] != host:
            config |= {"members": members, "version": config["version"] + 1}
            client.admin.command("replSetReconfig", config, force=True)
    except OperationFailure as error:
        if error.code != _NOT_INITIATED:
            raise
        client.admin.command("replSetInitiate", {"_id": "hearth", "members": members})
    except PyMongoError:
        pass  # Not up yet.
    return False
