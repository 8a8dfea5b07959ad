"""Users: who has an account here."""

from collections.abc import Mapping
from typing import Any

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from store.database import Database
from store.errors import Conflict, NotFound
from store.records import Role, User, from_document, now

MAX_LISTED = 10_000  # users in one listing


async def create(
    db: Database,
    name: str,
    *,
    display_name: str,
    password_hash: str,
    role: Role = Role.MEMBER,
    founder: bool = False,
    created_by: str = "",
) -> User:
    """Make an account; with `founder`, the one that claims the owner's link.

    Raises:
        Conflict: if the name is taken, or somebody else was the founder.
    """
    document: dict[str, Any] = {
        "_id": name,
        "display_name": display_name,
        "password_hash": password_hash,
        "role": role.value,
        "disabled": False,
        "created_at": now(),
    }
    if founder:
        document["founder"] = True
    if created_by:
        document["created_by"] = created_by
    try:
        await db.users.insert_one(document)
    except DuplicateKeyError as error:
        if "founder" in (error.details or {}).get("keyPattern", {}):
            raise Conflict("The owner's link has been used already.") from None
        raise Conflict(f"The name {name!r} is taken.") from None
    finally:
        db.cache.forget("names", "edition")
    return to_user(document)


async def find(db: Database, name: str) -> User | None:
    """A user, if there is one of that name."""

    async def read() -> User | None:
        document = await db.users.find_one({"_id": name})
        return to_user(document) if document else None

    return await db.cache.get(("user", name), read)


async def require(db: Database, name: str) -> User:
    """A user.

    Raises:
        NotFound: if there is none of that name.
    """
    if user := await find(db, name):
        return user
    raise NotFound(f"There is no user {name!r}.")


async def everyone(db: Database) -> list[User]:
    """All users, by name."""
    found = db.users.find().sort("_id", ASCENDING)
    return [to_user(document) for document in await found.to_list(MAX_LISTED)]


async def names(db: Database) -> frozenset[str]:
    """The names of all users, for marking mentions."""

    async def read() -> frozenset[str]:
        return frozenset(
            [document["_id"] async for document in db.users.find({}, {"_id": 1})]
        )

    return await db.cache.get("names", read) or frozenset()


async def edition(db: Database) -> str:
    """A tag of all users as others see them; it changes with each change of one of them."""

    async def read() -> str:
        sums = {"_id": None, "users": {"$sum": 1}, "versions": {"$sum": "$version"}}
        found = await db.users.aggregate([{"$group": sums}]).to_list(1)
        return f"{found[0]['users']}.{found[0]['versions']}" if found else ""

    return await db.cache.get("edition", read) or ""


async def founded(db: Database) -> bool:
    """True if somebody has claimed the owner's link, or there is an owner without it."""
    owner = {"role": Role.OWNER.value, "disabled": False}
    found = await db.users.find_one({"$or": [{"founder": True}, owner]}, {"_id": 1})
    return found is not None


async def change(
    db: Database, name: str, *, was: Mapping[str, Any] | None = None, **fields: Any
) -> User:
    """Set fields of a user, if others still are as they were.

    Raises:
        NotFound: if there is no such user.
        Conflict: if no enabled owner would be left, or somebody else was faster.
    """
    steps_down = fields.get("role", Role.OWNER) != Role.OWNER or fields.get("disabled")
    async with db.one_at_a_time:  # Two last owners must not step down concurrently.
        if steps_down:
            others = {"role": Role.OWNER.value, "disabled": False, "_id": {"$ne": name}}
            user = await require(db, name)
            if (
                user.role is Role.OWNER
                and await db.users.find_one(others, {"_id": 1}) is None
            ):
                raise Conflict(
                    "The last owner must stay owner; make somebody else one first."
                )
        change: dict[str, Any] = {"$set": fields}
        if fields.keys() - {"password_hash", "notify"}:  # Nobody sees those.
            change["$inc"] = {"version": 1}
        if fields.keys() & {"password_hash", "role", "disabled"}:
            change["$unset"] = {"reset": ""}  # A link was made for how it was.
        try:
            document = await db.users.find_one_and_update(
                {"_id": name, **(was or {})}, change, return_document=True
            )
        finally:
            db.cache.forget(("user", name), "edition")
    if document is None:
        raise (
            Conflict("Somebody has changed it meanwhile; please try again.")
            if await find(db, name)
            else NotFound(f"There is no user {name!r}.")
        )
    return to_user(document)


def to_user(document: Mapping[str, Any]) -> User:
    """A stored user."""
    role = Role(document["role"])
    return from_document(User, document, name=document["_id"], role=role)
