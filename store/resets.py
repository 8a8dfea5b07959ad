"""Resets: one-time links by which somebody sets a new password. Only a hash is stored.

It stands in the user's own document, so that using it and setting the password are one
write. There is one link at a time; the newest counts.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from store.database import Database
from store.errors import NotFound
from store.records import PasswordReset, Reset, now
from store.secret_hashes import digest

LASTS = timedelta(hours=24)
OPERATOR_LASTS = timedelta(days=7)  # for people who come from elsewhere
ENDED = "This link has been used or has ended. Ask for a new one."


async def create(db: Database, user: str, by: str) -> tuple[Reset, str]:
    """Make a link for a user; those made before end. `by` is empty for the operator.

    Returns:
        The link, and its code, which cannot be had again.

    Raises:
        NotFound: if there is no such user.
    """
    code = secrets.token_urlsafe(24)
    expires_at = now() + (LASTS if by else OPERATOR_LASTS)
    reset = {"hash": digest(code), "created_by": by, "expires_at": expires_at}
    done = await db.users.update_one({"_id": user}, {"$set": {"reset": reset}})
    if not done.matched_count:
        raise NotFound(f"There is no user {user!r}.")
    return Reset(user=user, created_by=by, expires_at=expires_at), code


async def require(db: Database, code: str) -> Reset:
    """A link that can be used.

    Raises:
        NotFound: if it was never made, was used, has ended, or its user is disabled.
    """
    document = await db.users.find_one(_usable(code))
    if document is None:
        raise NotFound(ENDED)
    reset = document["reset"]
    return Reset(document["_id"], reset["created_by"], reset["expires_at"])


async def use(db: Database, code: str, reset: Reset, password_hash: str) -> None:
    """Set the password by a link, once, and keep a notice for the user.

    None if the operator made the link, who may set passwords without one.

    Raises:
        NotFound: if it cannot be used any more.
    """
    changes: dict[str, Any] = {"password_hash": password_hash}
    if reset.created_by:
        changes["was_reset"] = {"created_by": reset.created_by, "used_at": now()}
    try:
        done = await db.users.update_one(
            _usable(code),
            {"$set": changes, "$unset": {"reset": ""}},
        )
    finally:
        db.cache.forget(("user", reset.user))
    if not done.modified_count:
        raise NotFound(ENDED)


async def take_notice(db: Database, user: str) -> PasswordReset | None:
    """The notice that a user was not told yet: that their password was set by a link."""
    was_reset = {"_id": user, "was_reset": {"$exists": True}}
    document = await db.users.find_one_and_update(was_reset, {"$unset": {"was_reset": ""}})
    notice: Mapping[str, Any] | None = document["was_reset"] if document else None
    return PasswordReset(notice["created_by"], notice["used_at"]) if notice else None


def _usable(code: str) -> dict[str, Any]:
    return {
        "reset.hash": digest(code),
        "reset.expires_at": {"$gt": now()},
        "disabled": False,
    }
