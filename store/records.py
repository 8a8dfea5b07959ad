"""The records that the store hands out; what is in MongoDB stays there."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from store.lease.clock import now as now

R = TypeVar("R", bound=Struct)
MAX_CALLERS = 6  # connections in a call
MAX_ATTENDED = 50  # people who are remembered with it


class Role(StrEnum):
    """A user's role on this server."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    BOT = "bot"


class Kind(StrEnum):
    """The kind of a room: who may find and enter it."""

    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "direct"


class User(Struct, frozen=True):
    """Somebody with an account."""

    name: str
    display_name: str
    password_hash: str
    role: Role
    disabled: bool
    created_at: datetime
    avatar: str = ""  # the tag of their picture, if they have one
    created_by: str = ""  # a bot's
    notify: str = "mentions"  # what a new room tells them
    version: int = 0  # grows with every change

    def __repr__(self) -> str:
        """The name alone: a password's hash has no place in a log."""
        return f"User({self.name!r})"

    @property
    def is_admin(self) -> bool:
        """True if they run this server: its owners do, too."""
        return self.role in {Role.OWNER, Role.ADMIN}

    @property
    def is_active_person(self) -> bool:
        """True if somebody may be behind it: neither a bot nor a disabled account."""
        return self.role is not Role.BOT and not self.disabled


class AccessKind(StrEnum):
    """By what right somebody comes in."""

    SESSION = "session"  # a sign-in
    TOKEN = "token"  # noqa: S105 - a program's key
    OPERATOR = "operator"  # the command line, which has the server's secret


class Access(Struct, frozen=True):
    """A session, or a token; `key` is what it is looked up by."""

    id: str
    kind: AccessKind
    key: str
    user: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None = None  # a session's
    note: str = ""  # a token's
    created_by: str = ""  # a token's
    user_agent: str = ""  # a session's
    address: str = ""  # a session's


class Device(Struct, frozen=True):
    """A browser in which somebody asked to be told, with its push subscription."""

    id: str
    user: str
    session: str
    endpoint: str
    p256dh: str
    auth: str
    home: str  # the address of Hearth there, for links
    user_agent: str
    created_at: datetime
    failed_at: datetime | None = None  # since when nothing has reached it

    def __repr__(self) -> str:
        """The id alone: who has the endpoint can send."""
        return f"Device({self.id!r})"


class Room(Struct, frozen=True):
    """A log of messages, and who may read it."""

    name: str
    title: str
    topic: str
    kind: Kind
    created_by: str
    created_at: datetime
    archived: bool
    version: int = 0  # grows with every change


class Member(Struct, frozen=True):
    """A user in a room."""

    room: str
    user: str
    role: str
    joined_at: datetime
    read: int
    favorite: bool
    notify: str
    version: int = 0  # grows with every change but the read mark's, also over a rejoin
    read_version: int = 0
    own: tuple[int, ...] = ()


class Mark(Struct, frozen=True):
    """A read mark, of one membership.

    `own` are the messages beyond `seq` that they posted themselves, the latest ones.
    """

    seq: int
    version: int  # grows with every move, also back
    own: tuple[int, ...]
    joined_at: datetime


class Head(Struct, frozen=True):
    """The highest `seq` and `rev` of a room, both dense from 1."""

    seq: int = 0
    rev: int = 0


class Via(Struct, frozen=True):
    """Under which name and face a hook posted a message."""

    name: str
    emoji: str = ""
    icon_url: str = ""


class Pin(Struct, frozen=True):
    """The pinning of a message: by whom, and when."""

    by: str
    at: datetime


class File(Struct, frozen=True):
    """A file, as its message shows it; `type` is what its bytes say that it is."""

    id: str
    name: str
    type: str
    size: int
    width: int = 0
    height: int = 0
    has_preview: bool = False


class Caller(Struct, frozen=True):
    """A user in a call, with one of their connections."""

    user: str
    connection: str


class Call(Struct, frozen=True, omit_defaults=True):
    """A call, which is a message of its room: who is in it, and who has been."""

    started_at: datetime
    people: tuple[Caller, ...] = ()
    attended: tuple[str, ...] = ()
    ended_at: datetime | None = None


class Draft(Struct, frozen=True):
    """A message that has no number yet."""

    room: str
    sender: str
    id: str
    text: str
    html: str | None = None
    mentions: tuple[str, ...] = ()
    reply_to: int | None = None
    via: Via | None = None
    files: tuple[File, ...] = ()
    call: Call | None = None


class Message(Struct, frozen=True):
    """A message in its latest state."""

    room: str
    seq: int
    rev: int
    sender: str
    id: str
    text: str
    html: str | None
    mentions: tuple[str, ...]
    created_at: datetime
    edited_at: datetime | None = None
    deleted: bool = False
    reply_to: int | None = None
    reactions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    via: Via | None = None
    files: tuple[File, ...] = ()
    pinned: Pin | None = None
    answers: int = 0  # messages that reply to it and were not deleted
    call: Call | None = None


def tombstone(message: Message) -> Message:
    """The rest of a message that was deleted."""
    return replace(
        message,
        text="",
        html=None,
        mentions=(),
        reactions={},
        reply_to=None,
        files=(),
        pinned=None,
        call=None,
        deleted=True,
    )


class Invite(Struct, frozen=True):
    """A way in for a number of people."""

    id: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    uses_left: int
    note: str


class Reset(Struct, frozen=True):
    """A link by which a user sets a new password, once."""

    user: str
    created_by: str
    expires_at: datetime


class PasswordReset(Struct, frozen=True):
    """That a user's password was set by a link, which they are told once."""

    created_by: str
    used_at: datetime


class Hook(Struct, frozen=True):
    """An address at which other programs post into a room."""

    id: str
    room: str
    display_name: str
    created_by: str
    created_at: datetime
    last_used_at: datetime | None


def from_document(kind: type[R], document: Mapping[str, Any], /, **more: Any) -> R:
    """The record of a document, which has fields by the same names, and of `more`.

    Fields with a default may be missing.

    Raises:
        KeyError: if another one is.
    """
    names = kind.__struct_fields__
    required = len(names) - len(kind.__struct_defaults__)
    for at, name in enumerate(names):
        if name not in more and (at < required or name in document):
            more[name] = document[name]
    return kind(**more)
