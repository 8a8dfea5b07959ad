"""Access: by what right somebody comes in. A sign-in's session, or a token for a program.

One collection and one way to look up, list and revoke. A session is known by its id, which
only a signed access token names; a token by the hash of its secret.
"""

import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from pymongo import ASCENDING, DESCENDING

from store.database import Database
from store.errors import Conflict, NotFound
from store.records import Access, AccessKind, from_document, now
from store.secret_hashes import digest, new_secret

TOKEN_PREFIX = "hearth_"  # noqa: S105 - what each begins with
MAX_AGENT_CHARS = 300  # of what a browser calls itself
MAX_SESSIONS = 100  # of one user; of more, those that nobody has used for longest end
MAX_TOKENS = 100  # of one user
# How exact last_used_at is; each step is one write.
NOTED_EVERY = {
    AccessKind.SESSION: timedelta(minutes=5),
    AccessKind.TOKEN: timedelta(minutes=1),
}


async def start_session(
    db: Database, user: str, days: int, user_agent: str, address: str
) -> tuple[Access, list[Access]]:
    """Begin a session that ends by itself after a number of days.

    Returns:
        The session, and those that ended because the user had too many.
    """
    moment, sid = now(), secrets.token_urlsafe(12)
    document = {
        "_id": sid,
        "kind": AccessKind.SESSION.value,
        "key": sid,
        "user": user,
        "created_at": moment,
        "last_used_at": moment,
        "expires_at": moment + timedelta(days=days),
        "user_agent": user_agent[:MAX_AGENT_CHARS],
        "address": address,
    }
    await db.access.insert_one(document)
    order = [("last_used_at", DESCENDING), ("created_at", DESCENDING)]
    sessions = {"user": user, "kind": AccessKind.SESSION.value, "_id": {"$ne": sid}}
    found = db.access.find(sessions).sort(order).skip(MAX_SESSIONS - 1)
    ended = [_access(each) async for each in found]
    if ended:
        await _delete(db, {"_id": {"$in": [each.id for each in ended]}}, user)
    return _access(document), ended


async def create_token(
    db: Database, user: str, *, note: str, by: str
) -> tuple[Access, str]:
    """Make a token for a user.

    Returns:
        The token, and its secret, which cannot be had again.

    Raises:
        Conflict: if the user has as many as one may have.
    """
    tokens = {"user": user, "kind": AccessKind.TOKEN.value}
    if await db.access.count_documents(tokens) >= MAX_TOKENS:
        raise Conflict(
            f"{user} has {MAX_TOKENS} tokens, which is the most; revoke one first."
        )
    secret = new_secret(TOKEN_PREFIX)
    document = {
        "_id": secrets.token_hex(6),
        "kind": AccessKind.TOKEN.value,
        "key": digest(secret),
        "user": user,
        "note": note,
        "created_by": by,
        "created_at": now(),
        "last_used_at": None,
    }
    await db.access.insert_one(document)
    return _access(document), secret


def key_of(secret: str) -> str:
    """The key by which a token is known."""
    return digest(secret)


async def find(db: Database, key: str) -> Access | None:
    """The access of a key, if it has not ended; notes that it was used."""

    async def read() -> Access | None:
        document = await db.access.find_one({"key": key})
        return _access(document) if document else None

    access = await db.cache.get(("access", key), read)
    moment = now()
    if access is None or (access.expires_at and access.expires_at <= moment):
        return None
    used = access.last_used_at
    if used is None or moment - used > NOTED_EVERY[access.kind]:
        try:
            await db.access.update_one({"key": key}, {"$max": {"last_used_at": moment}})
        finally:
            db.cache.forget(("access", key))
    return access


async def require(db: Database, kind: AccessKind, id: str) -> Access:
    """A session or a token that was not revoked.

    Raises:
        NotFound: if there is none of that id.
    """
    if document := await db.access.find_one({"_id": id, "kind": kind.value}):
        return _access(document)
    raise NotFound(f"There is no such {kind.value}.")


async def listed(db: Database, kind: AccessKind, users: Collection[str]) -> list[Access]:
    """The sessions (the latest used first) or tokens (the newest first) of some users."""
    by = "last_used_at" if kind is AccessKind.SESSION else "created_at"
    asked = {"user": {"$in": list(users)}, "kind": kind.value}
    found = [_access(each) async for each in db.access.find(asked).sort(by, DESCENDING)]
    moment = now()
    return [each for each in found if not each.expires_at or each.expires_at > moment]


async def made_by(db: Database, creator: str) -> list[Access]:
    """The tokens that somebody made for others."""
    asked = {"created_by": creator, "user": {"$ne": creator}}
    found = db.access.find(asked).sort("_id", ASCENDING)
    return [_access(each) async for each in found]


async def revoke(db: Database, access: Access) -> None:
    """Let nobody in by it from now on.

    Raises:
        NotFound: if it was revoked already.
    """
    if not await _delete(db, {"_id": access.id}, access.user):
        raise NotFound(f"There is no such {access.kind.value}.")


async def revoke_all(
    db: Database, user: str, *, kind: AccessKind | None = None, but: str = ""
) -> None:
    """End all that opens a user's account, or all of a kind; perhaps but one."""
    asked: dict[str, Any] = {"user": user, "_id": {"$ne": but}}
    await _delete(db, asked | ({"kind": kind.value} if kind else {}), user)


async def _delete(db: Database, asked: Mapping[str, Any], user: str) -> int:
    try:
        gone = await db.access.delete_many(asked)
    finally:
        # All of the user's, however many: what is read again costs little, and one that
        # stayed in the cache would live on.
        db.cache.forget_where(lambda each: isinstance(each, Access) and each.user == user)
    left = await db.access.distinct("_id", {"user": user})
    await db.push.delete_many({"user": user, "session": {"$nin": left}})
    return gone.deleted_count


def _access(document: Mapping[str, Any]) -> Access:
    kind = AccessKind(document["kind"])
    return from_document(Access, document, id=document["_id"], kind=kind)
