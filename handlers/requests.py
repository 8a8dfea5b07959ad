"""Request forms: the only reader of bodies and query strings."""

import re
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from handlers.keys import SETTINGS
from store.errors import Fault, Invalid, TooLarge, Unsupported

F = TypeVar("F", bound=msgspec.Struct)

Name = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,31}\Z")]
Line = Annotated[str, Meta(max_length=80, pattern=r"\A[^\x00-\x1f\x7f\u2028\u2029]*\Z")]
Paragraph = Annotated[
    str, Meta(max_length=300, pattern=r"\A[^\x00-\x1f\x7f\u2028\u2029]*\Z")
]
Password = Annotated[str, Meta(max_length=256)]
Id = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
Seq = Annotated[int, Meta(ge=1, le=2**53)]
Rev = Annotated[int, Meta(ge=0, le=2**53)]


class Form(msgspec.Struct, forbid_unknown_fields=True):
    """What a body may hold; anything else is a fault."""


class Register(Form):
    """A new account."""

    name: Name
    password: Password
    display_name: Line = ""
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


class ChangeUser(Form):
    """What may change about a user."""

    display_name: Line | UnsetType = UNSET
    role: Literal["owner", "admin", "member"] | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class CreateRoom(Form):
    """A new room."""

    name: Name
    title: Line = ""
    topic: Paragraph = ""
    kind: Literal["public", "private"] = "public"
    members: Annotated[list[Name], Meta(max_length=200)] = []


class ChangeRoom(Form):
    """What may change about a room."""

    title: Line | UnsetType = UNSET
    topic: Paragraph | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class PutMember(Form):
    """A member's role, if it matters."""

    role: Literal["owner", "member"] | UnsetType = UNSET


class Notify(Form):
    """Which messages of a room a member wants to be told of."""

    notify: Literal["all", "mentions", "nothing"]


class Read(Form):
    """How far a member has read."""

    seq: Seq


class PostMessage(Form):
    """A new message."""

    text: str
    id: Id | UnsetType = UNSET
    reply_to: Seq | None = None


class EditMessage(Form):
    """A new text."""

    text: str


class CreateInvite(Form):
    """A new invite; `expires_in` is in seconds, at most a year."""

    uses: Annotated[int, Meta(ge=1, le=1000)] = 1
    expires_in: Annotated[int, Meta(ge=1, le=31_536_000)] = 604_800
    note: Line = ""


class Page(Form):
    """Which messages of a room: at most one of before, after and around."""

    before: Seq | None = None
    after: Rev | None = None
    around: Seq | None = None
    limit: Annotated[int, Meta(ge=1)] | None = None


class Changes(Form):
    """Which changes of a room."""

    since: Rev = 0
    limit: Annotated[int, Meta(ge=1)] | None = None


async def read(request: web.Request, form: type[F]) -> F:
    """Read a JSON body as a form.

    Raises:
        Unsupported: if it does not say that it is JSON; a cross-site form cannot say so.
        TooLarge: if it is over the limit of a frame.
        Invalid: if it does not fit the form.
    """
    if request.content_type != "application/json":
        raise Unsupported("Send JSON, with Content-Type: application/json.")
    decoded: F = decode(await _body(request), form)
    return decoded


async def read_optional(request: web.Request, form: type[F]) -> F:
    """Read a JSON body as a form, or take the form's defaults if there is none."""
    return await read(request, form) if request.can_read_body else form()


async def read_sign_in(request: web.Request) -> tuple[SignIn, bool]:
    """Read a sign-in, and whether it came as JSON (and not as the OAuth2 form)."""
    if request.content_type != "application/x-www-form-urlencoded":
        return await read(request, SignIn), True
    body = await _body(request)
    try:
        # UTF-8, as OAuth2 says, whatever charset is claimed: some would smuggle surrogates.
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50))
        form = msgspec.convert(fields, OAuth2Form)
    except (msgspec.ValidationError, ValueError) as error:
        raise _invalid(str(error)) from None
    return SignIn(name=form.username, password=form.password), False


def query(request: web.Request, form: type[F]) -> F:
    """Read the query string as a form.

    Raises:
        Invalid: if it does not fit.
    """
    fields = dict(request.query)
    for name, text in fields.items():
        if not re.fullmatch(r"[0-9]{1,18}", text) or len(request.query.getall(name)) > 1:
            raise _invalid(f"Expected one whole number - at `$.{name}`")
    numbers = {name: int(text) for name, text in fields.items()}
    try:
        return msgspec.convert(numbers, form)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None


def decode(body: bytes | str, form: Any) -> Any:
    """Decode JSON as a form, or a tagged union of forms.

    Raises:
        Invalid: if it is no JSON, or does not fit.
    """
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _invalid(str(error)) from None


def _invalid(reason: str) -> Invalid:
    what, _, path = reason.partition(" - at ")
    field = path.strip("`").removeprefix("$").removeprefix(".")
    if unknown := re.search(r"unknown field `(.+)`|missing required field `(.+)`", reason):
        field, what = unknown[1] or unknown[2], unknown[0].split("field")[0] + "field"
    return Invalid(f"{field}: {what}" if field else what, Fault(field, what))


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        most = request.app[SETTINGS].limits.frame
        raise TooLarge(f"The body is over the limit of {most} bytes.") from None
    except (web.RequestPayloadError, ConnectionResetError):
        raise Invalid("The body breaks off, or cannot be unpacked.") from None
