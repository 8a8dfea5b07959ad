"""Sessions: sign-ins that have not ended."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pymongo import DESCENDING

from store.database import Database
from store.errors import NotFound
from store.records import Session, now

MOST = 1_000  # sessions in one listing
SEEN_EVERY = timedelta(minutes=5)  # how exact last_seen_at is; each step is one write


async def start(
    db: Database, user: str, days: int, user_agent: str, address: str
) -> Session:
    """Begin a session that ends by itself after a number of days."""
    moment = now()
    document = {
        "_id": secrets.token_urlsafe(12),
        "user": user,
        "created_at": moment,
        "last_seen_at": moment,
        "expires_at": moment + timedelta(days=days),
        "user_agent": user_agent[:300],
        "address": address,
    }
    await db.sessions.insert_one(document)
    return _session(document)


async def find(db: Database, sid: str) -> Session | None:
    """A session that has not ended; notes that it was seen."""

    async def read() -> Session | None:
        document = await db.sessions.find_one({"_id": sid})
        return _session(document) if document else None

    session = await db.cache.get(("session", sid), read)
    moment = now()
    if session is None or session.expires_at <= moment:
        return None
    if moment - session.last_seen_at > SEEN_EVERY:
        try:
            await db.sessions.update_one({"_id": sid}, {"$max": {"last_seen_at": moment}})
        finally:
            db.cache.forget(("session", sid))
    return session


async def of_user(db: Database, user: str) -> list[Session]:
    """A user's sessions that have not ended, the latest used first."""
    found = db.sessions.find({"user": user, "expires_at": {"$gt": now()}}).sort(
        "last_seen_at", DESCENDING
    )
    return [_session(document) for document in await found.to_list(MOST)]


async def end(db: Database, user: str, sid: str) -> None:
    """End one session of a user.

    Raises:
        NotFound: if it is not theirs, or has ended.
    """
    try:
        gone = await db.sessions.delete_one({"_id": sid, "user": user})
    finally:
        db.cache.forget(("session", sid))
    if not gone.deleted_count:
        raise NotFound("There is no such session.")


async def end_all(db: Database, user: str, *, but: str = "") -> None:
    """End all sessions of a user, but perhaps one."""
    ended = [session.id for session in await of_user(db, user) if session.id != but]
    try:
        await db.sessions.delete_many({"user": user, "_id": {"$ne": but}})
    finally:
        db.cache.forget(*(("session", sid) for sid in ended))


def _session(document: Mapping[str, Any]) -> Session:
    return Session(
        id=document["_id"],
        user=document["user"],
        created_at=document["created_at"],
        last_seen_at=document["last_seen_at"],
        expires_at=document["expires_at"],
        user_agent=document["user_agent"],
        address=document["address"],
    )
