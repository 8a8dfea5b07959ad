"""Messages as they are read: pages by seq, changes by rev. Only the log writes them."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import pymongo
from msgspec.structs import asdict
from pymongo import ASCENDING, DESCENDING

from store.database import Database
from store.indexes import DELETED, MENTIONS
from store.records import Call, File, Head, Message, Pin, Via
from store.upgrade import UPGRADE_SECONDS

MAX_PAGE_BYTES = 1_000_000  # of messages in one answer
BATCH_MESSAGES = 51  # read at once, one more than a page: the largest are 160 KB

Index = list[tuple[str, int]]


async def page(
    db: Database,
    room: str,
    *,
    limit: int,
    before: int | None = None,
    after: int | None = None,
    max_bytes: int = MAX_PAGE_BYTES,
) -> list[Message]:
    """At most `limit` messages just before or just after a seq, or the newest; by seq.

    What is furthest from there is left out of a page that would be over `max_bytes`.
    """
    if after is not None:
        found = db.messages.find({"room": room, "seq": {"$gt": after}})
        return await _read(found.sort("seq", ASCENDING), limit, max_bytes)
    query: dict[str, Any] = {"room": room}
    if before is not None:
        query["seq"] = {"$lt": before}
    found = db.messages.find(query).sort("seq", DESCENDING)
    return (await _read(found, limit, max_bytes))[::-1]


async def changes(
    db: Database,
    room: str,
    *,
    since: int,
    until: int,
    limit: int,
    max_bytes: int | None = None,
) -> list[Message]:
    """At most `limit` messages with a rev above `since`, by rev, in their latest state.

    `until` is the room's head: what is above may be stored already, but was not announced.
    """
    query = {"room": room, "rev": {"$gt": since, "$lte": until}}
    return await _read(db.messages.find(query).sort("rev", ASCENDING), limit, max_bytes)


async def _read(found: Any, limit: int, max_bytes: int | None) -> list[Message]:
    if limit <= 0:
        return []  # MongoDB takes no limit for all of them.
    if max_bytes is None:
        return [to_message(entry) for entry in await found.limit(limit).to_list(limit)]
    read: list[Message] = []
    size = 0
    # A batch of just as many leaves the cursor open, to be asked once more for nothing.
    async for entry in found.limit(limit).batch_size(min(limit + 1, BATCH_MESSAGES)):
        read.append(message := to_message(entry))
        size += size_of(message)
        if size > max_bytes:
            return read[:-1] or read  # One message always fits.
    return read


def size_of(message: Message) -> int:
    """About how many bytes a message takes when it is told."""
    rest = sum(len(users) for users in message.reactions.values()) + 4 * len(message.files)
    return len(message.text.encode()) + len((message.html or "").encode()) + 300 + 50 * rest


async def answers(
    db: Database, room: str, seq: int, *, after: int, limit: int
) -> list[Message]:
    """At most `limit` answers to a message, by seq; those that were deleted are none."""
    query = {"room": room, "reply_to": seq, "seq": {"$gt": after}}
    found = db.messages.find(query).sort("seq", ASCENDING).limit(limit)
    return [to_message(entry) for entry in await found.to_list(limit)]


async def count_answers(
    db: Database, keys: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    """The numbers of answers to the messages with these (room, seq)."""
    return {
        (room, seq): await db.messages.count_documents({"room": room, "reply_to": seq})
        for room, seq in keys
    }


async def count_all_answers(db: Database, room: str) -> None:
    """Note with each message of a room how many answers it has: older ones do not say.

    A first start does this once, however long it takes.
    """
    with pymongo.timeout(UPGRADE_SECONDS):
        await db.messages.aggregate(
            [
                {"$match": {"room": room, "reply_to": {"$exists": True}}},
                {"$group": {"_id": "$reply_to", "answers": {"$sum": 1}}},
                {"$project": {"_id": 0, "room": room, "seq": "$_id", "answers": 1}},
                {
                    "$merge": {
                        "into": db.messages.name,
                        "on": ["room", "seq"],
                        "whenNotMatched": "discard",
                    }
                },
            ]
        ).to_list(None)


async def miscounted(db: Database, tops: Mapping[str, Head]) -> list[tuple[str, int]]:
    """The messages whose number of answers a crash may have left wrong, by (room, seq).

    An answer and the message that it answers are stored one just after the other, so only
    what changed last in its room can be one without the other.
    """
    last = await _at_heads(db, tops)
    keys = {(each.room, each.reply_to) for each in last if each.reply_to}
    keys |= {(each.room, each.seq) for each in last if each.answers}
    counts = await count_answers(db, keys)
    stored = await by_seq(db, keys)
    return [key for key in stored if stored[key].answers != counts[key]]


async def _at_heads(db: Database, tops: Mapping[str, Head]) -> list[Message]:
    wanted = [{"room": room, "rev": head.rev} for room, head in tops.items()]
    found: list[Message] = []
    for start in range(0, len(wanted), 200):
        some = db.messages.find({"$or": wanted[start : start + 200]})
        found += [to_message(entry) for entry in await some.to_list(None)]
    return found


async def pinned(db: Database, room: str) -> list[Message]:
    """The pinned messages of a room, the latest pinned first."""
    query = {"room": room, "pinned": {"$exists": True}}
    found = db.messages.find(query).sort([("pinned.at", DESCENDING), ("seq", DESCENDING)])
    return [to_message(entry) for entry in await found.to_list(None)]


async def running_calls(db: Database) -> list[Message]:
    """The messages of calls in which there is somebody."""
    found = db.messages.find(
        {"call.people": {"$exists": True}, "call.people.user": {"$gt": ""}}
    )
    return [to_message(entry) for entry in await found.to_list(None)]


async def by_seq(
    db: Database, keys: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Message]:
    """The messages with these (room, seq), in one query."""
    rooms: dict[str, list[int]] = {}
    for room, seq in keys:
        rooms.setdefault(room, []).append(seq)
    wanted = [{"room": room, "seq": {"$in": seqs}} for room, seqs in rooms.items()]
    entries = await db.messages.find({"$or": wanted}).to_list(None) if wanted else []
    return {(entry["room"], entry["seq"]): to_message(entry) for entry in entries}


async def by_id(db: Database, sender: str, id: str) -> Message | None:
    """The message that a sender stored under an id."""
    entry = await db.messages.find_one({"_id": {"sender": sender, "id": id}})
    return to_message(entry) if entry else None


Seqs = dict[str, set[int]]  # by room


async def mentioning(db: Database, user: str, marks: Mapping[str, int]) -> Seqs:
    """The messages above a mark, per room, that others have mentioned the user in."""
    return await _above(
        db,
        marks,
        {
            "mentions": {"$in": [user, "all"]},
            "$or": [{"_id.sender": {"$ne": user}}, {"via": {"$exists": True}}],
        },
        MENTIONS,
    )


async def deleted(db: Database, marks: Mapping[str, int]) -> Seqs:
    """The messages above a mark, per room, that were deleted."""
    return await _above(db, marks, {"deleted": True}, DELETED)


async def _above(
    db: Database, marks: Mapping[str, int], which: dict[str, Any], index: Index
) -> Seqs:
    if not marks:
        return {}
    # One range for all rooms, and the marks are compared here: a clause for each room would
    # be planned for each room, which takes the database 80 times as long for 200 of them.
    rooms = {"room": {"$in": list(marks)}, "seq": {"$gt": min(marks.values())}}
    found = db.messages.aggregate(
        [
            {"$match": which | rooms},
            {"$group": {"_id": "$room", "seqs": {"$push": "$seq"}}},
        ],
        hint=dict(index),
    )
    return {
        entry["_id"]: {seq for seq in entry["seqs"] if seq > marks[entry["_id"]]}
        async for entry in found
    }


async def own(db: Database, room: str, user: str, *, after: int, most: int) -> list[int]:
    """The seqs of the latest messages that a user has posted themselves after a seq."""
    query = {
        "room": room,
        "seq": {"$gt": after},
        "_id.sender": user,
        "via": {"$exists": False},
    }
    newest = db.messages.find(query, {"seq": 1}).sort("seq", DESCENDING)
    return sorted([entry["seq"] async for entry in newest.limit(most)])


async def heads(db: Database) -> dict[str, Head]:
    """Every room's heads; one pass over each index, which skips from room to room."""
    tops: dict[str, dict[str, int]] = {"seq": {}, "rev": {}}
    for number, top in tops.items():
        found = db.messages.aggregate(
            [
                {"$sort": {"room": -1, number: -1}},
                {"$group": {"_id": "$room", "top": {"$first": f"${number}"}}},
            ]
        )
        async for entry in found:
            top[entry["_id"]] = entry["top"]
    return {
        room: Head(seq, tops["rev"][room])
        for room, seq in tops["seq"].items()
        if room  # The numbers of `store/log/fence.py` have none.
    }


async def remove_room(db: Database, room: str) -> None:
    """Delete the messages of a room, and what a later import from Slack would go by."""
    async for note in db.slack.find({"name": room, "_id": {"$regex": "^rooms:"}}):
        channel = re.escape(note["_id"].removeprefix("rooms:"))
        await db.slack.delete_many({"_id": {"$regex": f"^slack-{channel}-"}})
    await db.messages.delete_many({"room": room})


async def forget_digest(db: Database, id: str) -> None:
    """Keep no digest of a text from Slack that was deleted: who guesses it would know."""
    if id.startswith("slack-"):
        await db.slack.update_one({"_id": id}, {"$unset": {"digest": ""}})


def to_document(message: Message) -> dict[str, Any]:
    """A message as it is stored; what is empty is left out, and so not indexed."""
    document: dict[str, Any] = {
        "_id": {"sender": message.sender, "id": message.id},
        "room": message.room,
        "seq": message.seq,
        "rev": message.rev,
        "text": message.text,
        "created_at": message.created_at,
    }
    if message.html is not None:
        document["html"] = message.html
    if message.mentions:
        document["mentions"] = list(message.mentions)
    if message.edited_at:
        document["edited_at"] = message.edited_at
    plain = {
        "deleted": message.deleted,
        "reply_to": message.reply_to,
        "answers": message.answers,
    }
    document |= {name: value for name, value in plain.items() if value}
    if message.reactions:
        # A list, because an emoji is free text, and free text is no field name.
        document["reactions"] = [
            {"emoji": emoji, "users": list(users)}
            for emoji, users in message.reactions.items()
        ]
    if message.via:
        document["via"] = {
            name: value for name, value in asdict(message.via).items() if value
        }
    if message.files:
        document["files"] = [asdict(file) for file in message.files]
    if message.pinned:
        document["pinned"] = asdict(message.pinned)
    if message.call:
        document["call"] = msgspec.to_builtins(message.call, builtin_types=(datetime,))
    return document


def to_message(document: Mapping[str, Any]) -> Message:
    """A stored message."""
    return Message(
        room=document["room"],
        seq=document["seq"],
        rev=document["rev"],
        sender=document["_id"]["sender"],
        id=document["_id"]["id"],
        text=document["text"],
        html=document.get("html"),
        mentions=tuple(document.get("mentions", ())),
        created_at=document["created_at"],
        edited_at=document.get("edited_at"),
        deleted=document.get("deleted", False),
        reply_to=document.get("reply_to"),
        reactions={
            entry["emoji"]: tuple(entry["users"]) for entry in document.get("reactions", ())
        },
        via=Via(**document["via"]) if "via" in document else None,
        files=tuple(File(**entry) for entry in document.get("files", ())),
        pinned=Pin(**document["pinned"]) if "pinned" in document else None,
        answers=document.get("answers", 0),
        call=msgspec.convert(document["call"], Call) if "call" in document else None,
    )
