"""The shapes of the objects that the server says, over HTTP and over the socket.

`representations.py` makes them; the tests hold everything that is said against these. A
field that may be missing is `| UnsetType`. `replies.py` has what only answers hold.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.schemas.forms import Id, Name, Rev, Seq
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
    avatar: str | UnsetType = UNSET


class File(Shape):
    """A file; `type` is what its bytes say that it is."""

    id: Id
    name: str
    type: str
    size: Count
    path: str
    width: Count | UnsetType = UNSET
    height: Count | UnsetType = UNSET
    preview: str | UnsetType = UNSET


class Via(Shape):
    """How the sender of what a hook posted is shown."""

    name: str
    emoji: str | UnsetType = UNSET
    icon_url: str | UnsetType = UNSET


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
    via: Via | UnsetType = UNSET
    files: Annotated[list[File], Meta(min_length=1)] | UnsetType = UNSET


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
    searches: Count
    reactions: Count
    file: Count
    files: Count
    pixels: Count
    changes: Count
    hello: Count
    heartbeat: Count
