"""Hooks: addresses at which other programs post into a room. Only a hash is stored."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pymongo import ASCENDING

from store.database import Database
from store.errors import Conflict, NotFound
from store.records import Hook, from_document, now
from store.secret_hashes import digest, new_secret

PREFIX = "hook-"  # of every id: it is the sender of what a hook posts, so no user has it
MAX_HOOKS = 100  # hooks of one room
USED_EVERY = timedelta(minutes=1)  # how exact last_used_at is; each step is one write
UNKNOWN = "There is no such hook."


async def create(
    db: Database, room: str, *, display_name: str, by: str
) -> tuple[Hook, str]:
    """Make a hook for a room.

    Returns:
        The hook, and its secret, which cannot be had again.

    Raises:
        Conflict: if the room has as many as one may have.
    """
    if await db.hooks.count_documents({"room": room}) >= MAX_HOOKS:
        raise Conflict(
            f"The room has {MAX_HOOKS} hooks, which is the most; revoke one first."
        )
    secret = new_secret()
    document = {
        "_id": PREFIX + secrets.token_hex(5),
        "hash": digest(secret),
        "room": room,
        "display_name": display_name,
        "created_by": by,
        "created_at": now(),
        "last_used_at": None,
    }
    await db.hooks.insert_one(document)
    return _hook(document), secret


async def find(db: Database, secret: str) -> Hook:
    """The hook that a secret belongs to.

    Raises:
        NotFound: if there is none, or it was revoked.
    """
    key = digest(secret)

    async def read() -> Hook | None:
        document = await db.hooks.find_one({"hash": key})
        return _hook(document) if document else None

    if hook := await db.cache.get(("hook", key), read):
        return hook
    raise NotFound(UNKNOWN)


async def note_use(db: Database, hook: Hook, secret: str) -> None:
    """Note that a hook was used just now."""
    moment = now()
    if hook.last_used_at is None or moment - hook.last_used_at > USED_EVERY:
        try:
            await db.hooks.update_one({"_id": hook.id}, {"$max": {"last_used_at": moment}})
        finally:
            db.cache.forget(("hook", digest(secret)))


async def of_room(db: Database, room: str) -> list[Hook]:
    """A room's hooks, the oldest first."""
    found = db.hooks.find({"room": room}).sort("created_at", ASCENDING)
    return [_hook(document) for document in await found.to_list(MAX_HOOKS)]


async def revoke(db: Database, room: str, id: str) -> None:
    """Let nothing in by it from now on.

    Raises:
        NotFound: if the room has no such hook.
    """
    try:
        gone = await db.hooks.delete_one({"_id": id, "room": room})
    finally:
        db.cache.clear()  # By its id alone we do not know under which hash it is known.
    if not gone.deleted_count:
        raise NotFound(UNKNOWN)


async def revoke_all(db: Database, room: str) -> None:
    """Revoke a room's hooks."""
    try:
        await db.hooks.delete_many({"room": room})
    finally:
        db.cache.clear()


def _hook(document: Mapping[str, Any]) -> Hook:
    return from_document(Hook, document, id=document["_id"])
