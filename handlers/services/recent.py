"""A cache of each room's latest encoded events, for clients that reconnect soon."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from handlers.schemas.responses import MAX_CHANGES

MAX_BYTES = 8 * 1024 * 1024  # of lines, of all rooms


class EncodedEvent(NamedTuple):
    """A message's state at a rev, encoded."""

    rev: int
    seq: int
    text: bytes


class Recent:
    """Each room's latest changes, without a hole; the quietest are forgotten first."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._most, self._bytes = most, 0
        self._rooms: dict[str, deque[EncodedEvent]] = {}

    def note(self, room: str, lines: Sequence[EncodedEvent]) -> None:
        """Remember what was said in a room."""
        kept = self._rooms.pop(room, None) or deque()
        if kept and kept[-1].rev + 1 != lines[0].rev:
            self._forget(kept, len(kept))
        kept.extend(lines)
        self._bytes += sum(len(line.text) for line in lines)
        self._forget(kept, len(kept) - MAX_CHANGES)
        self._rooms[room] = kept
        while self._bytes > self._most:
            quietest = next(iter(self._rooms))
            self._forget(self._rooms[quietest], len(self._rooms.pop(quietest)))

    def since(self, room: str, cursor: int, until: int) -> list[EncodedEvent] | None:
        """The changes after a cursor up to a rev, each once; None if not all are here.

        A message that changed after `until` is left out: that change will be heard.
        """
        kept = self._rooms.get(room)
        if not kept or kept[0].rev > cursor + 1 or kept[-1].rev < until:
            return None
        latest: dict[int, EncodedEvent] = {}
        for line in kept:
            if line.rev > cursor:
                latest.pop(line.seq, None)  # So that the later state comes later, too.
                latest[line.seq] = line
        return [line for line in latest.values() if line.rev <= until]

    def _forget(self, kept: deque[EncodedEvent], count: int) -> None:
        for _ in range(count):
            self._bytes -= len(kept.popleft().text)
