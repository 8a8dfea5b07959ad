"""Files: who uploaded what to which room, and which message has it.

A file's document is there before its first byte and goes after its last, so nothing is ever
stored that no document knows. `expires_at` stands in every document that is not known to
belong to a message for good; the sweeper looks at those whose time has come.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from store.database import Database
from store.errors import Conflict, NotFound
from store.records import File, now

CHUNK_BYTES = 64 * 1024  # a message waits while one is journaled before it
UPLOAD_TIME = timedelta(hours=1)  # what an upload may take; the handler gives up earlier
UNUSED_TIME = timedelta(days=1)  # how long an upload waits for its message
DOUBT_TIME = timedelta(hours=1)  # when to look whether a message took, or lost, its files
MAX_UNUSED = 200  # uploads of one user that wait for their message
NOT_THERE = "There is no such file, or you are not a member of its room."
_BUT_PREVIEW = {"metadata.preview": False}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file, and whose it is."""

    file: File
    room: str
    uploader: str
    is_attached: bool


async def begin(db: Database, room: str, uploader: str, name: str) -> str:
    """Note that a file is about to come; its id.

    Raises:
        Conflict: if too many of the uploader's files wait for their message.
    """
    unused = {
        "metadata.expires_at": {"$gt": now()},
        "metadata.uploader": uploader,
        "metadata.message": None,
    }
    if await db.files.count_documents(unused, limit=MAX_UNUSED) >= MAX_UNUSED:
        raise Conflict(f"{MAX_UNUSED} of your uploads wait for their message.")
    id, moment = secrets.token_urlsafe(16), now()
    metadata = {"room": room, "uploader": uploader, "expires_at": moment + UPLOAD_TIME}
    await db.files.insert_one(
        {
            "_id": id,
            "filename": name,
            "length": 0,
            "chunkSize": CHUNK_BYTES,
            "uploadDate": moment,
            "metadata": {**metadata, "message": None, "ready": False},
        }
    )
    return id


async def bytes_of(db: Database, uploader: str) -> int:
    """The size in bytes of a user's files, until they are deleted."""
    found = db.files.aggregate(
        [
            {"$match": {"metadata.uploader": uploader}},
            {"$group": {"_id": None, "bytes": {"$sum": "$length"}}},
        ]
    )
    return sum([int(document["bytes"]) async for document in found])


async def finish(
    db: Database,
    id: str,
    size: int,
    kind: str,
    picture: tuple[int, int] = (0, 0),
    preview: bytes = b"",
) -> File:
    """All bytes of a file are there: it can be read by its uploader, and be attached.

    Raises:
        NotFound: if it was swept meanwhile, or its room was deleted.
    """
    width, height = picture
    seen = {
        "type": kind,
        "width": width,
        "height": height,
        "has_preview": bool(preview),
        "preview": preview,
    }
    changes = {f"metadata.{name}": value for name, value in seen.items()}
    changes |= {"length": size, "metadata.ready": True}
    document = await db.files.find_one_and_update(
        {"_id": id, "metadata.expires_at": {"$gt": now()}},
        {"$set": {**changes, "metadata.expires_at": now() + UNUSED_TIME}},
        projection=_BUT_PREVIEW,
        return_document=True,
    )
    if document is None:
        raise NotFound(NOT_THERE)
    return _shelved(document).file


async def require(db: Database, id: str) -> StoredFile:
    """A file that is there in full.

    Raises:
        NotFound: if there is none.
    """
    wanted = {"_id": id, "metadata.ready": True}
    if document := await db.files.find_one(wanted, _BUT_PREVIEW):
        return _shelved(document)
    raise NotFound(NOT_THERE)


async def preview(db: Database, id: str) -> bytes:
    """The preview of a picture; empty if it has none."""
    document = await db.files.find_one({"_id": id}, {"metadata.preview": True})
    return bytes(document["metadata"].get("preview", b"")) if document else b""


async def claim(
    db: Database, room: str, sender: str, message: str, wanted: Sequence[str]
) -> tuple[File, ...]:
    """Take files for one message of their uploader, and for no other.

    Raises:
        NotFound: if one is not there, not of this room, or of another uploader.
        Conflict: if one belongs to another message.
    """
    key = {"sender": sender, "id": message}
    mine = {
        "_id": {"$in": list(wanted)},
        "metadata.room": room,
        "metadata.uploader": sender,
        "metadata.ready": True,
    }
    found = {
        document["_id"]: document
        for document in await db.files.find(mine, _BUT_PREVIEW).to_list(len(wanted))
    }
    if len(found) < len(wanted):
        raise NotFound("files: One is not there, or not yours.")
    taken = await db.files.update_many(
        {**mine, "metadata.message": {"$in": [None, key]}},
        {"$set": {"metadata.message": key, "metadata.expires_at": now() + DOUBT_TIME}},
    )
    if taken.matched_count < len(wanted):
        raise Conflict("files: One belongs to a message already.")
    return tuple(_shelved(found[id]).file for id in wanted)


async def release(db: Database, sender: str, message: str, taken: Sequence[str]) -> None:
    """The message did not come to be: its files can be taken for another."""
    key = {"sender": sender, "id": message}
    await db.files.update_many(
        {"_id": {"$in": list(taken)}, "metadata.message": key},
        {"$set": {"metadata.message": None, "metadata.expires_at": now() + UNUSED_TIME}},
    )


async def mark_for_check(db: Database, ids: Sequence[str]) -> None:
    """Their message is about to be deleted; if we end before that, look later."""
    await db.files.update_many(
        {"_id": {"$in": list(ids)}}, {"$set": {"metadata.expires_at": now() + DOUBT_TIME}}
    )


async def drop(db: Database, *ids: str) -> None:
    """From now on nobody can read these files; the sweeper deletes them."""
    await _hide(db, {"_id": {"$in": list(ids)}})


async def drop_room(db: Database, room: str) -> None:
    """From now on nobody can read the files of a room; the sweeper deletes them.

    Not what is still being uploaded: it would go on after its chunks were deleted. It finds
    out at its end.
    """
    await _hide(db, {"metadata.room": room, "metadata.ready": True})


async def drop_broken(db: Database, before: datetime) -> None:
    """Drop the uploads that another process began and did not finish."""
    await _hide(db, {"metadata.ready": False, "uploadDate": {"$lt": before}})


async def _hide(db: Database, which: Mapping[str, Any]) -> None:
    changes = {"metadata.ready": False, "metadata.message": None}
    await db.files.update_many(
        which, {"$set": {**changes, "metadata.expires_at": now() - UNUSED_TIME}}
    )


def _shelved(document: Mapping[str, Any]) -> StoredFile:
    metadata = document["metadata"]
    file = File(
        id=document["_id"],
        name=document["filename"],
        type=metadata["type"],
        size=document["length"],
        width=metadata["width"],
        height=metadata["height"],
        has_preview=metadata["has_preview"],
    )
    return StoredFile(
        file, metadata["room"], metadata["uploader"], bool(metadata["message"])
    )
