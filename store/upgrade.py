"""Data as earlier versions left it becomes today's, at start and without a hand.

A step repeats what it finds undone, so that a kill between any two writes loses nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pymongo import UpdateOne

MAX_MOVED = 1_000  # documents in one write

Document = dict[str, Any]


async def upgrade(database: Any) -> None:
    """Bring everything up to date, before anybody is served."""
    names = set(await database.list_collection_names())
    for name, convert in (("sessions", _of_session), ("tokens", _of_token)):
        if name in names:
            await _move(database, name, "access", convert)
    if "postings" in names:
        await _drop_old_search(database)


async def _drop_old_search(database: Any) -> None:
    """Until 2026-11-26 the search's index was in the database; the fields are ignored."""
    for index in await database.messages.index_information():
        if index in {"serial_1", "revised_1"}:
            await database.messages.drop_index(index)
    await database.meta.delete_one({"_id": "serials"})
    await database.drop_collection("postings")


async def _move(
    database: Any,
    old: str,
    new: str,
    convert: Callable[[Mapping[str, Any]], Document],
) -> None:
    """Each document stays in the old collection until it is in the new one."""
    while documents := await database[old].find().to_list(MAX_MOVED):
        await database[new].bulk_write(
            [
                UpdateOne(
                    {"_id": each["_id"]}, {"$setOnInsert": convert(each)}, upsert=True
                )
                for each in documents
            ],
            ordered=False,
        )
        moved = [each["_id"] for each in documents]
        await database[old].delete_many({"_id": {"$in": moved}})
    await database.drop_collection(old)


def _of_session(document: Mapping[str, Any]) -> Document:
    kept = {name: document[name] for name in document.keys() - {"_id", "last_seen_at"}}
    return {
        **kept,
        "kind": "session",
        "key": document["_id"],
        "last_used_at": document["last_seen_at"],
    }


def _of_token(document: Mapping[str, Any]) -> Document:
    kept = {name: document[name] for name in document.keys() - {"_id", "hash"}}
    return {**kept, "kind": "token", "key": document["hash"]}
