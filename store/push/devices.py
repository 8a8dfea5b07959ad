"""Devices: the browsers in which people asked to be told, with their push subscriptions.

A device ends with the session that made it (`store/access.py`), or with its subscription.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING

from store.database import Database
from store.errors import Conflict, NotFound
from store.records import Device, from_document, now

MAX_DEVICES = 20  # of one user
MAX_FAILING = timedelta(days=7)  # until a device that nothing reaches is forgotten


def id_of(endpoint: str) -> str:
    """The id of the device with this endpoint, which is a secret itself."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:24]


async def put(db: Database, device: Device, ends_at: datetime | None) -> bool:
    """Tell a device from now on; it may have been somebody else's, in the same browser.

    A browser has one session and one subscription: what its session had is replaced.

    Returns:
        True unless the same session has asked before: pages do at each start.

    Raises:
        Conflict: if its user has as many as one may have.
    """
    others = {"user": device.user, "_id": {"$ne": device.id}}
    elsewhere = others | {"session": {"$ne": device.session}}
    if await db.push.count_documents(elsewhere) >= MAX_DEVICES:
        raise Conflict(f"You have {MAX_DEVICES} devices, which is the most; stop one.")
    document = {
        "user": device.user,
        "session": device.session,
        "endpoint": device.endpoint,
        "keys": {"p256dh": device.p256dh, "auth": device.auth},
        "home": device.home,
        "user_agent": device.user_agent,
        "created_at": device.created_at,
        "failed_at": None,
        "expires_at": ends_at,
    }
    before = await db.push.find_one_and_update(
        {"_id": device.id}, {"$set": document}, {"session": True}, upsert=True
    )
    # Of two at once the later one stays: each takes away what is older than itself.
    older = {"session": device.session, "created_at": {"$lt": device.created_at}}
    await db.push.delete_many(others | older)
    return before is None or before["session"] != device.session


async def of_users(db: Database, users: Collection[str]) -> list[Device]:
    """The devices of some users, the newest first."""
    asked = {"user": {"$in": list(users)}, "expires_at": {"$gt": now()}}
    found = db.push.find(asked).sort("created_at", DESCENDING)
    return [_device(each) async for each in found]


async def is_told(db: Database, device: Device) -> bool:
    """True if a device is still told, by the session that asked."""
    asked = {"_id": device.id, "session": device.session, "expires_at": {"$gt": now()}}
    return await db.push.find_one(asked, {"_id": True}) is not None


async def all_users(db: Database) -> set[str]:
    """The users who have a device."""
    return set(await db.push.distinct("user"))


async def remove(db: Database, user: str, id: str) -> None:
    """Tell one of a user's devices nothing more.

    Raises:
        NotFound: if they have none of that id.
    """
    if not (await db.push.delete_one({"_id": id, "user": user})).deleted_count:
        raise NotFound("There is no such device.")


async def end(db: Database, device: Device) -> None:
    """Forget a device, unless it has another subscription or owner since."""
    await db.push.delete_one({"_id": device.id, "session": device.session})


async def note_outcome(db: Database, device: Device, *, reached: bool) -> None:
    """Take note whether a device was reached, if that is news; forget it after a week."""
    if not reached and device.failed_at and now() - device.failed_at > MAX_FAILING:
        await end(db, device)
    elif reached == bool(device.failed_at):
        failed_at = None if reached else now()
        await db.push.update_one({"_id": device.id}, {"$set": {"failed_at": failed_at}})


def _device(document: Mapping[str, Any]) -> Device:
    return from_document(Device, document, id=document["_id"], **document["keys"])
