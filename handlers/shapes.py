"""The shapes of what the server says: objects, refusals, and the answers that hold them.

`representations.py` makes them; the tests hold every answer they get against these. A field
that may be missing is `| UnsetType`.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.requests import Id, Name, Rev, Seq
from store.records import Kind, Role

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
RoomRole = Literal["owner", "member"]
Count = Annotated[int, Meta(ge=0)]
Notify = Literal["all", "mentions", "nothing"]


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """What is said: these fields and no others."""


class User(Shape, tag_field="type", tag="user"):
    """A user, as everybody sees them."""

    name: Name
    display_name: str
    role: Role
    disabled: bool
    created_at: Moment


class Session(Shape, tag_field="type", tag="session"):
    """One sign-in, as its user sees it."""

    id: str
    current: bool
    created_at: Moment
    last_seen_at: Moment
    expires_at: Moment
    user_agent: str
    address: str


class Message(Shape, tag_field="type", tag="message"):
    """A message in its latest state; what is empty is left out.

    `html` is left out when the text says it all. A deleted message keeps its numbers.
    """

    room: RoomName
    seq: Seq
    rev: Annotated[int, Meta(ge=1)]
    id: Id
    sender: Name
    text: str
    created_at: Moment
    html: str | UnsetType = UNSET
    edited_at: Moment | UnsetType = UNSET
    deleted: Literal[True] | UnsetType = UNSET
    reply_to: Seq | UnsetType = UNSET
    reactions: dict[str, Annotated[list[Name], Meta(min_length=1)]] | UnsetType = UNSET


class Room(Shape, tag_field="type", tag="room"):
    """A room as one user sees it; from `read` on, only for its members.

    `last_message` is in the list of rooms alone.
    """

    name: RoomName
    title: str
    topic: str
    kind: Kind
    archived: bool
    created_by: Name | Literal[""]  # nobody made the first room
    created_at: Moment
    seq: Count
    rev: Rev
    role: RoomRole | None
    read: Count | UnsetType = UNSET
    unread: Count | UnsetType = UNSET
    mentions: Count | UnsetType = UNSET
    favorite: bool | UnsetType = UNSET
    notify: Notify | UnsetType = UNSET
    last_message: Message | UnsetType | None = UNSET


class Member(Shape, tag_field="type", tag="member"):
    """A user in a room; of somebody who left, only that."""

    room: RoomName
    user: Name
    joined: bool
    role: RoomRole | UnsetType = UNSET
    joined_at: Moment | UnsetType = UNSET


class ReadMark(Shape, tag_field="type", tag="read"):
    """How far the asker has read a room, and what is left."""

    room: RoomName
    seq: Count
    unread: Count
    mentions: Count


class Invite(Shape, tag_field="type", tag="invite"):
    """A way in; `code` and `path` only in the answer to its making."""

    id: str
    created_by: Name
    created_at: Moment
    expires_at: Moment
    uses_left: Count
    note: str
    code: str | UnsetType = UNSET
    path: str | UnsetType = UNSET


class Limits(Shape):
    """What the server allows: characters, bytes, seconds and numbers."""

    text: Count
    frame: Count
    page: Count
    password: Count
    rooms: Count
    connections: Count
    sends: Count
    burst: Count
    reactions: Count
    changes: Count
    hello: Count
    heartbeat: Count


class Config(Shape):
    """What this server is and allows."""

    name: Literal["Hearth"]
    version: str
    registration: Literal["invite", "open", "closed"]
    limits: Limits


class FieldFault(Shape):
    """What is wrong with one field."""

    field: str
    reason: str


class Problem(Shape):
    """A refusal: a problem document, RFC 9457."""

    type: Annotated[str, Meta(pattern=r"\Aurn:hearth:[a-z_]+\Z")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    faults: list[FieldFault] | UnsetType = UNSET


class SignedIn(Shape):
    """A new session, and its access token."""

    user: User
    access_token: str
    token_type: Literal["bearer"]
    expires_in: Count


class Asker(Shape):
    """Who is asking."""

    user: User
    session: Session


class Sessions(Shape):
    """The asker's sessions, the latest used first."""

    sessions: list[Session]


class Users(Shape):
    """Everybody with an account, by name."""

    users: list[User]


class Rooms(Shape):
    """The asker's rooms, and the public ones."""

    rooms: list[Room]


class Members(Shape):
    """A room's members, by name."""

    members: list[Member]


class Page(Shape):
    """Messages in the order of their `seq`, and whether there are more."""

    messages: list[Message]
    has_older: bool
    has_newer: bool


class Changes(Shape):
    """Messages in the order of their `rev`; `rev` is the cursor for the next call."""

    messages: list[Message]
    rev: Rev
    has_newer: bool


class Invites(Shape):
    """The invites that still let somebody in."""

    invites: list[Invite]
