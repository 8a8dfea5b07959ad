"""The index of the search: which messages hold a key, in blocks of consecutive serials.

All keys of a block that begin alike are one document, so that a prefix is one lookup in
each block. Senders (`@ann`) and rooms (`#general`) are keys, too. The document that is
written last, of group "", makes a block complete.
"""

import asyncio
from array import array
from collections.abc import Collection, Iterable, Iterator, Set
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from bson import Binary
from pymongo import DESCENDING, DeleteOne, ReplaceOne

from store.database import Database
from store.search.groups import SIZE, Group, bits

PART = 4_000  # keys in one document, so that it stays far below the limit of 16 MB
END = ""
TIMES = "times"
Document = dict[str, Any]


def group(key: str) -> str:
    """The group of a key: two letters, or one character of a script that has many."""
    return key[:1] if key >= "\u1100" or key[0] in "@#" else key[:2]


class Block:
    """A block in memory: the newest one, or an older one that is changed."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.groups: dict[str, set[str]] = {}
        self.seconds = array("I", bytes(4 * SIZE))
        self._slots: dict[str, array[int]] = {}

    def add(self, slot: int, moment: datetime, keys: Iterable[str]) -> None:
        """Hold a message under these keys."""
        self.seconds[slot] = int(moment.timestamp())
        for key in keys:
            held = self._slots.get(key)
            if held is None:
                self.hold(key, held := array("H"))
            held.append(slot)

    def hold(self, key: str, slots: "array[int]") -> None:
        """Hold these messages, and no others, under a key."""
        self._slots[key] = slots
        self.groups.setdefault(group(key), set()).add(key)

    def forget(self, slots: Collection[int]) -> None:
        """Hold nothing of some messages any more, not even their words."""
        gone = set(slots)
        for key, held in list(self._slots.items()):
            if gone.isdisjoint(held):
                continue
            if left := array("H", [slot for slot in held if slot not in gone]):
                self._slots[key] = left
                continue
            del self._slots[key]
            self.groups[group(key)].remove(key)
            if not self.groups[group(key)]:
                del self.groups[group(key)]

    def forget_rooms(self, rooms: Set[str]) -> None:
        """Hold nothing of some rooms any more."""
        self.forget({slot for room in rooms for slot in self._slots.get(f"#{room}", ())})

    def packed(self, name: str) -> list[Group]:
        """A group, in as many parts as it needs."""
        keys = ((key, self._slots[key]) for key in sorted(self.groups.get(name, ())))
        parts = []
        while some := list(islice(keys, PART)):
            parts.append(Group.pack(some))
        return parts

    def documents(self) -> Iterator[Document]:
        """As it is stored."""
        for name in sorted(self.groups):
            for part, packed in enumerate(self.packed(name)):
                yield self._document(name, part, packed.content())
        used = [second for second in self.seconds if second] or [0]
        seconds = Binary(self.seconds.tobytes())
        yield self._document(TIMES, 0, {"seconds": seconds})
        yield self._document(END, 0, {"first": min(used), "last": max(used)})

    def _document(self, name: str, part: int, content: Document) -> Document:
        return {"_id": {"block": self.number, "group": name, "part": part}, **content}


async def completed(db: Database) -> int:
    """How many blocks are complete; what is left of the next one is removed."""
    newest = await db.postings.find_one(
        {"_id.group": END}, sort=[("_id.group", DESCENDING), ("_id.block", DESCENDING)]
    )
    count = newest["_id"]["block"] + 1 if newest else 0
    await db.postings.delete_many({"_id": {"$gte": {"block": count}}})
    return count


async def load(db: Database, number: int) -> tuple[Block, list[Document]]:
    """A block, to be changed, and its documents as they are."""
    bounds = {"$gte": {"block": number}, "$lt": {"block": number + 1}}
    stored = await db.postings.find({"_id": bounds}).to_list(None)
    block = Block(number)
    for document in stored:
        if "keys" in document:
            for key, slots in Group.of(document).unpacked():
                block.hold(key, slots)
        elif "seconds" in document:
            block.seconds = array("I", document["seconds"])
    return block, stored


async def save(db: Database, block: Block, stored: Iterable[Document] = ()) -> None:
    """Store what has changed of a block; repeated, it finds nothing to do."""
    before = {tuple(document["_id"].values()): document for document in stored}
    changed: list[ReplaceOne[Document] | DeleteOne] = []
    for document in block.documents():
        if before.pop(tuple(document["_id"].values()), None) != document:
            changed.append(ReplaceOne({"_id": document["_id"]}, document, upsert=True))
        await asyncio.sleep(0)  # Else a block would hold up everybody for 60 ms.
    gone = [DeleteOne({"_id": document["_id"]}) for document in before.values()]
    if writes := [*gone, *changed]:
        await db.postings.bulk_write(writes)


async def find(db: Database, name: str, blocks: Iterable[int]) -> dict[int, list[Group]]:
    """One group in some blocks."""
    query = {"_id.group": name, "_id.block": {"$in": list(blocks)}}
    found: dict[int, list[Group]] = {}
    async for document in db.postings.find(query):
        found.setdefault(document["_id"]["block"], []).append(Group.of(document))
    return found


async def holding(db: Database, rooms: Set[str]) -> set[int]:
    """The complete blocks that have messages of one of these rooms."""
    names = {f"#{room}" for room in rooms}
    return {
        document["_id"]["block"]
        async for document in db.postings.find({"_id.group": "#"}, {"keys": 1})
        if not names.isdisjoint(document["keys"].split("\n"))
    }


async def between(db: Database, since: datetime | None, until: datetime | None) -> set[int]:
    """The complete blocks that have messages of a time."""
    first, last = _seconds(since, until)
    query = {"_id.group": END, "first": {"$lte": last}, "last": {"$gte": first}}
    return {entry["_id"]["block"] async for entry in db.postings.find(query)}


async def began(db: Database, serial: int) -> datetime:
    """A moment before which all was posted that is below this serial."""
    key = {"block": serial // SIZE, "group": END, "part": 0}
    block = await db.postings.find_one({"_id": key})
    return datetime.fromtimestamp(block["first"] + 1 if block else 0, UTC)


async def times(db: Database, blocks: Iterable[int]) -> dict[int, "array[int]"]:
    """When the messages of some blocks were posted, in seconds, by slot."""
    query = {"_id.group": TIMES, "_id.block": {"$in": list(blocks)}}
    return {
        document["_id"]["block"]: array("I", document["seconds"])
        async for document in db.postings.find(query)
    }


def within(times: "array[int]", since: datetime | None, until: datetime | None) -> int:
    """The slots that were posted in a time, give or take a second, as a number."""
    first, last = _seconds(since, until)
    return bits([slot for slot, second in enumerate(times) if first <= second <= last])


def _seconds(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    return (
        int(since.timestamp()) if since else 0,
        int(until.timestamp()) if until else 2**32,
    )
