"""Notices: what is new, for those who may not have seen it, until it is due."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from html import unescape
from re import compile as pattern
from weakref import WeakKeyDictionary

from msgspec import Struct
from msgspec.structs import replace

from handlers.markup.characters import visible
from hub import Connection, Hub
from store.records import Message, now

WAIT_SECONDS = 10.0  # in which somebody may read it
MAX_WAITING = 1_000  # messages; of more, those that wait longest go
MAX_AGE_SECONDS = 60.0  # of a message that is still news when it is stored
MAX_GIST_CHARS = 120
MAX_KEPT_CHARS = 2_000  # of a text or its HTML, from which the gist is taken
_BLOCK = pattern(r"</?(?:blockquote|br|div|h\d|li|ol|p|pre|table|td|th|tr|ul)\b[^>]*>")
_TAG = pattern(r"<[^>]*(?:>|$)")


class Notice(Struct, frozen=True):
    """A message that people may be told of, or a test, which has no room."""

    room: str
    seq: int
    sender: str
    via: str  # the name under which a hook posted it
    text: str
    is_html: bool = False
    mentions: tuple[str, ...] = ()
    is_ringing: bool = False  # a call of a direct room
    is_urgent: bool = False  # for a battery that saves: somebody is meant in person

    @classmethod
    def of(cls, message: Message) -> "Notice":
        """Of a message, with no more of it than is said."""
        files = ", ".join(file.name for file in message.files)
        return cls(
            room=message.room,
            seq=message.seq,
            sender=message.sender,
            via=message.via.name if message.via else "",
            text=(message.html or message.text or files)[:MAX_KEPT_CHARS],
            is_html=bool(message.html),
            mentions=message.mentions,
            is_ringing=message.call is not None and "~" in message.room,
            is_urgent=bool(message.mentions) or "~" in message.room,
        )

    def shortened(self) -> "Notice":
        """The same with the beginning of its text, without markup."""
        text = self.text
        if self.is_html:
            text = unescape(_TAG.sub("", _BLOCK.sub(" ", text)))
        text = visible(text)
        if len(text) > MAX_GIST_CHARS:
            text = f"{text[: MAX_GIST_CHARS - 1]}…"
        return replace(self, text=text, is_html=False)


class Notices:
    """The messages of the last moments, and the rooms that people look at."""

    def __init__(self, hub: Hub, when_deleted: Callable[[str, int], None]) -> None:
        self._hub, self._when_deleted = hub, when_deleted
        self.wait = WAIT_SECONDS
        self.users: set[str] = set()  # who have a device
        self.badges: dict[str, tuple[float, int]] = {}  # what calls them, and since when
        self._waiting: dict[tuple[str, int], tuple[float, Notice]] = {}
        self._tops: dict[str, int] = {}  # the latest seq of each room that was heard of
        self._viewed: WeakKeyDictionary[Connection, str] = WeakKeyDictionary()
        self._news = asyncio.Event()
        self._is_asked = False  # for the next one: nobody is being told of another

    def hear(self, stored: Sequence[Message]) -> None:
        """Take note of what a commit stored; the log calls this before it goes on."""
        if not self.users:
            return
        for message in stored:
            key = message.room, message.seq
            if message.deleted or (message.call and message.call.ended_at):
                self._waiting.pop(key, None)
                self._when_deleted(*key)
            elif key in self._waiting:
                self._waiting[key] = self._waiting[key][0], Notice.of(message)
            elif message.seq > self._tops.get(message.room, 0):
                self._tops[message.room] = message.seq
                if (now() - message.created_at).total_seconds() < MAX_AGE_SECONDS:
                    self._wait_with(key, Notice.of(message))

    async def due(self) -> Notice:
        """The next one that has waited."""
        loop = asyncio.get_running_loop()
        self._is_asked = True
        while True:
            self._news.clear()
            due, first = min(
                ((due, key) for key, (due, _) in self._waiting.items()),
                default=(None, ("", 0)),
            )
            if due is not None and due <= loop.time():
                self._is_asked = False
                return self._waiting.pop(first)[1].shortened()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._news.wait()

    def is_waiting(self) -> bool:
        """True if somebody may still be told of something."""
        return bool(self._waiting) or not self._is_asked

    def note_active(self, connection: Connection, room: str | None) -> None:
        """Take note of what somebody looks at: a room, all ("") or nothing (None)."""
        if room is None:
            self._viewed.pop(connection, None)
        else:
            self._viewed[connection] = room

    def is_viewed(self, user: str, room: str) -> bool:
        """True if a user looks at a room in a window that they use."""
        return any(
            self._viewed.get(connection) in {"", room}
            for connection in self._hub.of_user(user)
        )

    def _wait_with(self, key: tuple[str, int], notice: Notice) -> None:
        wait = 0 if notice.is_ringing else self.wait
        self._waiting[key] = asyncio.get_running_loop().time() + wait, notice
        if len(self._waiting) > MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._news.set()
