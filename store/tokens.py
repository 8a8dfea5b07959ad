"""Tokens: keys that people and bots give to their programs. Only a hash is stored."""

import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from pymongo import DESCENDING

from store.database import Database
from store.errors import Conflict, NotFound
from store.records import Token, now
from store.secret_hashes import digest, new_secret

PREFIX = "hearth_"
MOST = 100  # tokens of one user
USED_EVERY = timedelta(minutes=1)  # how exact last_used_at is; each step is one write


async def create(db: Database, user: str, *, note: str, by: str) -> tuple[Token, str]:
    """Make a token for a user.

    Returns:
        The token, and its secret, which cannot be had again.

    Raises:
        Conflict: if the user has as many as one may have.
    """
    if await db.tokens.count_documents({"user": user}) >= MOST:
        raise Conflict(f"{user} has {MOST} tokens, which is the most; revoke one first.")
    secret = new_secret(PREFIX)
    document = {
        "_id": secrets.token_hex(6),
        "hash": digest(secret),
        "user": user,
        "note": note,
        "created_by": by,
        "created_at": now(),
        "last_used_at": None,
    }
    await db.tokens.insert_one(document)
    return _token(document), secret


async def find(db: Database, secret: str) -> Token | None:
    """The token that a secret belongs to; notes that it was used."""
    key = digest(secret)

    async def read() -> Token | None:
        document = await db.tokens.find_one({"hash": key})
        return _token(document) if document else None

    token = await db.cache.get(("token", key), read)
    moment = now()
    if token and (token.last_used_at is None or moment - token.last_used_at > USED_EVERY):
        try:
            await db.tokens.update_one({"hash": key}, {"$max": {"last_used_at": moment}})
        finally:
            db.cache.forget(("token", key))
    return token


async def require(db: Database, id: str) -> Token:
    """A token that was not revoked.

    Raises:
        NotFound: if there is none of that id.
    """
    if document := await db.tokens.find_one({"_id": id}):
        return _token(document)
    raise NotFound("There is no such token.")


async def of_users(db: Database, names: Collection[str]) -> list[Token]:
    """The tokens of some users, the newest first."""
    found = db.tokens.find({"user": {"$in": list(names)}}).sort("created_at", DESCENDING)
    return [_token(document) async for document in found]


async def revoke(db: Database, token: Token) -> None:
    """Let nobody in by it from now on.

    Raises:
        NotFound: if it was revoked already.
    """
    try:
        gone = await db.tokens.find_one_and_delete({"_id": token.id})
    finally:
        db.cache.clear()  # By its id alone we do not know under which hash it is known.
    if gone is None:
        raise NotFound("There is no such token.")


def _token(document: Mapping[str, Any]) -> Token:
    return Token(
        id=document["_id"],
        user=document["user"],
        note=document["note"],
        created_by=document["created_by"],
        created_at=document["created_at"],
        last_used_at=document["last_used_at"],
    )
