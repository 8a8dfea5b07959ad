"""The bytes of files, in GridFS's own layout: any GridFS tool reads and restores them.

The driver's own streams hold too much: writing gathers 32 MB before the first write,
reading fetches 16 MB at once. Here a file holds one chunk at a time. Few chunks are
under way at once, and each is followed by a pause of some times as long as it took, so that
the database and its disk are there for messages most of the time.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pymongo import WriteConcern

from store import files
from store.database import Database

_WRITES, _READS = 1, 2  # chunks under way at once, of all files
_PAUSE_FACTOR = 3  # after each chunk, sleep this multiple of the time it took
_MAX_PAUSE_SECONDS = 1.0
# Every 4th chunk waits for the journal, so that the measured time, and with it the pause,
# follows the load of the disk.
_JOURNALED_EVERY = 4


@asynccontextmanager
async def _paced(turns: asyncio.Semaphore) -> AsyncIterator[None]:
    async with turns:
        began = time.monotonic()
        yield
        await asyncio.sleep(
            min(_PAUSE_FACTOR * (time.monotonic() - began), _MAX_PAUSE_SECONDS)
        )


class Chunks:
    """Reads and writes chunks, a few at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._writing, self._reading = asyncio.Semaphore(_WRITES), asyncio.Semaphore(_READS)

    async def write(self, file: str, pieces: AsyncIterator[bytes]) -> tuple[int, bytes]:
        """Store pieces as a file's chunks; how many bytes there are, and the first chunk.

        What counts is the write that makes the file ready: it comes later and is journaled.
        """
        most = files.CHUNK_BYTES
        size, number, first, gathered = 0, 0, b"", bytearray()
        async for piece in pieces:
            gathered += piece
            size += len(piece)
            while len(gathered) >= most:
                chunk, gathered = (
                    bytes(gathered[: files.CHUNK_BYTES]),
                    gathered[files.CHUNK_BYTES :],
                )
                await self._write_one(file, number, chunk)
                first, number = first or chunk, number + 1
        if gathered:
            await self._write_one(file, number, bytes(gathered))
        return size, first or bytes(gathered)

    async def read(self, file: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes of a file from `start` to just before `stop`, chunk by chunk.

        Raises:
            LookupError: if some of it is gone.
        """
        if start >= stop:
            return
        first = await self.one(file, 0)  # as large as all but the last, whoever split it
        while start < stop:
            number, skipped = divmod(start, len(first))
            chunk = await self.one(file, number) if number else first
            piece = chunk[skipped : skipped + stop - start]
            if not piece:
                raise LookupError(f"The file {file} ends too early.")
            start += len(piece)
            yield piece

    async def one(self, file: str, number: int) -> bytes:
        """One chunk.

        Raises:
            LookupError: if it is not there.
        """
        async with _paced(self._reading):
            found = await self._db.chunks.find_one({"files_id": file, "n": number})
        if found is None:
            raise LookupError(f"The file {file} has no chunk {number}.")
        return bytes(found["data"])

    async def delete(self, file: str) -> None:
        """Delete all chunks of a file."""
        async with self._writing:
            await self._db.chunks.delete_many({"files_id": file})

    async def _write_one(self, file: str, number: int, chunk: bytes) -> None:
        concern = WriteConcern(w=1, j=(number + 1) % _JOURNALED_EVERY == 0)
        chunks = self._db.chunks.with_options(write_concern=concern)
        async with _paced(self._writing):
            await chunks.insert_one({"files_id": file, "n": number, "data": chunk})
