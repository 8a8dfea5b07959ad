"""Whole collections, as they are: what backups and exports are read from and written to.

The driver's own asynchronous client, and not Motor: documents stay the bytes that they are,
and a session reads all collections as they were at one moment, while people write.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import IO, Any

from bson import CodecOptions, decode_file_iter
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError

from store.errors import Failed

Raw = RawBSONDocument
Query = Mapping[str, Any]

PATIENCE = 5_000  # milliseconds to find the database; a read may then take its time
UNFINISHED = "unfinished"  # the document of `meta` that is there while a copy is written
WINDOW = 86_400  # seconds that a snapshot may be read; MongoDB's default is 300
BATCH, BYTES = 1_000, 4 * 1024 * 1024  # documents and bytes in one write
_GONE, _NOT_YET = 239, 246  # the snapshot is too old; a collection was made just now
_TRIES = 50
_BUT_MARK = {"_id": {"$ne": UNFINISHED}}


class Copy:
    """A database that is read or written as a whole; a snapshot, if it has a session."""

    def __init__(
        self, database: AsyncDatabase[Raw], session: AsyncClientSession | None = None
    ) -> None:
        self._database, self._session = database, session

    async def collections(self) -> list[str]:
        """The names of all collections, by name."""
        names = await self._database.list_collection_names(filter={"type": "collection"})
        return sorted(name for name in names if not name.startswith("system."))

    async def can_be_read(self) -> bool:
        """Whether all collections were there already at the session's moment."""
        try:
            for name in await self.collections():
                await self._database[name].find_one(session=self._session)
        except OperationFailure as error:
            if error.code == _NOT_YET:
                return False
            raise
        return True

    async def about(self, name: str) -> int:
        """How many documents a collection has, roughly and at once."""
        return await self._database[name].estimated_document_count()

    async def read(
        self, name: str, query: Query | None = None, *, by: str = "_id"
    ) -> AsyncIterator[Raw]:
        """The documents of a collection in the order of a field."""
        found = self._database[name].find(query or {}, session=self._session)
        try:
            async for document in found.sort(by, ASCENDING).batch_size(BATCH):
                yield document
        except OperationFailure as error:
            if error.code not in {_GONE, _NOT_YET}:
                raise
            raise Failed(
                "The database did not keep the state of the beginning for so long. Try "
                "again; if it goes on, let it: minSnapshotHistoryWindowInSeconds."
            ) from None

    async def digest(self, name: str) -> tuple[int, str]:
        """How many documents a collection has, and the SHA-256 of all of them."""
        count, digest = 0, hashlib.sha256()
        async for document in self.read(name, _BUT_MARK):
            digest.update(document.raw)
            count += 1
        return count, digest.hexdigest()

    async def is_used(self) -> bool:
        """Whether there is anything that somebody would miss."""
        for name, query in (("users", {}), ("messages", {}), ("meta", {"_id": UNFINISHED})):
            if await self._database[name].find_one(query) is not None:
                return True
        return False

    async def begin(self) -> None:
        """Remove everything, and have no server start on it until `finish`."""
        mark: Any = {"_id": UNFINISHED}
        await self._database.meta.replace_one(mark, mark, upsert=True)
        await self._database.meta.delete_many(_BUT_MARK)
        for name in await self.collections():
            if name != "meta":
                await self._database.drop_collection(name)

    async def insert(self, name: str, documents: Iterable[Any]) -> AsyncGenerator[int]:
        """Write documents, a batch at a time; how many were in each."""
        waiting = iter(documents)
        while batch := _next_batch(waiting):
            await self._database[name].insert_many(batch)
            yield len(batch)

    async def finish(self) -> None:
        """All is there; the next start makes a new epoch, so that clients load afresh."""
        await self._database.meta.delete_many({"_id": {"$in": [UNFINISHED, "epoch"]}})


@asynccontextmanager
async def open_copy(url: str) -> AsyncIterator[Copy]:
    """The database of a URL, for writing."""
    async with _connect(url) as client:
        yield Copy(client.get_default_database("hearth"))


@asynccontextmanager
async def snapshot(url: str, *, ours: bool, stopped: bool) -> AsyncIterator[Copy]:
    """The database of a URL, as it is now; `ours` if it is the private one.

    Raises:
        Failed: if it cannot give a snapshot, and nobody has said that Hearth is stopped.
    """
    async with _connect(url) as client:
        database = client.get_default_database("hearth")
        hello = await client.admin.command("hello")
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            if not stopped:
                raise Failed(
                    "This MongoDB is a standalone, which cannot be read as of one moment. "
                    "Make it a replica set of one, or stop Hearth and say --stopped."
                )
            yield Copy(database)
            return
        async with _window(client, ours=ours):
            for _ in range(_TRIES):
                async with client.start_session(snapshot=True) as session:
                    copy = Copy(database, session)
                    if await copy.can_be_read():
                        yield copy
                        return
                await asyncio.sleep(0.1)
        raise Failed("The database makes new collections; please try again.")


def documents(file: IO[bytes]) -> Iterable[Raw]:
    """The documents of a BSON file, one at a time.

    Raises:
        Failed: through the iterator, if it is no such file.
    """
    try:
        yield from decode_file_iter(file, CodecOptions(document_class=Raw))
    except BSONError as error:
        raise Failed(f"It holds what is not BSON: {error}.") from None


def _connect(url: str) -> AsyncMongoClient[Raw]:
    return AsyncMongoClient(
        url,
        document_class=Raw,
        serverSelectionTimeoutMS=PATIENCE,
        w="majority",
        journal=True,
        appname="hearth",
    )


@asynccontextmanager
async def _window(client: AsyncMongoClient[Raw], *, ours: bool) -> AsyncIterator[None]:
    name = "minSnapshotHistoryWindowInSeconds"
    if not ours:
        yield
        return
    before = (await client.admin.command({"getParameter": 1, name: 1}))[name]
    await client.admin.command({"setParameter": 1, name: WINDOW})
    try:
        yield
    finally:
        with suppress(PyMongoError):
            await client.admin.command({"setParameter": 1, name: before})


def _next_batch(waiting: Iterable[Any]) -> list[Any]:
    batch: list[Any] = []
    size = 0
    for document in islice(waiting, BATCH):
        batch.append(document)
        size += len(document.raw) if isinstance(document, Raw) else 0
        if size >= BYTES:
            break
    return batch
