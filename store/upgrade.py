"""Data as earlier versions left it becomes today's, at start and without a hand.

`meta` says which version the data has. Each step leads to the next one, and repeats what it
finds undone, so that a kill between any two writes loses nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pymongo import UpdateOne

from store.errors import CannotStart

MAX_MOVED = 1_000  # documents in one write
# An index of a million messages takes longer than anybody waits for an answer; MongoDB
# gives up what is over its time, and would begin anew for ever.
UPGRADE_SECONDS = 3_600.0

DATA_VERSION = "data"  # the document of `meta` that has it
UNNUMBERED = {"sessions", "tokens", "postings"}

Document = dict[str, Any]


async def upgrade(database: Any) -> None:
    """Bring everything up to date, before anybody is served."""
    names = set(await database.list_collection_names())
    # Somebody may have gone back to a server that makes these and knows of no versions.
    before = 0 if names & UNNUMBERED else await version_of(database.meta)
    for number, step in enumerate(STEPS[before:], before + 1):
        await step(database)
        await database.meta.update_one(
            {"_id": DATA_VERSION}, {"$set": {"version": number}}, upsert=True
        )


async def version_of(meta: Any) -> int:
    """The version of the data: how many of the steps led to it."""
    document = await meta.find_one({"_id": DATA_VERSION})
    return int(document["version"]) if document else 0


async def require_known_version(meta: Any) -> None:
    """Keep off data that a newer server has changed in ways that we do not know.

    Raises:
        CannotStart: if they are.
    """
    if (found := await version_of(meta)) > len(STEPS):
        raise CannotStart(
            f"These data are of version {found}, which a newer Hearth made; this one knows "
            f"versions up to {len(STEPS)}. Use that Hearth, or a backup from before it."
        )


async def _take_over_unnumbered(database: Any) -> None:
    """Upgrade data without a version: sessions and tokens apart, and postings."""
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


STEPS: tuple[Callable[[Any], Awaitable[None]], ...] = (_take_over_unnumbered,)
