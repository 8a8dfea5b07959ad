"""Collections that only the server which serves can write to.

A process may be stopped between its look at the lease and its write, and go on a minute
later. So the write itself says until when it is good, by the database's clock: that is how
long the lease lasts, and nobody else serves before. A late one changes nothing.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from pymongo.errors import WriteError
from pymongo.results import DeleteResult, UpdateResult

from store.errors import NotServing

if TYPE_CHECKING:
    from store.lease.lease import Lease

_CONVERSION_FAILED = 241
_NEVER = "_hearth_never"  # a field that no document has
_UNFENCED = frozenset(
    {
        "aggregate", "create_indexes", "database", "distinct", "find", "find_one",
        "index_information", "name",
    }
)  # fmt: skip
LATE = "This came too late: another server may serve by now. Please try again."


class FencedCollection:
    """A collection whose every write is refused if it comes after the lease.

    Reading is left to the driver's own, as are writes with options (`with_options`), which
    are only checked before: the bytes of files, which count when their document is written.
    """

    def __init__(self, collection: Any, lease: "Lease") -> None:
        self._collection, self._lease = collection, lease

    def __getattr__(self, name: str) -> Any:
        """Another of the driver's methods, if coming late does no harm to it."""
        if name not in _UNFENCED:
            raise AttributeError(f"{name} has no fence; write one in {__name__}.")
        return getattr(self._collection, name)

    async def count_documents(self, query: Mapping[str, Any], **more: Any) -> int:
        """The number of documents."""
        return int(await self._collection.count_documents(query, **more))

    def in_time(self) -> dict[str, Any]:
        """The condition of a write that it comes in time."""
        if self._lease.is_exclusive:
            return {}
        return {"$expr": {"$lt": ["$$NOW", self._lease.until]}}

    def with_options(self, **options: Any) -> Any:
        """The driver's own collection, for a write whose coming late does no harm."""
        self._lease.require()
        return self._collection.with_options(**options)

    async def insert_one(self, document: dict[str, Any]) -> None:
        """Insert a document."""
        self._lease.require()
        await self._lease.finish(self._insert(document))

    async def _insert(self, document: dict[str, Any]) -> None:
        if self._lease.is_exclusive:
            await self._collection.insert_one(document)
            return
        id = document.setdefault("_id", ObjectId())
        in_time = {"$lt": ["$$NOW", self._lease.until]}
        late = {"$toInt": {"$concat": ["late ", {"$toString": "$$NOW"}]}}  # is an error
        stored = {"$cond": [in_time, {"$literal": document}, late]}
        try:
            # An insert has no condition. What this looks for is never there, so it inserts,
            # or finds its key taken, as an insert does.
            await self._collection.update_one(
                {"_id": id, _NEVER: True}, [{"$replaceWith": stored}], upsert=True
            )
        except WriteError as error:
            if error.code == _CONVERSION_FAILED:
                raise NotServing(LATE) from None
            raise

    async def update_one(
        self, query: Mapping[str, Any], *args: Any, **more: Any
    ) -> UpdateResult:
        """Update a document."""
        done: UpdateResult = await self._write("update_one", query, *args, **more)
        return done

    async def update_many(
        self, query: Mapping[str, Any], *args: Any, **more: Any
    ) -> UpdateResult:
        """Update documents."""
        done: UpdateResult = await self._write("update_many", query, *args, **more)
        return done

    async def replace_one(
        self, query: Mapping[str, Any], *args: Any, **more: Any
    ) -> UpdateResult:
        """Replace a document."""
        done: UpdateResult = await self._write("replace_one", query, *args, **more)
        return done

    async def delete_one(self, query: Mapping[str, Any], **more: Any) -> DeleteResult:
        """Delete a document."""
        done: DeleteResult = await self._write("delete_one", query, **more)
        return done

    async def delete_many(self, query: Mapping[str, Any], **more: Any) -> DeleteResult:
        """Delete documents."""
        done: DeleteResult = await self._write("delete_many", query, **more)
        return done

    async def find_one_and_update(
        self, query: Mapping[str, Any], *args: Any, **more: Any
    ) -> Any:
        """Update a document, and give it."""
        return await self._write("find_one_and_update", query, *args, **more)

    async def find_one_and_delete(self, query: Mapping[str, Any], **more: Any) -> Any:
        """Delete a document, and give it."""
        return await self._write("find_one_and_delete", query, **more)

    async def bulk_write(self, writes: list[Any], **more: Any) -> Any:
        """Many writes, whose conditions are the caller's business."""
        self._lease.require()
        return await self._lease.finish(self._collection.bulk_write(writes, **more))

    async def _write(
        self, name: str, query: Mapping[str, Any], *args: Any, **more: Any
    ) -> Any:
        self._lease.require()
        if not more.get("upsert"):  # With one, the database allows no such condition.
            condition = self.in_time()
            query = {**query, **condition} if "$expr" not in query else {
                "$and": [query, condition]
            }  # fmt: skip
        write = getattr(self._collection, name)(query, *args, **more)
        result = await self._lease.finish(write)
        if result is None or _found(result) == 0:
            await self._lease.confirm()
        return result


def _found(result: Any) -> int:
    """The number of documents that a write has found, if it says that."""
    for name in ("matched_count", "deleted_count"):
        if (count := getattr(result, name, None)) is not None:
            return int(count)
    return 1
