"""Responses: each object's schema, which is also what encodes it.

A class's `of` makes an object from a record of the store. A field that may be missing is
`| UnsetType`. `events.py` has what only the socket says.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.schemas.forms import Id, Name, Rev, Seq
from store import records
from store.errors import Fault
from store.records import Kind, Role

PAGE_MESSAGES = 50  # in a page, if nobody says otherwise
MAX_CHANGES = 1_000  # behind which a connection starts afresh

Moment = Annotated[
    str,
    Meta(
        pattern=r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z",
        extra_json_schema={"format": "date-time"},
    ),
]
RoomName = Annotated[
    str, Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,31}(~[a-z0-9][a-z0-9._-]{0,31}){0,7}\Z")
]
# A user, or nobody: the first room was made by no one, and the command line is none.
Maker = Annotated[str, Meta(pattern=r"\A([a-z0-9][a-z0-9._-]{0,31})?\Z")]
RoomRole = Literal["owner", "member"]
Count = Annotated[int, Meta(ge=0)]
Notify = Literal["all", "mentions", "nothing"]


@lru_cache(maxsize=64)  # All messages of a batch have the same.
def moment(time: datetime) -> str:
    """A time as RFC 3339 in UTC, with milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Response(msgspec.Struct, forbid_unknown_fields=True):
    """An object of the API: these fields and no others."""

    @classmethod
    def of(cls, record: Any, /, **more: Any) -> Self:
        """The fields that a record has by the same name, and `more`, which goes first.

        Times become moments. A field that may be missing is left out if it is empty.
        """
        for name, may_be_missing in _fields(cls):
            if name in more or not hasattr(record, name):
                continue
            value = getattr(record, name)
            if value or not may_be_missing:
                more[name] = moment(value) if isinstance(value, datetime) else value
        return cls(**more)


@cache
def _fields(form: type[Response]) -> list[tuple[str, bool]]:
    """The fields of a schema, each with whether it may be missing."""
    found = msgspec.structs.fields(form)
    return [(field.name, field.default is UNSET) for field in found]


class User(Response, tag_field="type", tag="user"):
    """A user, as everybody sees them; `avatar` is the tag of their picture."""

    name: Name
    display_name: str
    role: Role
    disabled: bool
    created_at: Moment
    version: Count
    avatar: str | UnsetType = UNSET


class Attachment(Response):
    """A file; `type` is what its bytes say that it is.

    Its schema is not called `File`: generated clients have a class of that name.
    """

    id: Id
    name: str
    type: str
    size: Count
    path: str
    width: Count | UnsetType = UNSET
    height: Count | UnsetType = UNSET
    preview: str | UnsetType = UNSET

    @classmethod
    def of(cls, file: records.File, /, **more: Any) -> Self:
        """As its message shows it."""
        path = f"/api/files/{file.id}/{quote(file.name, safe='')}"
        preview = f"/api/previews/{file.id}" if file.has_preview else UNSET
        return super().of(file, path=path, preview=preview, **more)


class Via(Response):
    """The name and picture that are shown for what a hook posted."""

    name: str
    emoji: str | UnsetType = UNSET
    icon_url: str | UnsetType = UNSET


class Pin(Response):
    """The pinning of a message: by whom, and when."""

    by: Name
    at: Moment


class Caller(Response):
    """Somebody in a call, with one of their connections."""

    user: Name
    connection: Annotated[str, Meta(max_length=100)]


class Call(Response):
    """A call: who is in it, and who has been."""

    started_at: Moment
    people: Annotated[list[Caller], Meta(max_length=records.MAX_CALLERS)]
    attended: Annotated[tuple[Name, ...], Meta(max_length=records.MAX_ATTENDED)]
    ended_at: Moment | UnsetType = UNSET

    @classmethod
    def of(cls, call: records.Call, /, **more: Any) -> Self:
        """As its message says it."""
        return super().of(call, people=[Caller.of(each) for each in call.people], **more)


class IceServer(Response):
    """A server that helps two browsers to find each other; its credential lasts an hour."""

    urls: list[str]
    username: str | UnsetType = UNSET
    credential: str | UnsetType = UNSET


class IceServers(Response):
    """The servers for calls, as `RTCPeerConnection` takes them."""

    ice_servers: list[IceServer]


class Message(Response, kw_only=True, tag_field="type", tag="message"):
    """A message in its latest state; what is empty is left out.

    `html` is left out when the text says it all. A deleted message keeps its numbers.
    """

    room: RoomName
    seq: Seq
    rev: Annotated[int, Meta(ge=1)]
    id: Id
    sender: Name
    text: str
    html: str | UnsetType = UNSET
    mentions: Annotated[tuple[Name, ...], Meta(min_length=1)] | UnsetType = UNSET
    created_at: Moment
    edited_at: Moment | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    reply_to: Seq | UnsetType = UNSET
    reactions: dict[str, Annotated[tuple[Name, ...], Meta(min_length=1)]] | UnsetType = (
        UNSET
    )
    via: Via | UnsetType = UNSET
    files: Annotated[list[Attachment], Meta(min_length=1)] | UnsetType = UNSET
    pinned: Pin | UnsetType = UNSET
    answers: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    call: Call | UnsetType = UNSET

    @classmethod
    def of(cls, message: records.Message, /, **more: Any) -> Self:
        """Its latest state. Every message passes here, so what is empty costs nothing."""
        seen = cls(
            room=message.room,
            seq=message.seq,
            rev=message.rev,
            id=message.id,
            sender=message.sender,
            text=message.text,
            mentions=message.mentions or UNSET,
            created_at=moment(message.created_at),
            call=Call.of(message.call) if message.call else UNSET,
            **more,
        )
        if message.html is not None:
            seen.html = message.html
        if message.edited_at:
            seen.edited_at = moment(message.edited_at)
        if message.deleted:
            seen.deleted = True
        if message.reply_to:
            seen.reply_to = message.reply_to
        if message.reactions:
            seen.reactions = message.reactions
        if message.via:
            seen.via = Via.of(message.via)
        if message.files:
            seen.files = [Attachment.of(file) for file in message.files]
        if message.pinned:
            seen.pinned = Pin(message.pinned.by, moment(message.pinned.at))
        if message.answers:
            seen.answers = message.answers
        return seen


class Room(Response, tag_field="type", tag="room"):
    """A room as one user sees it; from `read` on, only for its members.

    `last_message` is in the list of rooms alone.
    """

    name: RoomName
    title: str
    topic: str
    kind: Kind
    archived: bool
    created_by: Maker
    created_at: Moment
    seq: Count
    rev: Rev
    role: RoomRole | None
    version: Count
    read: Count | UnsetType = UNSET
    read_version: Count | UnsetType = UNSET
    unread: Count | UnsetType = UNSET
    mentions: Count | UnsetType = UNSET
    favorite: bool | UnsetType = UNSET
    notify: Notify | UnsetType = UNSET
    last_message: Message | UnsetType | None = UNSET


class Member(Response, tag_field="type", tag="member"):
    """A user in a room; of somebody who left, only that."""

    room: RoomName
    user: Name
    joined: bool
    version: Count
    role: RoomRole | UnsetType = UNSET
    joined_at: Moment | UnsetType = UNSET

    @classmethod
    def of(cls, member: records.Member, /, **more: Any) -> Self:
        """As the room sees them."""
        return super().of(member, joined=True, **more)


class ReadMark(Response, tag_field="type", tag="read"):
    """The asker's read mark in a room, and what is unread."""

    room: RoomName
    seq: Count
    unread: Count
    mentions: Count
    version: Count


class Limits(Response):
    """The server's limits: characters, bytes, seconds and numbers."""

    text: Count
    frame: Count
    page: Count
    password: Count
    rooms: Count
    connections: Count
    sends: Count
    burst: Count
    searches: Count
    reactions: Count
    file: Count
    files: Count
    pixels: Count
    hello: Count
    heartbeat: Count
    changes: Count

    @classmethod
    def of(cls, limits: Any, /, **more: Any) -> Self:
        """As the settings have them."""
        return super().of(limits, changes=MAX_CHANGES, **more)


class Session(Response, tag_field="type", tag="session"):
    """One sign-in, as its user sees it."""

    id: str
    current: bool
    created_at: Moment
    last_seen_at: Moment
    expires_at: Moment
    user_agent: str
    address: str

    @classmethod
    def seen_from(cls, session: records.Access, current: str) -> Self:
        """As its user sees it, who asks with the session `current`."""
        seen_at = moment(session.last_used_at or session.created_at)
        return cls.of(session, current=session.id == current, last_seen_at=seen_at)


class Device(Response, tag_field="type", tag="device"):
    """A browser on which its user is told; `failed_at` if nothing reaches it since."""

    id: str
    current: bool
    user_agent: str
    created_at: Moment
    failed_at: Moment | None


class Notifications(Response):
    """The asker's choice for new rooms, their devices, and the key to subscribe with."""

    key: str
    notify: Notify  # in rooms that are new to them
    devices: list[Device]


class Token(Response, tag_field="type", tag="token"):
    """A program's key; `secret` only in the answer to its making."""

    id: str
    user: Name
    note: str
    created_by: Name
    created_at: Moment
    last_used_at: Moment | None
    secret: str | UnsetType = UNSET


class Tokens(Response):
    """The asker's tokens, and for admins those of all bots; the newest first."""

    tokens: list[Token]


class MadeBot(Response):
    """A bot, and its first token with its secret."""

    user: User
    token: Token


class Invite(Response, tag_field="type", tag="invite"):
    """A way in; `code` and `path` only in the answer to its making."""

    id: str
    created_by: Maker
    created_at: Moment
    expires_at: Moment
    uses_left: Count
    note: str
    code: str | UnsetType = UNSET
    path: str | UnsetType = UNSET


class Invites(Response):
    """The invites that still let somebody in."""

    invites: list[Invite]


class Hook(Response, tag_field="type", tag="hook"):
    """A room's webhook; `secret` and `path` only in the answer to its making."""

    id: Name
    room: RoomName
    display_name: str
    created_by: Name
    created_at: Moment
    last_used_at: Moment | None
    secret: str | UnsetType = UNSET
    path: str | UnsetType = UNSET


class Hooks(Response):
    """A room's hooks, the oldest first."""

    hooks: list[Hook]


class Config(Response):
    """The team's name, the server's version and limits, and whether anybody is there."""

    name: str
    version: str
    registration: str
    limits: Limits
    nobody_yet: bool


class DatabaseAddress(Response):
    """The address of the server's database, for its operator."""

    url: str


class OwnerLink(Response):
    """The path of the link that makes somebody owner, for the server's operator."""

    path: str


class Passage(Response):
    """A request of the operator's, as the proxy passed it on."""

    peer: str
    is_trusted: bool
    host: str
    forwarded_for: str
    forwarded_proto: str


class Arrival(Response):
    """The size of a body in bytes, and the seconds that it took to arrive."""

    size: Count
    seconds: float


class FieldFault(Response):
    """A fault in one field."""

    field: str
    reason: str


class Problem(Response):
    """A refusal: a problem document, RFC 9457."""

    type: Annotated[str, Meta(pattern=r"\Aurn:hearth:[a-z_]+\Z")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    faults: list[FieldFault] | UnsetType = UNSET

    @classmethod
    def because(
        cls, status: int, code: str, detail: str, faults: Iterable[Fault] = ()
    ) -> Self:
        """With the code of an error, one of `ERROR_CODES`."""
        listed = [FieldFault(field=each.field, reason=each.reason) for each in faults]
        return cls(
            type=f"urn:hearth:{code}",
            title=code.replace("_", " ").capitalize(),
            status=status,
            detail=detail,
            faults=listed or UNSET,
        )


class Reset(Response, tag_field="type", tag="reset"):
    """A link to a new password; `code` and `path` only in the answer to its making."""

    user: Name
    created_by: Maker
    expires_at: Moment
    code: str | UnsetType = UNSET
    path: str | UnsetType = UNSET


class Joining(Response, tag_field="type", tag="joining"):
    """An invite as its reader sees it: the role, and who made it, if anybody did."""

    role: Literal["owner", "member"]
    created_by: Maker = ""
    expires_at: Moment | UnsetType = UNSET


class PasswordReset(Response):
    """That the password was set by a link: who made it, and when it was used."""

    created_by: Name
    used_at: Moment


class SignedIn(Response, kw_only=True):
    """A new session, and its access token."""

    password_reset: PasswordReset | UnsetType = UNSET

    user: User
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: Count


class Asker(Response):
    """The user who asks, with a session or as a program with a token."""

    user: User
    session: Session | UnsetType = UNSET
    token: Token | UnsetType = UNSET


class Sessions(Response):
    """The asker's sessions, the latest used first."""

    sessions: list[Session]


class Users(Response):
    """Everybody with an account, by name."""

    users: list[User]


class Rooms(Response):
    """The asker's rooms, and the public ones."""

    rooms: list[Room]


class Members(Response):
    """A room's members, by name."""

    members: list[Member]


class Page(Response):
    """Messages in the order of their `seq`, and whether there are more."""

    messages: list[Message]
    has_older: bool
    has_newer: bool


class Changes(Response):
    """Messages in the order of their `rev`; `rev` is the cursor for the next call."""

    messages: list[Message]
    rev: Rev
    has_newer: bool


class Pins(Response):
    """A room's pinned messages, the latest pinned first."""

    messages: list[Message]


class Answers(Response):
    """The answers to a message in the order of their `seq`, and whether there are more."""

    messages: list[Message]
    has_newer: bool


class Hit(Message, kw_only=True, tag_field="type", tag="message"):
    """A message that was found; the pieces of `excerpt` are by turns plain and a hit."""

    excerpt: Sequence[str]


class Hits(Response):
    """The hits of a search, the newest first; `next` goes into `before`.

    `indexed` is there while only this share of all messages is searched.
    """

    messages: list[Hit]
    next: str | None
    indexed: Annotated[float, Meta(ge=0, lt=1)] | UnsetType = UNSET
