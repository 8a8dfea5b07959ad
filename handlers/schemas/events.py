"""Events of the socket; `responses.py` has the events that HTTP shares."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.schemas.error_codes import ERROR_CODES
from handlers.schemas.forms import Id, Name, Seq
from handlers.schemas.responses import (
    Count,
    Limits,
    Member,
    Message,
    ReadMark,
    Response,
    Room,
    RoomName,
    User,
)
from hub import Presence


class Server(Response):
    """The server's name and version."""

    name: Literal["Hearth"]
    version: str


class Welcome(Response, tag_field="type", tag="welcome"):
    """The first answer: me, my rooms, who is online, and what is allowed."""

    user: User
    connection: str
    epoch: str
    users: str
    rooms: list[Room]
    presence: list[Name]
    limits: Limits
    server: Server


class Reset(Response, tag_field="type", tag="reset"):
    """Forget what you have of this room, and load its newest page."""

    room: RoomName


class Ok(Response, tag_field="type", tag="ok"):
    """Your send is stored, journaled."""

    id: Id
    seq: Seq
    rev: Seq


class Error(Response, kw_only=True, tag_field="type", tag="error"):
    """A refusal of what you said; nothing has changed."""

    id: Id | UnsetType = UNSET
    code: Annotated[str, Meta(extra_json_schema={"enum": list(ERROR_CODES)})]
    detail: str
    retry_after: Annotated[float, Meta(ge=0)] | UnsetType = UNSET


class Gone(Response, tag_field="type", tag="gone"):
    """The room is no longer mine: left, removed or deleted. Or it never was."""

    room: str
    version: Count


class Typing(Response, tag_field="type", tag="typing"):
    """Somebody is typing; forget it after 5 s."""

    room: RoomName
    user: Name


class Signal(Response, tag_field="type", tag="signal", rename={"sender": "from"}):
    """A signal that somebody sent to me alone, by one of their connections."""

    sender: Name
    connection: str
    data: msgspec.Raw


class Pong(Response, tag_field="type", tag="pong"):
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
    Typing,
    Signal,
    Pong,
)
