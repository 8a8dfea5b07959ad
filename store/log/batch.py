"""One batch of the log: numbered once, and stored as one ordered bulk write.

*Ordered*, so that a crash leaves a prefix and the numbers have no holes. Every write can be
repeated without harm: an insert finds its own `_id`, a change finds its own `rev`. So when
an outcome is unknown, the same documents with the same numbers are sent again until all are
there, and nothing new is numbered before that.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError, PyMongoError

from store import messages
from store.database import Database
from store.errors import ApiError, Conflict, NotFound, NotServing, Unavailable, is_away
from store.lease.fenced import LATE
from store.log.fence import Fence
from store.records import Draft, Head, Message, now
from store.rooms import ROOM_NOT_FOUND

_DUPLICATE = 11000


class Entry:
    """One change that somebody waits for."""

    def __init__(self, room: str) -> None:
        self.room, self.since = room, time.monotonic()
        self.done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def age(self) -> float:
        """Seconds that it has waited."""
        return time.monotonic() - self.since

    def refuse(self, error: Exception) -> None:
        """Tell whoever waits that it did not happen, or that we do not know."""
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # Whoever waited may be gone; that is no error of ours.

    def resolve(self, message: Message, *, new: bool = True) -> None:
        """Tell whoever waits that it is stored."""
        if not self.done.done():
            self.done.set_result((message, new) if isinstance(self, Post) else message)


class Post(Entry):
    """A new message."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft.room)
        self.draft = draft


class Change(Entry):
    """A new state of an old message."""

    def __init__(self, room: str, seq: int, change: Callable[[Message], Message]) -> None:
        super().__init__(room)
        self.seq, self.change = seq, change


class Recount(Change):
    """A new number of answers; it goes with each answer that comes or is deleted."""

    def __init__(self, room: str, seq: int) -> None:
        super().__init__(room, seq, lambda message: message)


class DuplicateKey(Exception):
    """A number or an id was there already; nothing of `rest` is stored: number it anew."""

    def __init__(self, rest: list[Entry], *, foreign: bool) -> None:
        super().__init__()
        self.rest, self.foreign = rest, foreign


class Batch:
    """Entries, their messages, and how many of these are stored."""

    def __init__(self, db: Database, fence: Fence, entries: list[Entry]) -> None:
        self._db, self._fence, self.entries = db, fence, entries
        self._numbered: list[tuple[Message, Entry]] = []
        self._done = 0
        self._in_doubt = False
        self._latest: dict[tuple[str, int], Message] = {}
        self._answers: dict[tuple[str, int], int] = {}  # to the messages that are answered

    async def number(self, heads: Mapping[str, Head], closed: Set[str]) -> None:
        """Give every entry its numbers, or refuse it."""
        await self._read_latest()
        ahead: dict[str, Head] = {}
        moment = now()
        for entry in self.entries:
            head = ahead.get(entry.room) or heads.get(entry.room) or Head()
            try:
                if entry.room in closed:
                    raise NotFound(ROOM_NOT_FOUND)
                if isinstance(entry, Post):
                    made = self._post(entry, head, moment)
                else:
                    assert isinstance(entry, Change)
                    made = self._change(entry, head)
            except ApiError as refusal:
                entry.refuse(refusal)
                continue
            for message, _ in made:
                head = Head(max(head.seq, message.seq), message.rev)
            ahead[entry.room] = head
            self._numbered += made

    async def store(self) -> None:
        """Store what is not stored yet. If the database goes away, call this again.

        Raises:
            DuplicateKey: if an entry turned out to be a retry, or another server gave its
                number away; what came before it is stored.
        """
        while self._done < len(self._numbered):
            try:
                await self._fence.settle()
                await self._store_rest()
            except Exception as error:
                self._in_doubt |= is_away(error)
                raise
        await self._prove()

    def refuse(self, error: Exception) -> None:
        """Tell all whose message is not stored."""
        for _, entry in self._numbered[self._done :]:
            entry.refuse(error)

    def stored(self) -> list[tuple[Message, Entry]]:
        """The messages that are stored, in order, and who waits for each."""
        return self._numbered[: self._done]

    async def _store_rest(self) -> None:
        """Store as much of the rest as can be; what is in the way is settled.

        Raises:
            NotServing: if it came too late: another server may serve by now.
        """
        rest = self._numbered[self._done :]
        writes, fences = self._writes(rest)
        began, fault = time.monotonic(), None
        try:
            result = await self._db.messages.bulk_write(writes)
            end, found = len(writes), result.matched_count
            self._db.counts.commit(len(rest), time.monotonic() - began)
        except BulkWriteError as error:
            if not error.details["writeErrors"]:
                raise  # Written, but not known to be journaled.
            fault, found = error, error.details["nMatched"]
            end = error.details["writeErrors"][0]["index"]
        passed = sum(at < end for at in fences)
        stored = rest[: end - passed]
        await self._require_found(stored, found)
        self._fence.passed(passed)
        self._done += len(stored)
        if fault and fault.details["writeErrors"][0]["code"] != _DUPLICATE:
            raise fault
        if end in fences:
            await self._fence.settle_duplicate()
        elif fault:
            await self._settle_duplicate()

    def _writes(self, rest: Sequence[tuple[Message, Entry]]) -> tuple[list[Any], list[int]]:
        """The writes of some messages, and at which places among them fences stand."""
        writes: list[Any] = []
        fences: list[int] = []
        in_time, is_inserting = self._db.messages.in_time(), False
        for message, entry in rest:
            if isinstance(entry, Post) and not is_inserting:
                fence = self._fence.insert(len(fences))
                fences += range(len(writes), len(writes) + len(fence))
                writes += fence
            is_inserting = isinstance(entry, Post)
            writes.append(_write(message, entry, in_time))
        return writes, fences

    async def _require_found(
        self, stored: Sequence[tuple[Message, Entry]], found: int
    ) -> None:
        """Make sure that changes which found nothing to change had been made before."""
        changed = [message for message, entry in stored if isinstance(entry, Change)]
        if found < len(changed) and not self._db.lease.is_exclusive:
            keys = {(message.room, message.seq) for message in changed}
            there = await messages.by_seq(self._db, keys)
            for message in changed:
                if there[message.room, message.seq].rev < message.rev:
                    raise NotServing(LATE)

    async def _read_latest(self) -> None:
        """Read what changes or is answered; if that fails, those entries are refused."""
        changes = [entry for entry in self.entries if isinstance(entry, Change)]
        posts = [entry for entry in self.entries if isinstance(entry, Post)]
        answers = [entry for entry in posts if entry.draft.reply_to is not None]
        try:
            changed = {(each.room, each.seq) for each in changes}
            self._latest = await messages.by_seq(self._db, changed)
            answered = {(each.room, each.draft.reply_to or 0) for each in answers} | {
                (room, message.reply_to)
                for (room, _), message in self._latest.items()
                if message.reply_to
            }
            self._latest |= await messages.by_seq(self._db, answered - changed)
            answered |= {(e.room, e.seq) for e in changes if isinstance(e, Recount)}
            self._answers = await messages.count_answers(self._db, answered)
        except PyMongoError:
            for entry in (*changes, *answers):
                entry.refuse(Unavailable("The database is away; please try again."))
            self._latest = {}

    def _post(
        self, entry: Post, head: Head, moment: datetime
    ) -> list[tuple[Message, Entry]]:
        """A new message, and then the one that it answers.

        In this order: after a crash between the two, the answer is what changed last in
        its room, and the next start counts anew.
        """
        message = _first(entry.draft, Head(head.seq + 1, head.rev + 1), moment)
        if entry.done.done():
            return []  # refused: what it answers could not be read
        self._latest[message.room, message.seq] = message
        return [(message, entry), *self._recounted(message, 1, message.rev + 1)]

    def _change(self, entry: Change, head: Head) -> list[tuple[Message, Entry]]:
        """A changed message; before an answer's deletion, the one that it answered."""
        before = self._latest.get((entry.room, entry.seq))
        message = _next(entry, self._latest, Head(head.seq, head.rev + 1))
        if isinstance(entry, Recount):
            count = self._answers.get((entry.room, entry.seq), message.answers)
            return self._with_answers(message, count, head.rev + 1, entry)
        if message is before or before is None or message == before:
            entry.resolve(message)  # It was in that state already.
            return []
        if message.deleted and before.reply_to:
            if parent := self._recounted(before, -1, message.rev):
                message = replace(message, rev=message.rev + 1)
                self._latest[message.room, message.seq] = message
            return [*parent, (message, entry)]
        return [(message, entry)]

    def _recounted(
        self, answer: Message, more: int, rev: int
    ) -> list[tuple[Message, Entry]]:
        key = (answer.room, answer.reply_to or 0)
        if key not in self._latest:
            return []
        self._answers[key] = self._answers.get(key, 0) + more
        return self._with_answers(self._latest[key], self._answers[key], rev, Recount(*key))

    def _with_answers(
        self, message: Message, count: int, rev: int, entry: Entry
    ) -> list[tuple[Message, Entry]]:
        if message.answers == count:
            entry.resolve(message)
            return []
        changed = replace(message, answers=count, rev=rev)
        self._latest[message.room, message.seq] = changed
        return [(changed, entry)]

    async def _settle_duplicate(self) -> None:
        message, entry = self._numbered[self._done]
        original = await messages.by_id(self._db, message.sender, message.id)
        numbers = original and (original.room, original.seq, original.rev)
        if numbers == (message.room, message.seq, message.rev):
            self._done += 1  # Ours: an attempt whose outcome we were not told.
            return
        await self._prove()
        asked = set(self.entries)  # Recounts of our own are made anew.
        rest = [each for _, each in self._numbered[self._done :] if each in asked]
        if original is None or isinstance(entry, Change):
            raise DuplicateKey(rest, foreign=True)
        if original.room == message.room:
            entry.resolve(original, new=False)
        else:
            entry.refuse(Conflict("This id was used for a message in another room."))
        raise DuplicateKey(rest[1:], foreign=False)

    async def _prove(self) -> None:
        # A write that was found after an unknown outcome may not be journaled yet. One
        # acknowledged write after it proves that it is: the journal is sequential.
        if self._in_doubt:
            await self._db.meta.update_one(
                {"_id": "log"}, {"$inc": {"doubts": 1}}, upsert=True
            )
            self._in_doubt = False


def _first(draft: Draft, head: Head, moment: datetime) -> Message:
    if draft.reply_to is not None and draft.reply_to >= head.seq:
        raise NotFound("There is no such message to reply to.")
    return Message(
        room=draft.room,
        seq=head.seq,
        rev=head.rev,
        sender=draft.sender,
        id=draft.id,
        text=draft.text,
        html=draft.html,
        mentions=draft.mentions,
        created_at=moment,
        reply_to=draft.reply_to,
        via=draft.via,
        files=draft.files,
        call=draft.call,
    )


def _next(entry: Change, latest: dict[tuple[str, int], Message], head: Head) -> Message:
    """The changed message; the very same one, with its old rev, if nothing changes."""
    key = (entry.room, entry.seq)
    if key not in latest:
        raise NotFound("There is no such message.")
    before = latest[key]
    changed = entry.change(before)
    if changed == before:
        return changed
    latest[key] = changed = replace(changed, rev=head.rev)
    return changed


def _write(
    message: Message, entry: Entry, in_time: Mapping[str, Any]
) -> InsertOne[Any] | ReplaceOne[Any]:
    document = messages.to_document(message)
    if isinstance(entry, Post):
        return InsertOne(document)
    # Conditional on an older rev, so that repeating the write is a no-op.
    older = {"_id": document["_id"], "rev": {"$lt": message.rev}, **in_time}
    return ReplaceOne(older, document)
