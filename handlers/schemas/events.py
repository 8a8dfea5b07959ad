"""The shapes of what the server says over the socket; `shapes.py` has those HTTP shares."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.schemas.forms import Id, Name, Seq
from handlers.schemas.shapes import (
    Limits,
    Member,
    Message,
    ReadMark,
    Room,
    RoomName,
    Shape,
    User,
)
from handlers.web.errors import WORDS


class Server(Shape):
    """What the server is."""

    name: Literal["Hearth"]
    version: str


class Welcome(Shape, tag_field="type", tag="welcome"):
    """The first answer: me, my rooms, who is online, and what is allowed."""

    user: User
    epoch: str
    rooms: list[Room]
    presence: list[Name]
    limits: Limits
    server: Server


class Reset(Shape, tag_field="type", tag="reset"):
    """Forget what you have of this room, and load its newest page."""

    room: RoomName


class Ok(Shape, tag_field="type", tag="ok"):
    """Your send is stored, journaled."""

    id: Id
    seq: Seq
    rev: Seq


class Error(Shape, tag_field="type", tag="error"):
    """What you said was turned down; nothing has changed."""

    code: Annotated[str, Meta(extra_json_schema={"enum": list(WORDS)})]
    detail: str
    id: Id | UnsetType = UNSET
    retry_after: Annotated[float, Meta(ge=0)] | UnsetType = UNSET


class Gone(Shape, tag_field="type", tag="gone"):
    """The room is no longer mine: left, removed or deleted. Or it never was."""

    room: str


class Presence(Shape, tag_field="type", tag="presence"):
    """Who came and who went since the last one."""

    online: list[Name]
    away: list[Name]


class TypingNow(Shape, tag_field="type", tag="typing"):
    """Somebody is typing; forget it after 5 s."""

    room: RoomName
    user: Name


class Signalled(Shape, tag_field="type", tag="signal", rename={"sender": "from"}):
    """What another user said to me alone."""

    sender: Name
    data: msgspec.Raw


class Pong(Shape, tag_field="type", tag="pong"):
    """The answer to a ping."""


EVENTS = (
    Welcome,
    Message,
    Reset,
    Ok,
    Error,
    Room,
    Gone,
    Member,
    Presence,
    User,
    ReadMark,
    TypingNow,
    Signalled,
    Pong,
)
