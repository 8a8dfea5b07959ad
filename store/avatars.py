"""Avatars: one small picture for each user who gave one."""

import hashlib

from store import users
from store.database import Database
from store.records import User


async def put(db: Database, user: str, picture: bytes) -> User:
    """Give a user a picture; its tag goes into the user, so that everybody hears of it."""
    tag = hashlib.sha256(picture).hexdigest()[:16]
    document = {"tag": tag, "picture": picture}
    async with db.one_avatar_at_a_time:  # Or one's tag would stay with the other's bytes.
        await db.avatars.replace_one({"_id": user}, document, upsert=True)
        return await users.change(db, user, avatar=tag)


async def find(db: Database, user: str) -> tuple[str, bytes] | None:
    """A user's picture and its tag, if they gave one."""
    found = await db.avatars.find_one({"_id": user})
    return (found["tag"], bytes(found["picture"])) if found else None


async def delete(db: Database, user: str) -> User:
    """Take a user's picture away."""
    async with db.one_avatar_at_a_time:
        changed = await users.change(db, user, avatar="")
        await db.avatars.delete_one({"_id": user})
        return changed
