"""The shapes of what only answers hold: refusals, lists, what its owner alone may see."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from handlers.schemas.forms import Name, Rev
from handlers.schemas.shapes import (
    Count,
    Limits,
    Member,
    Message,
    Moment,
    Room,
    RoomName,
    Shape,
    User,
)


class Session(Shape, tag_field="type", tag="session"):
    """One sign-in, as its user sees it."""

    id: str
    current: bool
    created_at: Moment
    last_seen_at: Moment
    expires_at: Moment
    user_agent: str
    address: str


class Token(Shape, tag_field="type", tag="token"):
    """A program's key; `secret` only in the answer to its making."""

    id: str
    user: Name
    note: str
    created_by: Name
    created_at: Moment
    last_used_at: Moment | None
    secret: str | UnsetType = UNSET


class Tokens(Shape):
    """The asker's tokens, and for admins those of all bots; the newest first."""

    tokens: list[Token]


class MadeBot(Shape):
    """A bot, and its first token with its secret."""

    user: User
    token: Token


class Invite(Shape, tag_field="type", tag="invite"):
    """A way in; `code` and `path` only in the answer to its making."""

    id: str
    created_by: Name | Literal[""]  # the command line is nobody
    created_at: Moment
    expires_at: Moment
    uses_left: Count
    note: str
    code: str | UnsetType = UNSET
    path: str | UnsetType = UNSET


class Invites(Shape):
    """The invites that still let somebody in."""

    invites: list[Invite]


class Hook(Shape, tag_field="type", tag="hook"):
    """A room's webhook; `secret` and `path` only in the answer to its making."""

    id: Name
    room: RoomName
    display_name: str
    created_by: Name
    created_at: Moment
    last_used_at: Moment | None
    secret: str | UnsetType = UNSET
    path: str | UnsetType = UNSET


class Hooks(Shape):
    """A room's hooks, the oldest first."""

    hooks: list[Hook]


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
    """Who is asking, with a session or as a program with a token."""

    user: User
    session: Session | UnsetType = UNSET
    token: Token | UnsetType = UNSET


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


class Hit(Message, kw_only=True, tag_field="type", tag="message"):
    """A message that was found; the pieces of `excerpt` are by turns plain and a hit."""

    excerpt: list[str]


class Hits(Shape):
    """What was found, the newest first; `next` goes into `before`."""

    messages: list[Hit]
    next: str | None
