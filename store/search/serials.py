"""The numbers of all texts of this server; and those for what was stored without."""

from typing import Any

from pymongo import ASCENDING, DESCENDING, UpdateOne, timeout

from store.database import Database

STEP = 500  # messages numbered in one write
LONGEST = 3_600  # seconds; sorting a million messages takes longer than a request may
_OLD: dict[str, Any] = {"serial": {"$exists": False}}


async def last(db: Database, old: int) -> int:
    """The last number in use; the first call keeps some free for so many old messages."""
    known = await db.meta.find_one({"_id": "serials"})
    if known is None:
        known = {"_id": "serials", "kept": old, "numbered": old == 0}
        await db.meta.insert_one(known)
    highest = [int(known["kept"])]
    for field in ("serial", "revised"):
        top = await db.messages.find_one(
            {field: {"$exists": True}}, {field: 1}, sort=[(field, DESCENDING)]
        )
        highest.append(top[field] if top else 0)
    return max(highest)


async def number_old(db: Database) -> None:
    """Give numbers to what was stored before there were any, in the order of its time.

    Interrupted, it goes on the next time. It changes no `rev`: nobody sees a difference.
    """
    known = await db.meta.find_one({"_id": "serials"})
    if known is None or known["numbered"]:
        return
    below = {"serial": {"$lte": known["kept"]}}
    top = await db.messages.find_one(below, {"serial": 1}, sort=[("serial", DESCENDING)])
    number = top["serial"] if top else 0
    order = {"created_at": ASCENDING, "room": ASCENDING, "seq": ASCENDING}
    pipeline = [{"$match": _OLD}, {"$project": order}, {"$sort": order}]
    with timeout(LONGEST):
        found = db.messages.aggregate(pipeline, allowDiskUse=True)
        while some := await found.to_list(STEP):
            writes = [
                UpdateOne(
                    {"_id": document["_id"], **_OLD}, {"$set": {"serial": number + at}}
                )
                for at, document in enumerate(some, 1)
            ]
            number += len(some)
            await db.messages.bulk_write(writes, ordered=False)
    await db.meta.update_one({"_id": "serials"}, {"$set": {"numbered": True}})
