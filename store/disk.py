"""The free space on the disk of the database, looked at now and then.

A database whose disk is full stops. So files are refused while there is still room for
messages, messages while the database still runs, and the operator hears of it before.
"""

import asyncio
import logging
import shutil
from pathlib import Path

from store.database import Database
from store.errors import InsufficientStorage, is_away

log = logging.getLogger("hearth.disk")

LOW_BYTES = 2_000_000_000  # of free space, below which the operator is told
FILES_RESERVE_BYTES = 1_000_000_000  # below which no file is taken
MESSAGES_RESERVE_BYTES = 250_000_000  # below which no message is taken
LOOK_SECONDS = 10.0  # between looks


class Disk:
    """The free space of the data folder, or of the database's own machine.

    `folder` is where our own mongod writes; without one, the database is asked. Some do not
    tell: then nothing is known, and nothing refused.
    """

    def __init__(self, db: Database, folder: Path | None) -> None:
        self._db, self._folder = db, folder
        self._task: asyncio.Task[None] | None = None
        self.free_bytes: int | None = None
        self.files_reserve_bytes = FILES_RESERVE_BYTES
        self.messages_reserve_bytes = MESSAGES_RESERVE_BYTES
        self.low_bytes = LOW_BYTES
        self._is_told = False

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="hearth.disk")

    async def close(self) -> None:
        """Look no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def is_low(self) -> bool:
        """True if the operator should make room."""
        return self.free_bytes is not None and self.free_bytes < self.low_bytes

    def require_for_files(self) -> None:
        """Refuse a file while there is only room for messages.

        Raises:
            InsufficientStorage: then.
        """
        self._require(self.files_reserve_bytes)

    def require_for_messages(self) -> None:
        """Refuse whatever is to be stored while there is hardly room for the database.

        Raises:
            InsufficientStorage: then.
        """
        self._require(self.messages_reserve_bytes)

    async def look(self) -> None:
        """See how much is free, and tell the operator when that becomes little."""
        if self._folder:
            usage = await asyncio.to_thread(shutil.disk_usage, self._folder)
            self.free_bytes = usage.free
        else:
            found = await self._db.meta.database.command("dbStats")
            if "fsTotalSize" in found:
                self.free_bytes = int(found["fsTotalSize"] - found["fsUsedSize"])
        if self.is_low and not self._is_told:
            log.warning(
                "The disk of the database has only %d MB left. Below %d MB files are "
                "refused, below %d MB messages, too.",
                (self.free_bytes or 0) // 1_000_000,
                self.files_reserve_bytes // 1_000_000,
                self.messages_reserve_bytes // 1_000_000,
            )
        self._is_told = self.is_low

    async def _run(self) -> None:
        await self._db.prepared.wait()
        while True:
            try:
                await self.look()
            except Exception as error:
                if not is_away(error):
                    log.exception("The free space of the disk is not known")
            await asyncio.sleep(LOOK_SECONDS)

    def _require(self, reserve: int) -> None:
        if self.free_bytes is not None and self.free_bytes < reserve:
            raise InsufficientStorage("The server's disk is nearly full.")
