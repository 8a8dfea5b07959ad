"""Frames that clients send, told apart by `type`."""

from typing import Annotated

import msgspec
from msgspec import Meta

from handlers.schemas.forms import Files, Id, Rev, Seq
from handlers.web.bodies import decode_prose
from store.errors import Invalid

MAX_CURSORS = 1_000  # rooms in a hello; each may be answered by a line

Place = Annotated[str, Meta(min_length=1, max_length=300)]


class Frame(msgspec.Struct, forbid_unknown_fields=True, tag_field="type"):
    """One object of a client."""


class Hello(Frame, tag="hello"):
    """Start, or resume with the highest rev that the client has per room."""

    token: str | None = None
    epoch: str | None = None
    cursors: Annotated[dict[Place, Rev], Meta(max_length=MAX_CURSORS)] = {}


class Send(Frame, tag="send"):
    """Post a message."""

    id: Id
    room: Place
    text: str = ""
    reply_to: Seq | None = None
    files: Files = ()


class Read(Frame, tag="read"):
    """Move the read mark on; with `back`, back."""

    room: Place
    seq: Rev
    back: bool = False


class Typing(Frame, tag="typing"):
    """Somebody is typing; forgotten after 5 s."""

    room: Place


class Active(Frame, tag="active"):
    """Somebody looks, or does not, at a window: at a room there, or without one at all."""

    active: bool
    room: Place | None = None


class Signal(Frame, tag="signal"):
    """A personal frame to one user, or to one connection; its data is passed on."""

    to: Place
    data: msgspec.Raw
    connection: Place | None = None


class Call(Frame, tag="call"):
    """Join the call of a room, which begins with it, or leave it."""

    id: Id
    room: Place
    join: bool


class Ping(Frame, tag="ping"):
    """Answered by pong."""


FRAMES = (Hello, Send, Read, Typing, Active, Signal, Call, Ping)
AnyFrame = Hello | Send | Read | Typing | Active | Signal | Call | Ping


class _IdOnly(msgspec.Struct):
    id: Id | None = None


def parse(line: str) -> AnyFrame:
    """One line of a frame.

    Raises:
        Invalid: if it is not understood.
    """
    frame: AnyFrame = decode_prose(line, AnyFrame)
    return frame


def id_of(line: str) -> str | None:
    """The id in a line that was not understood, so that its sender gets an answer."""
    try:
        found: _IdOnly = decode_prose(line, _IdOnly)
    except Invalid:
        return None
    return found.id
