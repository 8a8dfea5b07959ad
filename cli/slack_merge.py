"""A later export of Slack, beside what has been said here since the first one came in.

What is here stays, with its numbers: what is new comes after it. An import notes the names
that Slack's ids have here, and a digest of each message as it came: so nobody comes in
twice, however they are renamed, and only what has changed in Slack is looked at. The order
of the writes is such that what was broken off is finished by doing it again.
"""

from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace
from pymongo import InsertOne, ReplaceOne, UpdateOne

from cli.connect import idle_database
from cli.progress import Progress
from cli.slack_export import SlackExport
from cli.slack_messages import NOTES, Known, note_of
from cli.snapshot import Document, batches
from settings import Limits, Settings
from store import files
from store.database import GRIDFS, OURS, Database
from store.log.fence import keep_out
from store.messages import heads, to_document, to_message
from store.records import Head, Message, tombstone

Check = Callable[[str, Generator[Document]], Generator[Document]]
_LONG_AGO = datetime.fromtimestamp(0, UTC)


async def earlier_import(settings: Settings) -> Known | None:
    """The notes of an earlier import; nothing if there was none.

    Raises:
        Failed: if Hearth runs.
    """
    async with _idle(settings) as db:
        noted = db.slack.find({"name": {"$exists": True}})
        if names := {each["_id"]: each["name"] async for each in noted}:
            return Known(names, await _ids(db.users), await _ids(db.rooms))
    return None


async def merge(
    settings: Settings, export: SlackExport, check: Check, progress: Progress
) -> tuple[str, set[str]]:
    """Bring in what is new, and change what has changed; a summary, and the new people.

    Raises:
        Failed: if Hearth runs.
    """
    async with _idle(settings) as db:
        merging = _Merge(db, export, check)
        await merging.run(progress)
        return merging.summary(), merging.people


class _Merge:
    """The database, and the export that goes into it; `check` makes documents fit."""

    def __init__(self, db: Database, export: SlackExport, check: Check) -> None:
        self._db, self._export, self._check = db, export, check
        self._heads: dict[str, Head] = {}
        self._seqs: dict[tuple[str, int], int] = {}  # here, by room and seq in the export
        self._deleted: set[str] = set()  # rooms
        self._doomed: list[str] = []  # files, of messages that were deleted in Slack
        self.people: set[str] = set()  # who are new
        self._new, self._changed, self._lost = 0, 0, 0  # messages
        self._came: dict[str, int] = {}

    def summary(self) -> str:
        """The numbers of what came in."""
        said = (
            f"Came in: {len(self.people):,} new people, {self._came['rooms']:,} rooms, "
            f"{self._new:,} messages, {self._came['fs.files']:,} files; "
            f"{self._changed:,} messages were changed."
        )
        lost = f" {self._lost:,} are of rooms that were deleted here." if self._lost else ""
        return said + lost

    async def run(self, progress: Progress) -> None:
        """Write everything: what others depend on, or are known by, before them."""
        db = self._db
        await keep_out(db.messages, db.messages, db.lease.term)
        await db.meta.delete_one({"_id": "answers"})  # The next start counts them.
        self._heads = dict(await heads(db))
        self._deleted = await _ids(db.rooms, deleted=True)
        rooms, users = await _ids(db.rooms), await _ids(db.users)
        fresh = await self._new_files()
        names = (each for each in self._export.documents(NOTES) if "name" in each)
        await self._add(NOTES, names)
        # Who is in a room that is here, or has an account, was decided here since.
        wanted: dict[str, Callable[[Document], bool]] = {
            "fs.chunks": lambda each: each["files_id"] in fresh,
            "fs.files": lambda each: each["_id"] in fresh,
            "members": lambda each: self._is_new(each["_id"], rooms, users),
            "rooms": lambda each: each["_id"] not in rooms,
            "users": lambda each: each["_id"] not in users,
        }
        for name, is_wanted in wanted.items():
            progress.begin(f"{name}:")
            some = filter(is_wanted, self._check(name, self._export.documents(name)))
            self._came[name] = await self._add(name, some)
            progress.step(self._came[name])
        self.people = await _ids(db.users) - users
        progress.begin("messages:", self._export.entries["messages"]["count"])
        for batch in batches(self._export.messages()):
            await self._say(batch)
            progress.step(len(batch))
        progress.end()

    def _is_new(self, key: Document, rooms: set[str], users: set[str]) -> bool:
        is_new = key["room"] not in rooms or key["user"] not in users
        return is_new and key["room"] not in self._deleted

    async def _new_files(self) -> set[str]:
        """Those that are not here, but for those of messages that were deleted here."""
        there = await _ids(self._db.files)
        query = {"deleted": True, "_id.id": {"$regex": "^slack-"}}
        gone = {
            str(each["_id"]) async for each in self._db.messages.find(query, {"_id": 1})
        }
        return {
            each["_id"]
            for each in self._export.documents("fs.files")
            if each["_id"] not in there
            and each["metadata"]["room"] not in self._deleted
            and str(each["metadata"]["message"]) not in gone
        }

    async def _add(self, name: str, documents: Iterable[Document]) -> int:
        """Insert the documents that are not there; how many were not."""
        collection, count = getattr(self._db, OURS.get(name, name)), 0
        for batch in batches(documents):
            await self._db.lease.hold()
            writes = [
                UpdateOne(*_insert(name, each, self._heads), upsert=True) for each in batch
            ]
            count += (await collection.bulk_write(writes, ordered=False)).upserted_count
        return count

    async def _say(self, batch: list[Document]) -> None:
        """Store what is new or changed in some messages of one or more rooms."""
        notes = list(map(note_of, batch))
        noted = self._db.slack.find({"_id": {"$in": [each["_id"] for each in notes]}})
        before = {each["_id"]: each async for each in noted}
        # Slack says itself what stands for a deleted message, so its sender is as noted.
        keys = [
            {"sender": before.get(each["_id"], each)["sender"], "id": each["_id"]}
            for each in notes
        ]
        found = self._db.messages.find({"_id": {"$in": keys}})
        there = {each["_id"]["id"]: each async for each in found}
        was, writes, fresh = dict(self._heads), [], []
        for document, note in zip(batch, notes, strict=True):
            old = there.get(note["_id"])
            if old:
                self._seqs[document["room"], document["seq"]] = old["seq"]
            if document["room"] in self._deleted:
                self._lost += 1
            elif old and old.get("deleted"):
                continue
            elif before.get(note["_id"], {}).get("digest") != note["digest"]:
                writes += self._written(document, old)
                fresh.append(note)
        await self._db.lease.hold()
        if self._doomed:
            await files.mark_for_check(self._db, self._doomed)
        if writes:
            await self._db.messages.bulk_write(writes)
        await self._mark_as_read(was)
        if fresh:
            await self._db.slack.bulk_write(list(map(_noted, fresh)), ordered=False)

    def _written(self, document: Document, old: Document | None) -> list[Any]:
        """The write of a message, if anything is to be written."""
        room, seq = document["room"], document["seq"]
        (checked,) = self._check("messages", (each for each in [document]))
        head = self._heads.get(room, Head())
        made = replace(
            to_message(checked),
            reply_to=self._seqs.get((room, document.get("reply_to", 0))),
            seq=head.seq + 1,
            rev=head.rev + 1,
        )
        if old is None:
            self._new += 1
            self._seqs[room, seq] = made.seq
            self._heads[room] = Head(made.seq, made.rev)
            return [InsertOne(to_document(made))]
        here = to_message(old)
        both = united(here, made)
        if both == here:
            return []
        self._changed += 1
        if both.deleted:
            self._doomed += [each.id for each in here.files]
        self._heads[room] = Head(head.seq, made.rev)
        return [ReplaceOne({"_id": old["_id"]}, to_document(replace(both, rev=made.rev)))]

    async def _mark_as_read(self, was: dict[str, Head]) -> None:
        """Move the marks of those who had read all here: the rest they read in Slack."""
        for room, head in self._heads.items():
            before = was.get(room, Head()).seq
            if head.seq != before:
                await self._db.members.update_many(
                    {"_id.room": room, "read": {"$gte": before}},
                    {"$set": {"read": head.seq, "own": []}, "$inc": {"read_version": 1}},
                )


def united(here: Message, slack: Message) -> Message:
    """A message as it is here, with what has changed in Slack: the later text stands.

    Whatever was added in one place stays, and what was deleted in one is.
    """
    if slack.deleted:
        return tombstone(here)
    attached = {each.id: each for each in (*here.files, *slack.files)}
    ours, theirs = (each.edited_at or _LONG_AGO for each in (here, slack))
    is_later = theirs > ours or (theirs == ours and len(attached) == len(slack.files))
    text = slack if is_later else here
    kinds = list({**here.reactions, **slack.reactions})[: Limits.reactions]
    sets = (here.reactions, slack.reactions)
    return replace(
        here,
        text=text.text,
        html=text.html,
        mentions=text.mentions,
        edited_at=text.edited_at,
        files=tuple(attached.values())[: Limits.files],
        reactions={
            kind: tuple(dict.fromkeys(user for each in sets for user in each.get(kind, ())))
            for kind in kinds
        },
        pinned=here.pinned or slack.pinned,
    )


def _insert(
    name: str, document: Document, tops: dict[str, Head]
) -> tuple[Document, Document]:
    """The way to find a document, and to make it where there is none."""
    keys = ("files_id", "n") if name == GRIDFS["chunks"] else ("_id",)
    more = {
        key: value for key, value in document.items() if key != "_id" and key not in keys
    }
    if name == "members" and (head := tops.get(document["_id"]["room"])):
        more["read"] = head.seq
    return {key: document[key] for key in keys}, {"$setOnInsert": more}


def _noted(note: Document) -> UpdateOne:
    first = {"$setOnInsert": {"sender": note["sender"]}}
    return UpdateOne(
        {"_id": note["_id"]}, {"$set": {"digest": note["digest"]}, **first}, upsert=True
    )


async def _ids(collection: Any, **query: Any) -> set[str]:
    return {each["_id"] async for each in collection.find(query, {"_id": 1})}


@asynccontextmanager
async def _idle(settings: Settings) -> AsyncGenerator[Database]:
    """The database, while no server runs."""
    async with idle_database(settings) as (url, lease):
        db = Database(lease)
        await db.open(url, exclusive=lease.is_exclusive)
        try:
            await db.check_data()
            yield db
        finally:
            await lease.release()  # while there is a client
            await db.close()
