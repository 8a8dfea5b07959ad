"""Request forms: what a body or a query string may hold; `bodies.py` reads them."""

from collections.abc import Set
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,31}\Z")]
# New names begin and end with a letter or digit: what follows a mention is the sentence's.
NewName = Annotated[str, Meta(pattern=r"\A[a-z0-9]([a-z0-9._-]{0,30}[a-z0-9])?\Z")]
SingleLine = Annotated[
    str, Meta(max_length=80, pattern=r"\A[^\x00-\x1f\x7f\u2028\u2029]*\Z")
]
Paragraph = Annotated[
    str, Meta(max_length=300, pattern=r"\A[^\x00-\x1f\x7f\u2028\u2029]*\Z")
]
Password = Annotated[str, Meta(max_length=256)]
Id = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
Files = Annotated[tuple[Id, ...], Meta(max_length=100)]
Seq = Annotated[int, Meta(ge=1, le=2**53)]
Rev = Annotated[int, Meta(ge=0, le=2**53)]


class Form(msgspec.Struct, forbid_unknown_fields=True):
    """The fields of a body or a query string; any other is a fault."""

    texts: ClassVar[Set[str]] = frozenset()  # parts of a query string that are no numbers
    is_prose: ClassVar[bool] = False  # and may hold half a character


class Register(Form):
    """A new account."""

    name: NewName
    password: Password
    display_name: SingleLine = ""
    invite: Annotated[str, Meta(max_length=100)] = ""


class SignIn(Form):
    """A name and a password; the name is no `Name`, so that a wrong one is merely wrong."""

    name: Annotated[str, Meta(max_length=100)]
    password: Password


class OAuth2Form(msgspec.Struct):
    """The OAuth2 password form, RFC 6749 section 4.3.2; other fields do not matter."""

    username: Annotated[str, Meta(max_length=100)]
    password: Password
    grant_type: Literal["password", ""] = ""


class ChangePassword(Form):
    """The old password, and the new one."""

    current: Password
    password: Password


class SetPassword(Form):
    """The new password, set by a link."""

    password: Password


class ChangeUser(Form):
    """Changes of a user."""

    display_name: SingleLine | UnsetType = UNSET
    role: Literal["owner", "admin", "member"] | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class AddUser(Form):
    """A new account, made by the operator."""

    name: NewName
    password: Password
    display_name: SingleLine = ""
    role: Literal["owner", "admin", "member"] = "member"


class NewPassword(Form):
    """A new password, given by the operator."""

    password: Password


class CreateRoom(Form):
    """A new room."""

    name: Name
    title: SingleLine = ""
    topic: Paragraph = ""
    kind: Literal["public", "private"] = "public"
    members: Annotated[list[Name], Meta(max_length=200)] = []


class ChangeRoom(Form):
    """Changes of a room."""

    title: SingleLine | UnsetType = UNSET
    topic: Paragraph | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class PutMember(Form):
    """A member's role, if it matters."""

    role: Literal["owner", "member"] | UnsetType = UNSET


class Notify(Form):
    """Which messages of a room, or of new ones, somebody wants to be told of."""

    notify: Literal["all", "mentions", "nothing"]


class PushKeys(Form):
    """The keys of a push subscription: a point of P-256, and 16 bytes."""

    p256dh: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{87}=?\Z")]
    auth: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{22}(==)?\Z")]


class AddDevice(Form):
    """A push subscription, as a browser's `toJSON()` says it."""

    endpoint: Annotated[
        str, Meta(max_length=2_000, pattern=r"\Ahttps://[A-Za-z0-9\[][!-~]+\Z")
    ]
    keys: PushKeys
    expirationTime: float | None = None  # noqa: N815 - the browser's word


class Read(Form):
    """A new read mark; `back` moves it back, too."""

    seq: Rev
    back: bool = False


class PostMessage(Form):
    """A new message."""

    is_prose = True

    text: str = ""
    id: Id | UnsetType = UNSET
    reply_to: Seq | None = None
    files: Files = ()


class EditMessage(Form):
    """A new text."""

    is_prose = True

    text: str


class CreateInvite(Form):
    """A new invite; `expires_in` is in seconds, at most a year."""

    uses: Annotated[int, Meta(ge=1, le=1000)] = 25
    expires_in: Annotated[int, Meta(ge=1, le=31_536_000)] = 604_800
    note: SingleLine = ""


class CreateBot(Form):
    """A new bot."""

    name: NewName
    display_name: SingleLine = ""


class CreateToken(Form):
    """A new token: the asker's own, or a bot's."""

    note: SingleLine = ""
    user: Name | UnsetType = UNSET


class CreateHook(Form):
    """A new hook; its name is the sender of what says none."""

    display_name: SingleLine = ""


class Page(Form):
    """Which messages of a room: at most one of before, after and around."""

    before: Seq | None = None
    after: Rev | None = None
    around: Seq | None = None
    limit: Annotated[int, Meta(ge=1)] | None = None


class Answers(Form):
    """Which answers to a message."""

    after: Rev = 0
    limit: Annotated[int, Meta(ge=1)] | None = None


class Changes(Form):
    """Which changes of a room."""

    since: Rev = 0
    limit: Annotated[int, Meta(ge=1)] | None = None


class Search(Form):
    """Which messages; `q` has words and operators, and `before` is where to go on."""

    texts: ClassVar[Set[str]] = frozenset({"q", "room", "sender", "before"})

    q: Annotated[str, Meta(max_length=200)] = ""
    room: Annotated[str, Meta(max_length=300)] = ""
    sender: Annotated[str, Meta(max_length=100)] = ""
    before: Annotated[str, Meta(max_length=350)] = ""
    limit: Annotated[int, Meta(ge=1)] | None = None
