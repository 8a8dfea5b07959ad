"""Members: users in rooms. Whoever asks about a room is looked up here first."""

from collections.abc import Mapping
from typing import Any

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from store.database import Database
from store.errors import Conflict, NotFound
from store.records import Member, now
from store.rooms import ROOM_NOT_FOUND

MOST = 10_000  # members in one listing
MOST_MARKS = 10_000  # in one command; the database takes at most 100,000


def _key(room: str, user: str) -> dict[str, str]:
    # BSON compares embedded documents field by field, so this order is part of the key.
    return {"room": room, "user": user}


async def add(
    db: Database, room: str, user: str, *, role: str = "member", read: int = 0, by: str = ""
) -> tuple[Member, bool]:
    """Make a user a member of a room, once; `read` is where their unread begins.

    `by` is who made them one: themselves, somebody else, or nobody.

    Returns:
        The member, and whether this call made them one.
    """
    document = {
        "_id": _key(room, user),
        "role": role,
        "joined_at": now(),
        "read": read,
        "favorite": False,
        # A direct message needs an answer; a room that told of everything would be muted.
        "notify": "all" if "~" in room else "mentions",
        "by": by,
    }
    try:
        await db.members.insert_one(document)
    except DuplicateKeyError:
        return await require(db, room, user), False
    finally:
        db.cache.forget(("member", room, user))
    return _member(document), True


async def find(db: Database, room: str, user: str) -> Member | None:
    """A user's membership of a room; its read mark may be older than the latest."""

    async def read() -> Member | None:
        document = await db.members.find_one({"_id": _key(room, user)})
        return _member(document) if document else None

    return await db.cache.get(("member", room, user), read)


async def require(db: Database, room: str, user: str) -> Member:
    """A user's membership of a room.

    Raises:
        NotFound: if they are not a member, whether or not there is such a room.
    """
    if member := await find(db, room, user):
        return member
    raise NotFound(ROOM_NOT_FOUND)


async def of_room(db: Database, room: str) -> list[Member]:
    """A room's members, by name."""
    found = db.members.find({"_id.room": room}).sort("_id.user", ASCENDING)
    return [_member(document) for document in await found.to_list(MOST)]


async def of_user(db: Database, user: str) -> list[Member]:
    """A user's memberships."""
    found = db.members.find({"_id.user": user})
    return [_member(document) for document in await found.to_list(MOST)]


async def rooms_of(db: Database, user: str) -> set[str]:
    """The names of the rooms that a user is a member of, as of now."""
    return set(await db.members.distinct("_id.room", {"_id.user": user}))


async def count(db: Database, user: str) -> int:
    """How many rooms a user is in."""
    return await db.members.count_documents({"_id.user": user})


async def change(db: Database, room: str, user: str, **fields: Any) -> Member:
    """Set fields of a membership.

    Raises:
        NotFound: if they are not a member.
    """
    try:
        document = await db.members.find_one_and_update(
            {"_id": _key(room, user)}, {"$set": fields}, return_document=True
        )
    finally:
        db.cache.forget(("member", room, user))
    if document is None:
        raise NotFound(ROOM_NOT_FOUND)
    return _member(document)


async def give_role(db: Database, member: Member, role: str) -> Member:
    """Make a member an owner of their room, or an owner a mere member.

    Raises:
        NotFound: if they have left.
        Conflict: if no owner would be left.
    """
    others = {"_id.room": member.room, "_id.user": {"$ne": member.user}, "role": "owner"}
    async with db.one_at_a_time:  # Two last owners must not step down side by side.
        if role != "owner" and await db.members.find_one(others, {"_id": 1}) is None:
            raise Conflict("The last owner stays owner; make somebody else one first.")
        return await change(db, member.room, member.user, role=role)


async def remove(db: Database, member: Member) -> Member | None:
    """End a membership; a room that loses its last owner gets a new one.

    Returns:
        The longest-standing member, if this made them the owner.
    """
    async with db.one_at_a_time:  # Two last owners must not leave side by side.
        try:
            await db.members.delete_one({"_id": _key(member.room, member.user)})
        finally:
            db.cache.forget(("member", member.room, member.user))
        if member.role != "owner":
            return None
        left = {"_id.room": member.room}
        if await db.members.find_one({**left, "role": "owner"}):
            return None
        heir = await db.members.find_one(left, sort=[("joined_at", ASCENDING)])
        if heir is None:
            return None
        return await change(db, member.room, heir["_id"]["user"], role="owner")


async def remove_all(db: Database, rooms: list[str]) -> None:
    """End all memberships of some rooms."""
    try:
        await db.members.delete_many({"_id.room": {"$in": rooms}})
    finally:
        db.cache.clear()


async def move_marks(db: Database, marks: Mapping[tuple[str, str], int]) -> None:
    """Move read marks forward, never back; the keys are (room, user)."""
    database = db.members.database
    updates = [
        {"q": {"_id": _key(room, user)}, "u": {"$max": {"read": seq}}}
        for (room, user), seq in marks.items()
    ]
    # The command itself: the driver's bulk write would have the database keep a record of
    # each, lest a repetition does harm. Here it does none, and each costs half as much.
    for start in range(0, len(updates), MOST_MARKS):
        some = updates[start : start + MOST_MARKS]
        await database.command("update", db.members.name, updates=some, ordered=False)


def _member(document: Mapping[str, Any]) -> Member:
    return Member(
        room=document["_id"]["room"],
        user=document["_id"]["user"],
        role=document["role"],
        joined_at=document["joined_at"],
        read=document["read"],
        favorite=document["favorite"],
        notify=document["notify"],
    )
