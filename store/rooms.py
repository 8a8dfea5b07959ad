"""Rooms: what they are called and who may find them."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from store.database import DEFAULT_ROOM, Database
from store.errors import Conflict, NotFound
from store.records import Kind, Room, from_document, now

MAX_LISTED = 10_000  # rooms in one listing
ROOM_NOT_FOUND = "There is no such room, or you are not a member of it."


async def create(
    db: Database,
    name: str,
    *,
    kind: Kind,
    created_by: str,
    title: str = "",
    topic: str = "",
) -> Room:
    """Make a room, without members.

    Raises:
        Conflict: if the name is taken, or belonged to a room that was deleted: links to its
            messages must never lead to others.
    """
    versions = await db.meta.find_one({"_id": "rooms"}) or {}
    document = {
        "_id": name,
        "title": title,
        "topic": topic,
        "kind": kind.value,
        "created_by": created_by,
        "created_at": now(),
        "archived": False,
        "version": versions.get("forgotten", 0) + 1,
    }
    try:
        await db.rooms.insert_one(document)
    except DuplicateKeyError:
        raise Conflict(f"The name {name!r} is taken, or was used before.") from None
    finally:
        db.cache.forget(("room", name))
    return to_room(document)


async def find(db: Database, name: str) -> Room | None:
    """A room, if there is one of that name."""

    async def read() -> Room | None:
        document = await db.rooms.find_one({"_id": name, "deleted": {"$ne": True}})
        return to_room(document) if document else None

    return await db.cache.get(("room", name), read)


async def require(db: Database, name: str) -> Room:
    """A room.

    Raises:
        NotFound: if there is none of that name.
    """
    if room := await find(db, name):
        return room
    raise NotFound(ROOM_NOT_FOUND)


async def named(db: Database, names: Iterable[str]) -> list[Room]:
    """The rooms of these names that there are."""

    async def read(missing: list[Hashable]) -> dict[Hashable, Room]:
        ids = [key[1] for key in missing if isinstance(key, tuple)]
        found = db.rooms.find({"_id": {"$in": ids}, "deleted": {"$ne": True}})
        documents = await found.to_list(MAX_LISTED)
        return {("room", document["_id"]): to_room(document) for document in documents}

    return await db.cache.get_all([("room", name) for name in names], read)


async def public(db: Database) -> list[Room]:
    """The public rooms, by name."""
    found = db.rooms.find({"kind": Kind.PUBLIC.value, "deleted": {"$ne": True}})
    return [
        to_room(document)
        for document in await found.sort("_id", ASCENDING).to_list(MAX_LISTED)
    ]


async def change(db: Database, name: str, **fields: Any) -> Room:
    """Set fields of a room.

    Raises:
        NotFound: if there is no such room.
    """
    if fields.get("archived") and name == DEFAULT_ROOM:
        raise Conflict(f"The room {name!r} is everybody's; it stays open.")
    try:
        document = await db.rooms.find_one_and_update(
            {"_id": name, "deleted": {"$ne": True}},
            {"$set": fields, "$inc": {"version": 1}},
            return_document=True,
        )
    finally:
        db.cache.forget(("room", name))
    if document is None:
        raise NotFound(ROOM_NOT_FOUND)
    return to_room(document)


async def delete(db: Database, room: Room) -> None:
    """Retire a room for good; its name stays taken. The log deletes its messages.

    Raises:
        Conflict: if it is the default room, or a direct one.
    """
    if room.name == DEFAULT_ROOM or room.kind is Kind.DIRECT:
        raise Conflict("This room cannot be deleted.")
    try:
        await db.rooms.replace_one({"_id": room.name}, {"deleted": True})
    finally:
        db.cache.forget(("room", room.name))


async def forget(db: Database, name: str, member_version: int) -> None:
    """Let go a room in which nothing was ever said: its name is free again.

    `member_version` is the highest one of its members. A later room of the name begins with
    a version above all that was told of this one.
    """
    try:
        was = await db.rooms.find_one_and_delete({"_id": name}) or {}
        highest = was.get("version", 0) + max(was.get("departures", 0), member_version) + 1
        await db.meta.update_one(
            {"_id": "rooms"}, {"$max": {"forgotten": highest}}, upsert=True
        )
    finally:
        db.cache.forget(("room", name))


async def shared(db: Database) -> list[Room]:
    """All rooms that have owners: neither direct ones nor the default one; by name."""
    query = {
        "_id": {"$ne": DEFAULT_ROOM},
        "kind": {"$ne": Kind.DIRECT.value},
        "deleted": {"$ne": True},
    }
    found = db.rooms.find(query).sort("_id", ASCENDING)
    return [to_room(document) for document in await found.to_list(None)]


async def retired(db: Database) -> list[str]:
    """The names of deleted rooms."""
    return [room["_id"] async for room in db.rooms.find({"deleted": True}, {"_id": 1})]


def to_room(document: Mapping[str, Any]) -> Room:
    """A stored room."""
    kind = Kind(document["kind"])
    return from_document(Room, document, name=document["_id"], kind=kind)
