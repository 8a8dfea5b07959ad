"""Whole collections: read as of one moment, and replaced as a whole.

Documents are lines of MongoDB's Extended JSON, which any program reads and which keeps what
JSON has no form for, as in `{"$date": "..."}`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import IO, Any, TypeAlias

from bson import CodecOptions, decode_file_iter, json_util
from bson.errors import BSONError
from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo import ASCENDING
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from store.database import OURS, UNFINISHED
from store.errors import Failed, NotServing
from store.indexes import INDEXES
from store.lease.lease import Lease
from store.log.fence import keep_out
from store.mongod.client import Client, make_client
from store.mongod.support import is_standalone
from store.upgrade import require_known_version

Document: TypeAlias = dict[str, Any]

STAGED = "restoring."  # prefix of the collections that are not complete yet
HISTORY_SECONDS = 86_400  # that a snapshot may be read; MongoDB's default is 300
BATCH_DOCUMENTS, BATCH_BYTES = 1_000, 4 * 1024 * 1024
SNAPSHOT_TRIES = 50
_GONE, _NOT_YET = 239, 246  # the snapshot is too old; a collection was made just now
_DUPLICATE = 11_000
# The documents of `meta` that no copy has.
_OF_ONE_SERVER = {"epoch", "lease", "answers", UNFINISHED}
# The numbers of `store/log/fence.py` are in no room, and are no messages.
_KEPT: dict[str, Document] = {
    "meta": {"_id": {"$nin": sorted(_OF_ONE_SERVER)}},
    "messages": {"room": {"$gt": ""}},
}
_CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True)
_JSON = json_util.JSONOptions(json_mode=json_util.JSONMode.RELAXED, tz_aware=True)


def to_line(document: Mapping[str, Any]) -> bytes:
    """A document as a line."""
    text = json_util.dumps(document, json_options=_JSON, ensure_ascii=False)
    return text.encode() + b"\n"


def from_line(line: bytes) -> Document:
    """The document of a line.

    Raises:
        Failed: if it is none.
    """
    try:
        found = json_util.loads(line.decode(), json_options=_JSON)
    except (ValueError, TypeError, KeyError, RecursionError, BSONError) as error:
        raise Failed(f"A line is not understood ({error!r:.200}): {line[:200]!r}") from None
    if not isinstance(found, dict):
        raise Failed(f"A line is no object: {line[:200]!r}")
    return found


def from_bson(file: IO[bytes]) -> Iterator[Document]:
    """The documents of a BSON file, as backups had them once.

    Raises:
        Failed: through the iterator, if it is none.
    """
    try:
        yield from decode_file_iter(file, _CODEC)
    except BSONError as error:
        raise Failed(f"It holds what is not BSON: {error}.") from None


class Snapshot:
    """A database as of one moment, if it has a session."""

    def __init__(
        self, client: Client, session: AsyncIOMotorClientSession | None = None
    ) -> None:
        self._database = client.get_default_database("hearth")
        self._session = session

    async def collections(self) -> list[str]:
        """The names of all collections, by name."""
        return await _collections(self._database)

    async def can_be_read(self) -> bool:
        """True if all collections were there already at the session's moment."""
        try:
            for name in await self.collections():
                await self._database[name].find_one(session=self._session)
        except OperationFailure as error:
            if error.code == _NOT_YET:
                return False
            raise
        return True

    async def count(self, name: str) -> int:
        """The number of documents in a collection, roughly and at once."""
        return int(await self._database[name].estimated_document_count())

    async def read(
        self, name: str, query: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Document]:
        """The documents of a collection that a copy has, in the order of `_id`."""
        chosen = {"$and": [query or {}, _KEPT.get(name, {})]}
        found = self._database[name].find(chosen, session=self._session)
        try:
            async for document in found.sort("_id", ASCENDING):
                yield document
        except OperationFailure as error:
            if error.code not in {_GONE, _NOT_YET}:
                raise
            raise Failed(
                "The database did not keep the state of the beginning for so long. Try "
                "again; if it goes on, let it: minSnapshotHistoryWindowInSeconds."
            ) from None


class Replacement:
    """Collections that are written beside those that are there, and take their place.

    Until `take_its_place`, whatever fails has changed nothing; what it wrote is removed by
    the next attempt.
    """

    def __init__(self, client: Client, lease: Lease) -> None:
        self._client, self._lease = client, lease
        self._database = client.get_default_database("hearth")

    async def is_used(self) -> bool:
        """True if there is anything that somebody would miss."""
        mark, said = {"_id": UNFINISHED}, _KEPT["messages"]
        looks: dict[str, dict[str, Any]] = {"users": {}, "messages": said, "meta": mark}
        for name, query in looks.items():
            if await self._database[name].find_one(query) is not None:
                return True
        return False

    async def begin(self, names: Iterable[str]) -> None:
        """Make the collections, empty, with the indexes that refuse what cannot be."""
        for name in await _collections(self._database):
            if name.startswith(STAGED):
                await self._database.drop_collection(name)
        for name in names:
            staged = await self._database.create_collection(STAGED + name)
            if indexes := INDEXES.get(OURS.get(name, name)):
                await staged.create_indexes(indexes)

    async def insert(self, name: str, documents: Iterable[Document]) -> AsyncGenerator[int]:
        """Write documents, a batch at a time; how many were in each.

        Raises:
            Failed: if two of them cannot be in one database, or one is none.
        """
        for batch in batches(documents):
            try:
                await self._database[STAGED + name].insert_many(batch)
            except BulkWriteError as error:
                fault = (error.details.get("writeErrors") or [{}])[0]
                if fault.get("code") != _DUPLICATE:
                    raise
                raise Failed(f"{name} has something twice; nothing was changed.") from None
            except (BSONError, OverflowError, TypeError) as error:
                raise Failed(f"{name} has what cannot be stored: {error!r:.200}") from None
            yield len(batch)

    async def read(self, name: str) -> AsyncIterator[Document]:
        """The written documents, in the order of `_id`."""
        found = self._database[STAGED + name].find().sort("_id", ASCENDING)
        # Between batches the lease is renewed, so they must not be large.
        async for document in found.batch_size(BATCH_DOCUMENTS):
            yield document

    async def take_its_place(self) -> None:
        """Put what was written where it belongs, and remove everything else.

        No server starts on it before it is done; the next one makes a new epoch, so that
        clients load afresh.

        Raises:
            CannotStart: if a newer Hearth wrote it; nothing is changed then.
            Failed: if another server has taken over meanwhile; the same.
        """
        await require_known_version(self._database[STAGED + "meta"])
        try:
            await self._lease.hold()
        except NotServing:
            raise Failed("Another server has taken over; nothing was changed.") from None
        mark = {"_id": UNFINISHED}
        meta = self._database.meta
        await meta.replace_one(mark, mark, upsert=True)
        names = await _collections(self._database)
        staged = {name.removeprefix(STAGED) for name in names if name.startswith(STAGED)}
        old, new = (self._database[name] for name in ("messages", STAGED + "messages"))
        await keep_out(old, new, self._lease.term)
        for name in staged - {"meta"}:
            await self._client.admin.command(
                "renameCollection",
                f"{self._database.name}.{STAGED}{name}",
                to=f"{self._database.name}.{name}",
                dropTarget=True,
            )
        for name in set(names) - staged - {"meta"}:
            if not name.startswith(STAGED):
                await self._database.drop_collection(name)
        await meta.delete_many({"_id": {"$nin": [UNFINISHED, "lease"]}})
        async for document in self._database[STAGED + "meta"].find():
            await meta.replace_one({"_id": document["_id"]}, document, upsert=True)
        await self._database.drop_collection(STAGED + "meta")
        await meta.delete_one(mark)


@asynccontextmanager
async def open_replacement(url: str, lease: Lease) -> AsyncIterator[Replacement]:
    """The database of a URL, to be replaced."""
    client = make_client(url)
    try:
        yield Replacement(client, lease)
    finally:
        client.close()


@asynccontextmanager
async def open_snapshot(url: str, *, ours: bool, stopped: bool) -> AsyncIterator[Snapshot]:
    """The database of a URL, as it is now; `ours` if it is the private one.

    Raises:
        Failed: if it cannot give a snapshot, and nobody has said that Hearth is stopped.
    """
    client = make_client(url)
    try:
        hello = await client.admin.command("hello")
        if is_standalone(hello):
            if not stopped:
                raise Failed(
                    "This MongoDB is a standalone, which cannot be read as of one moment. "
                    "Make it a replica set of one, or stop Hearth and say --stopped."
                )
            yield Snapshot(client)
            return
        async with _long_history(client, ours=ours):
            for _ in range(SNAPSHOT_TRIES):
                async with await client.start_session(snapshot=True) as session:
                    snapshot = Snapshot(client, session)
                    if await snapshot.can_be_read():
                        yield snapshot
                        return
                await asyncio.sleep(0.1)
        raise Failed("The database makes new collections; please try again.")
    finally:
        client.close()


async def _collections(database: Any) -> list[str]:
    names = await database.list_collection_names(filter={"type": "collection"})
    return sorted(name for name in names if not name.startswith("system."))


@asynccontextmanager
async def _long_history(client: Client, *, ours: bool) -> AsyncIterator[None]:
    name = "minSnapshotHistoryWindowInSeconds"
    if not ours:
        yield
        return
    before = (await client.admin.command({"getParameter": 1, name: 1}))[name]
    await client.admin.command({"setParameter": 1, name: HISTORY_SECONDS})
    try:
        yield
    finally:
        with suppress(PyMongoError):
            await client.admin.command({"setParameter": 1, name: before})


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents as many at a time as one write should have."""
    batch: list[Document] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += sum(
            len(each) for each in document.values() if isinstance(each, bytes | str)
        )
        if size >= BATCH_BYTES or len(batch) == BATCH_DOCUMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
