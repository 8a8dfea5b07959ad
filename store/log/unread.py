"""Counts of unread messages and mentions: exact, and known without a question.

Beyond a read mark, all counts but what was deleted and what its reader posted themselves.
Of those who are here, what does not count and what mentions them is kept in memory and
follows every change of the log; so a count is true for the very moment at which it is told.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial

from store import messages
from store.database import Database
from store.records import Head, Mark, Message

MAX_KEPT = 5_000  # messages of one reader in one room; beyond, they are read anew


class _Reader:
    """One user in one room: which messages above `floor` mention them, or do not count."""

    __slots__ = ("changed", "floor", "mentions", "uncounted")

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.mentions: set[int] = set()
        self.uncounted: set[int] = set()
        self.changed: set[int] | None = None  # while older states are being read

    def take(self, message: Message, user: str) -> bool:
        """Take a message's latest state; whether that changes how it counts."""
        seq = message.seq
        if self.changed is not None:
            self.changed.add(seq)
        elif seq <= self.floor:
            return False
        was = (seq in self.uncounted, seq in self.mentions)
        is_own = message.sender == user and not message.via
        is_out = message.deleted or is_own
        calls = not is_out and (user in message.mentions or "all" in message.mentions)
        (self.uncounted.add if is_out else self.uncounted.discard)(seq)
        (self.mentions.add if calls else self.mentions.discard)(seq)
        return was != (is_out, calls)

    def forget_up_to(self, seq: int) -> None:
        """Forget what is read."""
        if seq > self.floor and self.changed is None:
            self.floor = seq
            self.mentions = {each for each in self.mentions if each > seq}
            self.uncounted = {each for each in self.uncounted if each > seq}


class _User:
    """The counts that are known of a user, while somebody holds them."""

    def __init__(self, drop: Callable[[], None]) -> None:
        self._holders, self._drop = 0, drop
        self.one_at_a_time = asyncio.Lock()
        self.rooms: dict[str, _Reader] = {}

    def __enter__(self) -> None:
        self._holders += 1

    def __exit__(self, *_: object) -> None:
        self._holders -= 1
        if not self._holders:
            self._drop()


class Unread:
    """Whose unread messages are known: of everybody who is kept by somebody."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._users: dict[str, _User] = {}
        self._rooms: defaultdict[str, dict[str, _Reader]] = defaultdict(dict)
        self._tops: dict[str, int] = {}  # the latest seq of a room that was taken note of
        self.turned: dict[tuple[str, str], None] = {}  # users, each with a room
        self.has_turned = asyncio.Event()

    def keeping(self, user: str) -> AbstractContextManager[None]:
        """Keep what is known of a user until the end."""
        if user not in self._users:
            self._users[user] = _User(partial(self._drop, user))
        return self._users[user]

    def _drop(self, user: str) -> None:
        kept = self._users.pop(user)
        for room in tuple(kept.rooms):
            self._forget(kept, room, user)

    async def load(
        self, user: str, marks: Mapping[str, int], heads: Mapping[str, Head]
    ) -> None:
        """Know all beyond these marks of a user who is kept."""
        kept = self._users[user]
        async with kept.one_at_a_time:
            known = kept.rooms
            missing = {
                room: mark
                for room, mark in marks.items()
                if room not in known or mark < known[room].floor
            }
            for room, mark in missing.items():
                reader = known.setdefault(room, _Reader(mark))
                self._rooms[room][user] = reader
                self._tops.setdefault(room, heads[room].seq)
                reader.changed = set()
            try:
                await self._read(user, kept, missing, heads)
            except BaseException:
                for room in missing:
                    self._forget(kept, room, user)
                raise

    async def _read(
        self, user: str, kept: _User, missing: dict[str, int], heads: Mapping[str, Head]
    ) -> None:
        unread = {room: mark for room, mark in missing.items() if mark < heads[room].seq}
        mentions, deleted = await asyncio.gather(
            messages.mentioning(self._db, user, unread), messages.deleted(self._db, unread)
        )
        for room, mark in missing.items():
            reader = kept.rooms[room]
            changed = reader.changed or set()
            reader.mentions |= mentions.get(room, set()) - changed
            reader.uncounted |= deleted.get(room, set()) - changed
            reader.floor, reader.changed = min(mark, reader.floor), None

    def count(self, user: str, room: str, mark: Mark, head: Head) -> tuple[int, int]:
        """The unread messages beyond a mark that was loaded, and the mentions, counted."""
        reader = self._users[user].rooms[room]
        reader.forget_up_to(mark.seq)
        beyond = range(mark.seq + 1, head.seq + 1)
        out = {*reader.uncounted, *mark.own}
        unread = len(beyond) - sum(seq in beyond for seq in out)
        return unread, sum(seq in beyond for seq in reader.mentions)

    def note(self, stored: Sequence[Message]) -> None:
        """Take note of what was stored.

        `turned` has for whom an older message now counts otherwise than before.
        """
        for message in stored:
            readers = self._rooms.get(message.room)
            if not readers:
                continue
            is_new = message.seq > self._tops[message.room]
            self._tops[message.room] = max(self._tops[message.room], message.seq)
            for user in self._concerned(message, readers):
                reader = readers[user]
                if reader.take(message, user) and not is_new:
                    self.turned[user, message.room] = None
                    self.has_turned.set()
                size = len(reader.uncounted) + len(reader.mentions)
                if size > MAX_KEPT and reader.changed is None:
                    self._forget(self._users[user], message.room, user)

    def _concerned(self, message: Message, readers: Mapping[str, _Reader]) -> Sequence[str]:
        """For whom it may count otherwise now: of a new message, those whom it names."""
        if message.edited_at or message.deleted or "all" in message.mentions:
            return list(readers)
        named = dict.fromkeys((message.sender, *message.mentions))
        return [user for user in named if user in readers]

    def _forget(self, kept: _User, room: str, user: str) -> None:
        kept.rooms.pop(room, None)
        self._rooms[room].pop(user, None)
        if not self._rooms[room]:
            del self._rooms[room]
            self._tops.pop(room, None)
