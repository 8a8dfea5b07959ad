"""Members: users in rooms. Whoever asks about a room is looked up here first."""

from collections.abc import Mapping
from typing import Any

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from store import users
from store.database import Database
from store.errors import Conflict, NotFound
from store.records import Mark, Member, Role, from_document, now
from store.rooms import ROOM_NOT_FOUND

MAX_LISTED = 10_000  # members in one listing
MAX_MARKS = 10_000  # in one command; the database takes at most 100,000


def _key(room: str, user: str) -> dict[str, str]:
    # BSON compares embedded documents field by field, so this order is part of the key.
    return {"room": room, "user": user}


def _forget(db: Database, room: str, user: str) -> None:
    db.cache.forget(("member", room, user), ("told of all", room))


async def add(
    db: Database, room: str, user: str, *, role: str = "member", read: int = 0, by: str = ""
) -> tuple[Member, bool]:
    """Make a user a member of a room, once; `read` is where their unread begins.

    `by` is who made them one: themselves, somebody else, or nobody.

    Returns:
        The member, and whether this call made them one.
    """
    place = await db.rooms.find_one({"_id": room}, {"departures": 1}) or {}
    person = await users.find(db, user)
    document = {
        "_id": _key(room, user),
        "role": role,
        "joined_at": now(),
        "read": read,
        "favorite": False,
        # A direct message needs an answer; a room that told of everything would be muted,
        # unless somebody chose so.
        "notify": "all" if "~" in room else person.notify if person else "mentions",
        "by": by,
        "version": place.get("departures", 0) + 1,
    }
    try:
        await db.members.insert_one(document)
    except DuplicateKeyError:
        return await require(db, room, user), False
    finally:
        _forget(db, room, user)
    return to_member(document), True


async def find(db: Database, room: str, user: str) -> Member | None:
    """A user's membership of a room; its read mark may be older than the latest."""

    async def read() -> Member | None:
        document = await db.members.find_one({"_id": _key(room, user)})
        return to_member(document) if document else None

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
    return [to_member(document) for document in await found.to_list(MAX_LISTED)]


async def told_of_all(db: Database, room: str) -> frozenset[str]:
    """The members of a room who want to be told of every message."""

    async def read() -> frozenset[str]:
        asked = {"_id.room": room, "notify": "all"}
        return frozenset(await db.members.distinct("_id.user", asked))

    return await db.cache.get(("told of all", room), read) or frozenset()


async def of_user(db: Database, user: str) -> list[Member]:
    """A user's memberships."""
    found = db.members.find({"_id.user": user})
    return [to_member(document) for document in await found.to_list(MAX_LISTED)]


async def rooms_of(db: Database, user: str) -> set[str]:
    """The names of the rooms that a user is a member of, as of now."""
    return set(await db.members.distinct("_id.room", {"_id.user": user}))


async def count(db: Database, user: str) -> int:
    """The number of rooms that a user came into by themselves: made, joined or opened.

    Not those into which others brought them: nobody can be filled up.
    """
    return await db.members.count_documents({"_id.user": user, "by": user})


async def change(db: Database, room: str, user: str, **fields: Any) -> Member:
    """Set fields of a membership.

    Raises:
        NotFound: if they are not a member.
    """
    try:
        document = await db.members.find_one_and_update(
            {"_id": _key(room, user)},
            {"$set": fields, "$inc": {"version": 1}},
            return_document=True,
        )
    finally:
        _forget(db, room, user)
    if document is None:
        raise NotFound(ROOM_NOT_FOUND)
    return to_member(document)


async def give_role(db: Database, member: Member, role: str) -> Member:
    """Make a member an owner of their room, or an owner a mere member.

    Raises:
        NotFound: if they have left.
        Conflict: if no enabled person would be left as an owner.
    """
    if role != "owner" and not await find_owner(db, member.room, but=member.user):
        raise Conflict("The last owner stays owner; make somebody else one first.")
    return await change(db, member.room, member.user, role=role)


async def remove(db: Database, member: Member) -> None:
    """End a membership."""
    try:
        key = {"_id": _key(member.room, member.user)}
        was = await db.members.find_one_and_delete(key) or {}
        # Whoever comes back begins with a higher version than they left with.
        await db.rooms.update_one(
            {"_id": member.room}, {"$max": {"departures": was.get("version", 0) + 1}}
        )
    finally:
        _forget(db, member.room, member.user)


async def find_owner(db: Database, room: str, *, but: str = "") -> Member | None:
    """The longest-standing owner of a room who is an enabled person."""
    return await _longest_standing(db, {"_id.room": room, "role": "owner"}, but)


async def ensure_owner(db: Database, room: str) -> tuple[Member | None, bool]:
    """Make the longest-standing enabled person an owner of a room that has none such.

    Returns:
        An owner, if there is an enabled person at all, and whether this made them one.
    """
    if owner := await find_owner(db, room):
        return owner, False
    if heir := await _longest_standing(db, {"_id.room": room}):
        return await change(db, room, heir.user, role="owner"), True
    return None, False


async def has_person(db: Database, room: str) -> bool:
    """True if anybody but bots is a member of a room, be they disabled."""
    found = await db.members.find({"_id.room": room}, {"_id.user": 1}).to_list(MAX_LISTED)
    people = [await users.find(db, document["_id"]["user"]) for document in found]
    return any(user is not None and user.role is not Role.BOT for user in people)


async def rooms_with_people(db: Database, **fields: Any) -> set[str]:
    """The rooms of which an enabled person is a member with these fields."""
    people = [each.name for each in await users.everyone(db) if each.is_active_person]
    return set(
        await db.members.distinct("_id.room", {"_id.user": {"$in": people}, **fields})
    )


async def _longest_standing(
    db: Database, which: Mapping[str, Any], but: str = ""
) -> Member | None:
    order = [("joined_at", ASCENDING), ("_id.user", ASCENDING)]
    async for document in db.members.find(which).sort(order):
        user = await users.find(db, document["_id"]["user"])
        if user and user.is_active_person and user.name != but:
            return to_member(document)
    return None


async def remove_all(db: Database, rooms: list[str]) -> None:
    """End all memberships of some rooms."""
    try:
        await db.members.delete_many({"_id.room": {"$in": rooms}})
    finally:
        db.cache.clear()


async def move_marks(db: Database, marks: Mapping[tuple[str, str], Mark]) -> None:
    """Store read marks over older ones of a membership; the keys are (room, user)."""
    database = db.members.database
    updates = [
        {
            "q": {
                "_id": _key(room, user),
                "joined_at": mark.joined_at,
                "read_version": {"$not": {"$gte": mark.version}},
            },
            "u": {
                "$set": {
                    "read": mark.seq,
                    "read_version": mark.version,
                    "own": list(mark.own),
                }
            },
        }
        for (room, user), mark in marks.items()
    ]
    # The command itself: the driver's bulk write would have the database keep a record of
    # each, lest a repetition does harm. Here it does none, and each costs half as much.
    for start in range(0, len(updates), MAX_MARKS):
        some = updates[start : start + MAX_MARKS]
        await database.command("update", db.members.name, updates=some, ordered=False)


def to_member(document: Mapping[str, Any]) -> Member:
    """A stored member."""
    key, own = document["_id"], tuple(document.get("own", ()))
    return from_document(Member, document, room=key["room"], user=key["user"], own=own)
