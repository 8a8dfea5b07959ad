"""A private mongod: a single-node replica set on a Unix socket, for its owner alone."""

import asyncio
import fcntl
import logging
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from pymongo.errors import PyMongoError

from store.errors import CannotStart, FolderInUse
from store.mongod import binary
from store.mongod.client import Client, make_client

log = logging.getLogger("hearth.database")

CACHE_GB = 0.25  # WiredTiger's least, and enough for the messages of a small team
OPLOG_MB = 64  # nobody follows it
# The default of 33,000 sessions costs 37 MB; one connection needs one or two. A smaller
# journal file is made, and so started with, in half the time. One eviction
# thread: four saturate the disk and delay the journal, and with it every message.
ENGINE = "session_max=1000,eviction=(threads_min=1,threads_max=1),log=(file_max=10MB)"
# What an upload leaves in the kernel's cache would be written half a minute later at once,
# and a message that finds the cache full would have to write a page of 10 MB itself.
COLLECTIONS = "os_cache_dirty_max=1MB,memory_page_max=1MB"
MAX_CONNECTIONS = 400
SLOW_MS = 1000  # what is faster is not logged, so the log grows little between starts
START_SECONDS = 300.0  # the recovery of much data on a slow disk is long
MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.1, 30.0  # before it is started again
CALM_SECONDS = 60.0  # it must have run for the next pause to be short again
MAX_SOCKET_BYTES = 100  # the kernel takes 107, a macOS 103
MAX_LOG_BYTES = 8 * 1024 * 1024  # of log before it is begun anew, at a start


class Embedded:
    """A running mongod, watched: if it dies, it is started again."""

    def __init__(self, data: Path, binary: Path, lock: int) -> None:
        self._folder = data / "mongo"
        self._binary, self._lock = binary, lock
        self._socket, self._short = data / "mongod.sock", ""
        if len(os.fsencode(self._socket)) > MAX_SOCKET_BYTES:
            self._short = _short_folder()
            self._socket = Path(self._short) / "mongod.sock"
        self.url = f"mongodb://{quote(str(self._socket), safe='')}/?directConnection=true"
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """True if the process is there."""
        return self._process is not None and self._process.returncode is None

    async def stop(self) -> None:
        """End it cleanly, within seconds, and let the data folder go."""
        if self._watch:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        if self._process:
            await binary.end(self._process)
        if self._short:
            shutil.rmtree(self._short, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    async def launch(self) -> None:
        """Start it, and wait until it takes writes.

        Raises:
            CannotStart: if it ends before that, or takes too long.
        """
        output = self._folder / "mongod.log"
        try:
            self._socket.unlink(missing_ok=True)
            if output.exists() and output.stat().st_size > MAX_LOG_BYTES:
                output.replace(output.with_suffix(".log.old"))
            with output.open("ab") as file:
                begun = file.tell()
                # It logs to its output, where the loader and bad options complain too.
                self._process = await binary.spawn(
                    self._binary, *self._arguments(), output=file
                )
        except OSError as error:
            raise CannotStart(f"The database does not start: {error}.") from None
        ended = asyncio.create_task(self._process.wait())
        ready = asyncio.create_task(self._take_writes())
        try:
            await asyncio.wait(
                {ended, ready}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if ready.done():
                return await ready
        finally:
            ended.cancel()
            ready.cancel()
            await asyncio.wait({ended, ready})
        if self.alive:
            await binary.end(self._process)
            raise CannotStart(
                f"The database took no writes in {START_SECONDS:.0f} s; see {output}."
            )
        said = binary.said(output, begun)
        raise CannotStart(binary.explain(self._binary, self._process.returncode or 0, said))

    def watch(self) -> None:
        """Start it again whenever it dies."""
        self._watch = asyncio.create_task(self._start_again())

    async def _start_again(self) -> None:
        loop, pause = asyncio.get_running_loop(), MIN_PAUSE_SECONDS
        while self._process is not None:
            begun = loop.time()
            code = await self._process.wait()
            pause = MIN_PAUSE_SECONDS if loop.time() - begun > CALM_SECONDS else pause
            log.error("The database %s; starting it in %.1f s.", binary.how(code), pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)
            try:
                await self.launch()
            except CannotStart as error:
                log.error("%s", error)
            except Exception:
                log.exception("The database does not start.")
                await binary.end(self._process)

    def _arguments(self) -> list[str]:
        return [
            f"--dbpath={self._folder}",
            f"--bind_ip={self._socket}",  # a Unix socket, and no port
            "--nounixsocket",  # not a second one in /tmp
            "--filePermissions=0600",
            "--replSet=hearth",
            f"--oplogSize={OPLOG_MB}",
            f"--maxConns={MAX_CONNECTIONS}",
            f"--wiredTigerCacheSizeGB={CACHE_GB}",
            f"--wiredTigerEngineConfigString={ENGINE}",
            f"--wiredTigerCollectionConfigString={COLLECTIONS}",
            "--networkMessageCompressors=disabled",  # CVE-2025-14847
            "--noscripting",
            "--setParameter=diagnosticDataCollectionEnabled=false",
            "--setParameter=shutdownTimeoutMillisForSignaledShutdown=100",
            f"--slowms={SLOW_MS}",
            "--quiet",
        ]

    async def _take_writes(self) -> None:
        """Wait until it is up; make the replica set the first time or when it has moved."""
        while True:
            with suppress(OSError, PyMongoError):  # Not up yet, or between two states.
                # A client would look for it only every half a second.
                _, writer = await asyncio.open_unix_connection(str(self._socket))
                writer.close()
                client = make_client(self.url, timeoutMS=5_000)
                try:
                    await self._be_primary(client)
                    return
                finally:
                    client.close()
            await asyncio.sleep(0.01)

    async def _be_primary(self, client: Client) -> None:
        host = str(self._socket)
        config = await client.local["system.replset"].find_one()
        if config is None:
            config = {"_id": "hearth", "members": [{"_id": 0, "host": host}]}
            await client.admin.command("replSetInitiate", config)
        elif config["members"][0]["host"] != host:
            config["members"][0]["host"] = host
            config["version"] += 1
            await client.admin.command("replSetReconfig", config, force=True)
        while True:
            if (await client.admin.command("hello"))["isWritablePrimary"]:
                break
            await asyncio.sleep(0.005)
        await _follow_binary(client)


async def _follow_binary(client: Client) -> None:
    """Let the files be of its own version: the next one opens no older ones."""
    name = "featureCompatibilityVersion"
    found = await client.admin.command({"getParameter": 1, name: 1})
    major, minor = (await client.server_info())["versionArray"][:2]
    if found[name]["version"] != f"{major}.{minor}":
        confirmed = {"confirm": True} if major >= 7 else {}
        command = {"setFeatureCompatibilityVersion": f"{major}.{minor}", **confirmed}
        await client.admin.command(command)
        log.info("The database's files are of version %d.%d now.", major, minor)


async def start(data: Path, program: str | None = None) -> Embedded:
    """Run a mongod on a data folder; `program` is `HEARTH_MONGOD`.

    Raises:
        CannotStart: with one paragraph that says what is wrong and what to do.
    """
    data, lock = _take(data)
    try:
        await binary.stop_orphan(data / "mongo")
        embedded = Embedded(data, await binary.find(program), lock)
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


def _take(data: Path) -> tuple[Path, int]:
    """Make the data folder ours alone; the lock ends with this process."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        data = data.resolve()
        if data.stat().st_mode & stat.S_ISVTX:
            raise CannotStart(
                f"{data} is shared with other users, as /tmp is. Set HEARTH_DATA to a "
                "folder of Hearth's own, such as one inside it."
            )
        for folder in (data, data / "mongo"):
            folder.mkdir(exist_ok=True)
            if folder.stat().st_mode & 0o077:
                folder.chmod(0o700)
        lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            owner = os.pread(lock, 20, 0).decode().strip() or "?"
            os.close(lock)
            raise FolderInUse(
                f"Another Hearth (process {owner}) runs on the data folder {data}. Stop "
                "it, or set HEARTH_DATA to another folder, or HEARTH_STANDBY=1 to wait "
                "until it ends.",
                owner,
            ) from None
        except OSError:
            os.close(lock)
            raise
    except OSError as error:
        raise CannotStart(
            f"The data folder {data} cannot be written to: {error.strerror}. Give it to "
            "the user that runs Hearth, make room on its disk, or set HEARTH_DATA to "
            "another folder."
        ) from None
    return data, lock


def _short_folder() -> str:
    try:
        return tempfile.mkdtemp(prefix="hearth-")
    except OSError as error:
        raise CannotStart(
            "The path of the data folder is too long for a socket in it, and there is no "
            f"temporary folder ({error.strerror}). Set HEARTH_DATA to a shorter path."
        ) from None
