"""A read-through cache of users, rooms, memberships, sessions and tokens."""

import time
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

MAX_RECORDS = 20_000  # records; about 10 MB
STEADY_SECONDS = 1.0  # that a check holds while nothing is forgotten


class Cache:
    """Records remembered by a process that is the only writer of its database.

    Every act asks who the user is and whether they are a member; remembering the answers
    saves the database a round trip for each. What a write may have changed is forgotten as
    soon as the write is over, also when it failed: its outcome may be unknown.
    """

    def __init__(self) -> None:
        self._records: dict[Hashable, Any] = {}
        self._forgotten = 0
        # Checks that were passed: with how much forgotten, and until when they hold.
        self._steady: dict[Hashable, tuple[int, float]] = {}

    async def get(self, key: Hashable, read: Callable[[], Awaitable[T | None]]) -> T | None:
        """The record for a key, read if it is not known; what is missing is not remembered.

        Never a value older than the last `forget` of its key: a read that overlaps a write
        is repeated.
        """
        while (record := self._records.get(key)) is None:
            forgotten = self._forgotten
            record = await read()
            if forgotten != self._forgotten:
                continue  # Somebody wrote meanwhile; what was read may be stale.
            if record is not None:
                self._remember(key, record)
            return record
        known: T = record
        return known

    def peek(self, key: Hashable) -> Any:
        """The record for a key, if it is known."""
        return self._records.get(key)

    async def get_all(
        self,
        keys: Sequence[Hashable],
        read: Callable[[list[Hashable]], Awaitable[Mapping[Hashable, T]]],
    ) -> list[T]:
        """The records for those of the keys that have one; what is not known is read."""
        while missing := [key for key in keys if key not in self._records]:
            forgotten = self._forgotten
            known = {key: self._records[key] for key in keys if key in self._records}
            found = await read(missing)
            if forgotten != self._forgotten:
                continue
            for key, record in found.items():
                self._remember(key, record)
            known |= found
            return [known[key] for key in keys if key in known]
        return [self._records[key] for key in keys]

    def _remember(self, key: Hashable, record: object) -> None:
        if len(self._records) >= MAX_RECORDS:
            self._records.pop(next(iter(self._records)))
        self._records[key] = record

    def forget(self, *keys: Hashable) -> None:
        """Read these anew the next time."""
        self._forgotten += 1
        for key in keys:
            self._records.pop(key, None)

    def forget_where(self, is_meant: Callable[[Any], bool]) -> None:
        """Read these records anew the next time; each one is looked at."""
        self.forget(*[key for key, record in self._records.items() if is_meant(record)])

    async def steadily(self, key: Hashable, check: Callable[[], Awaitable[None]]) -> None:
        """Check until nothing was forgotten meanwhile: then all that it found holds now.

        A check that asks several things one after the other may find each of them true,
        and all of them never at the same moment. What is known is checked without waiting;
        what was just checked holds until anything is forgotten, for at most a second, as
        some things end by the clock.
        """
        passed, until = self._steady.get(key, (-1, 0.0))
        if passed == self._forgotten and time.monotonic() < until:
            return
        passed = -1
        while passed != self._forgotten:
            passed = self._forgotten
            await check()
        if len(self._steady) >= MAX_RECORDS:
            self._steady.clear()
        self._steady[key] = passed, time.monotonic() + STEADY_SECONDS

    def amend(self, key: Hashable, change: Callable[[Any], Any]) -> None:
        """Change a record, if it is known, as a write that succeeded has changed it."""
        self._forgotten += 1
        if key in self._records:
            self._records[key] = change(self._records[key])

    def clear(self) -> None:
        """Read everything anew."""
        self._forgotten += 1
        self._records.clear()
