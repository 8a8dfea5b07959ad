"""The fence: what keeps a late batch of a server that serves no more out of the log.

An insert has no condition. So the first document of each is a number, one more than the
last: whoever begins to serve takes the next one, and with it the place of the only batch
that can still be on its way. The numbers stand in a room that nobody can name.
"""

from typing import Any

from pymongo import DESCENDING, InsertOne
from pymongo.errors import DuplicateKeyError

from store.database import Database
from store.errors import NotServing
from store.lease.fenced import LATE

ROOM = ""  # of the numbers
KEPT_FENCES = 100  # numbers; older ones are deleted


class Fence:
    """The numbers of one server; none if no other can reach its database."""

    def __init__(self, db: Database) -> None:
        self._db, self._last, self._tidied = db, 0, 0
        self._is_known = False  # what the last one is: not after a write that may be late

    async def claim(self) -> None:
        """Keep out what is still on its way from whoever served before."""
        while not self._db.lease.is_exclusive:
            await self.settle()
            try:
                await self._db.messages.insert_one(self._number(1))
            except DuplicateKeyError:
                self._is_known = False  # It has just come.
                continue
            self._last += 1
            return

    async def settle(self) -> None:
        """Find out which number is the last, where that is not known."""
        if not self._is_known and not self._db.lease.is_exclusive:
            found = await self._db.messages.find_one(
                {"room": ROOM}, {"rev": 1}, sort=[("rev", DESCENDING)]
            )
            self._last, self._is_known = found["rev"] if found else 0, True

    def insert(self, others: int) -> list[InsertOne[Any]]:
        """The fence that goes before messages that are inserted together."""
        if self._db.lease.is_exclusive:
            return []
        self._is_known = False
        return [InsertOne(self._number(others + 1))]

    def passed(self, count: int) -> None:
        """Take note that so many were stored."""
        self._last, self._is_known = self._last + count, True

    async def settle_duplicate(self) -> None:
        """Go on after a number that was there already, if it was our own.

        Raises:
            NotServing: if it was not.
        """
        number = self._number(1)
        found = await self._db.messages.find_one({"_id": number["_id"]})
        if not found or found["term"] != number["term"]:
            await self._db.lease.confirm()
            raise NotServing(LATE)
        self._is_known = False

    async def tidy(self) -> None:
        """Delete old numbers, now and then."""
        if self._last > self._tidied + KEPT_FENCES:
            old = {"room": ROOM, "rev": {"$lt": self._last}}
            self._tidied = self._last
            await self._db.messages.delete_many(old)

    def _number(self, after: int) -> dict[str, Any]:
        return _numbered(self._last + after, self._db.lease.term)


async def keep_out(old: Any, new: Any, term: int) -> None:
    """Keep out of a new collection what is on its way to the one that it replaces."""
    last = await old.find_one({"room": ROOM}, {"rev": 1}, sort=[("rev", DESCENDING)])
    if last:
        await new.insert_one(_numbered(last["rev"] + 1, term))


def _numbered(number: int, term: int) -> dict[str, Any]:
    id = {"sender": "", "id": f"fence {number}"}
    return {"_id": id, "room": ROOM, "seq": number, "rev": number, "term": term}
