"""The sweeper deletes the files that are in no message: now and then, and when it is woken.

It goes by what is stored, never by what a process remembers: a file whose time has come
stays only if its message is there and has it. So a crash leaves nothing behind.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from store import files, messages, rooms
from store.database import Database
from store.errors import Unavailable, is_away
from store.gridfs.chunks import Chunks
from store.log.writer import Log
from store.records import now

log = logging.getLogger("hearth.files")

LOOK_SECONDS, RETRY_SECONDS = 600.0, 5.0  # between looks; until the next if one failed
LOOK_DOCUMENTS = 100  # documents in one look


class FileCleanup:
    """Deletes the files that are in no message."""

    def __init__(self, db: Database, chunks: Chunks, writer: Log) -> None:
        self._db, self._chunks, self._log = db, chunks, writer
        self._began = now()
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._releases: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to sweep, as soon as the database is there."""
        self._task = asyncio.create_task(self._run(), name="hearth.files")

    async def close(self) -> None:
        """Stop; what is left is swept by the next start."""
        tasks = [task for task in (self._task, *self._releases) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self) -> None:
        """Sweep now: something was dropped."""
        self._due.set()

    def release_if_refused(
        self, stored: "asyncio.Future[Any]", sender: str, message: str, ids: Sequence[str]
    ) -> None:
        """When a message is refused for good, give its files back to their uploader."""

        def settle(stored: "asyncio.Future[Any]") -> None:
            refused = not stored.cancelled() and stored.exception()
            if refused and not isinstance(refused, Unavailable):
                self.release(sender, message, ids)

        stored.add_done_callback(settle)

    def release(self, sender: str, message: str, ids: Sequence[str]) -> None:
        """Give files back that were taken for a message, unless it is there after all."""
        release = asyncio.create_task(self._release(sender, message, ids))
        self._releases.add(release)
        release.add_done_callback(self._releases.discard)

    async def sweep(self) -> None:
        """Delete what expired and is in no message.

        Raises:
            Unavailable: if the log is stuck: a message may be on its way that has a file.
        """
        if not self._log.is_well():
            raise Unavailable("Messages are on their way.")
        query = {"metadata.expires_at": {"$lte": now()}}
        shown = {"metadata.message": True, "metadata.expires_at": True}
        while found := await self._db.files.find(query, shown).to_list(LOOK_DOCUMENTS):
            await (
                self._log.flush()
            )  # A message that took its files may still be on its way.
            for document in found:
                await self._judge(document)

    async def _run(self) -> None:
        await self._db.prepared.wait()
        is_first = True
        while True:
            self._due.clear()
            pause = RETRY_SECONDS
            try:
                if is_first:
                    await self._begin()
                    is_first = False
                await self.sweep()
                pause = LOOK_SECONDS
            except Exception as error:
                if not is_away(error) and not isinstance(error, Unavailable):
                    log.exception("The files could not be swept; trying again")
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._due.wait()

    async def _begin(self) -> None:
        """The last process' unfinished work: its uploads, and the rooms it deleted."""
        await files.drop_broken(self._db, self._began)
        for room in await rooms.retired(self._db):
            await files.drop_room(self._db, room)

    async def _judge(self, document: Mapping[str, Any]) -> None:
        id, metadata = document["_id"], document["metadata"]
        # Only as it was seen: if it was taken meanwhile, its time is another.
        seen = {"_id": id, "metadata.expires_at": metadata["expires_at"]}
        if (key := metadata["message"]) and await self._has(key, id):
            await self._db.files.update_one(seen, {"$unset": {"metadata.expires_at": ""}})
        elif (
            await self._db.files.update_one(seen, {"$set": {"metadata.ready": False}})
        ).matched_count:
            await self._chunks.delete(id)
            await self._db.files.delete_one({"_id": id})

    async def _has(self, key: Mapping[str, str], id: str) -> bool:
        message = await messages.by_id(self._db, key["sender"], key["id"])
        return message is not None and id in {file.id for file in message.files}

    async def _release(self, sender: str, message: str, ids: Sequence[str]) -> None:
        with suppress(Exception):  # If it fails, they are swept.
            await self._log.flush()
            # While the log is stuck, an earlier attempt may still come to be.
            is_well = self._log.is_well()
            if is_well and await messages.by_id(self._db, sender, message) is None:
                await files.release(self._db, sender, message, ids)
