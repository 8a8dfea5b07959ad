"""Invites: ways in. Only the hash of a code is stored."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pymongo import DESCENDING

from store.database import Database
from store.errors import Forbidden, NotFound
from store.records import Invite, from_document, now
from store.secret_hashes import digest

MAX_LISTED = 1_000  # invites in one listing
ENDED = "This invite has been used or has ended. Ask for a new one."


async def create(
    db: Database, created_by: str, *, uses: int, expires_in: float, note: str
) -> tuple[Invite, str]:
    """Make an invite; `expires_in` is in seconds.

    Returns:
        The invite, and its code, which cannot be had again.
    """
    code, moment = secrets.token_urlsafe(16), now()
    document = {
        "_id": secrets.token_hex(6),
        "hash": digest(code),
        "created_by": created_by,
        "created_at": moment,
        "expires_at": moment + timedelta(seconds=expires_in),
        "uses_left": uses,
        "note": note,
    }
    await db.invites.insert_one(document)
    return _invite(document), code


async def usable(db: Database) -> list[Invite]:
    """The invites that still let somebody in, the newest first."""
    found = db.invites.find({"uses_left": {"$gt": 0}, "expires_at": {"$gt": now()}})
    return [
        _invite(document)
        for document in await found.sort("created_at", DESCENDING).to_list(MAX_LISTED)
    ]


async def require(db: Database, code: str) -> Invite:
    """An invite that still lets somebody in.

    Raises:
        NotFound: if it was never made, has expired, was revoked or is used up.
    """
    if document := await db.invites.find_one(_usable(code)):
        return _invite(document)
    raise NotFound(ENDED)


async def use(db: Database, code: str) -> None:
    """Use an invite up by one, atomically.

    Raises:
        Forbidden: if it was never made, has expired, was revoked or is used up.
    """
    used = await db.invites.update_one(_usable(code), {"$inc": {"uses_left": -1}})
    if not used.modified_count:
        raise Forbidden(ENDED)


async def give_back(db: Database, code: str) -> None:
    """Undo a `use` that led to no account."""
    await db.invites.update_one({"hash": digest(code)}, {"$inc": {"uses_left": 1}})


async def revoke_of(db: Database, creator: str) -> int:
    """Let nobody in any more by what somebody made; how many invites that were."""
    gone = await db.invites.delete_many({"created_by": creator})
    return gone.deleted_count


async def revoke(db: Database, invite: str) -> None:
    """Let nobody in by it from now on.

    Raises:
        NotFound: if there is no such invite.
    """
    gone = await db.invites.delete_one({"_id": invite})
    if not gone.deleted_count:
        raise NotFound("There is no such invite.")


def _usable(code: str) -> dict[str, Any]:
    return {"hash": digest(code), "uses_left": {"$gt": 0}, "expires_at": {"$gt": now()}}


def _invite(document: Mapping[str, Any]) -> Invite:
    return from_document(Invite, document, id=document["_id"])
