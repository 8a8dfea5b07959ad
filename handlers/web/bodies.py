"""The only reader of bodies and query strings; each becomes a form of `requests.py`."""

import asyncio
import re
from collections.abc import AsyncIterator
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from handlers.schemas import forms
from handlers.services import ACCESS, SERVICES
from handlers.slack.payload import Payload
from handlers.web.auth import require_still
from store.errors import Invalid, TooLarge, TooSlow, Unsupported
from store.lease.timeouts import DB_SECONDS

F = TypeVar("F", bound=forms.Form)

_ESCAPES = re.compile(
    r"\\(?:u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(?P<half>u[dD][89a-fA-F]\w\w)|.)", re.DOTALL
)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_FIELDS = 50  # of a form
MAX_PAUSE_SECONDS = 30.0  # until a peer that sends no more of its body is given up
MAX_UPLOAD_SECONDS = 1_800.0  # that a body may take
MAX_JSON_SECONDS = DB_SECONDS  # for one of JSON: who sends slowly is told so, not 503


async def read(request: web.Request, form: type[F]) -> F:
    """Read a JSON body as a form.

    Raises:
        Unsupported: if it does not say that it is JSON; a cross-site form cannot say so.
        TooLarge: if it is over the limit of a frame.
        TooSlow: if it does not come in time.
        Invalid: if it does not fit the form.
    """
    if request.content_type != "application/json":
        raise Unsupported("Send JSON, with Content-Type: application/json.")
    take = decode_prose if form.is_prose else decode
    decoded: F = take(await _body(request), form)
    return decoded


async def read_optional(request: web.Request, form: type[F]) -> F:
    """Read a JSON body as a form, or take the form's defaults if there is none."""
    return await read(request, form) if request.can_read_body else form()


async def read_sign_in(request: web.Request) -> tuple[forms.SignIn, bool]:
    """Read a sign-in, and whether it came as JSON (and not as the OAuth2 form)."""
    if request.content_type != "application/x-www-form-urlencoded":
        return await read(request, forms.SignIn), True
    body = await _body(request)
    try:
        # UTF-8, as OAuth2 says, whatever charset is claimed: some would smuggle surrogates.
        fields = dict(
            parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        )
        form = msgspec.convert(fields, forms.OAuth2Form)
    except (msgspec.ValidationError, ValueError) as error:
        raise _invalid(str(error)) from None
    return forms.SignIn(name=form.username, password=form.password), False


async def read_payload(request: web.Request) -> Payload:
    """Read what a Slack webhook takes: JSON, by itself or as a form's field `payload`.

    The type that is claimed does not matter: the address is the secret, so a cross-site
    form gains nothing, and curl claims a form for whatever it sends.

    Raises:
        TooLarge: if it is over the limit of a frame.
        Invalid: if it is neither.
    """
    body = (await _body(request)).removeprefix(BYTE_ORDER_MARK)
    if not body.lstrip().startswith(b"{"):
        body = payload_field(body).removeprefix(BYTE_ORDER_MARK)
    payload: Payload = decode_prose(body, Payload)
    return payload


def payload_field(body: bytes) -> bytes:
    """The field `payload` of a form, in either of a form's two shapes."""
    if not body.lstrip().startswith(b"--"):
        try:
            fields = dict(parse_qsl(body.decode(), max_num_fields=MAX_FIELDS))
        except ValueError as error:
            raise _invalid(str(error)) from None
        return fields.get("payload", "").encode()
    boundary, _, rest = body.lstrip().partition(b"\r\n")
    for part in (b"\r\n" + rest).split(b"\r\n" + boundary, MAX_FIELDS):
        head, _, value = part.partition(b"\r\n\r\n")
        if re.search(rb'\bname="?payload"?\s*(;|\r|$)', head[:1_000]):
            return value
    return b""


def query(request: web.Request, form: type[F]) -> F:
    """Read the query string as a form.

    Raises:
        Invalid: if it does not fit.
    """
    fields: dict[str, int | str] = {}
    for name, text in request.query.items():
        if name in fields:
            raise _invalid(f"Expected it once - at `$.{name}`")
        if name not in form.texts and not re.fullmatch(r"[0-9]{1,18}", text):
            raise _invalid(f"Expected one whole number - at `$.{name}`")
        fields[name] = text if name in form.texts else int(text)
    try:
        return msgspec.convert(fields, form)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None


def size_in_words(count: int) -> str:
    """A number of bytes as people say it: 25 MB."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{round(count / size, 1):g} {unit}"
    return f"{count} bytes"


def query_parameter(request: web.Request, name: str) -> str:
    """One parameter of the query; empty if it is not there."""
    return str(request.query.get(name, ""))


async def stream(request: web.Request, most: int) -> AsyncIterator[bytes]:
    """The pieces of a body as they come, whatever its type.

    Raises:
        Unsupported: if it is a form with a file in it, which would be taken for the file.
        TooLarge: if it says that it is over `most` bytes, or turns out to be.
        Invalid: if it is empty, breaks off, or pauses for too long.
    """
    if request.content_type == "multipart/form-data":
        raise Unsupported("Send the file itself as the body (curl --data-binary), no form.")
    size, too_large = 0, TooLarge(f"It is over the limit of {size_in_words(most)}.")
    if (request.content_length or 0) > most:
        raise too_large
    try:
        async with asyncio.timeout(MAX_UPLOAD_SECONDS):
            while piece := await asyncio.wait_for(
                request.content.readany(), MAX_PAUSE_SECONDS
            ):
                size += len(piece)
                if size > most:
                    raise too_large
                yield piece
    except TimeoutError:
        raise Invalid("The body pauses for too long.") from None
    except (web.RequestPayloadError, ConnectionResetError):
        raise Invalid("The body breaks off, or cannot be unpacked.") from None
    if not size:
        raise Invalid("It is empty.")


def decode(body: bytes | str, form: Any) -> Any:
    """Decode JSON as a form, or a tagged union of forms.

    Raises:
        Invalid: if it is no JSON, or does not fit.
    """
    try:
        return _decoder(form).decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _invalid(str(error)) from None


def decode_prose(body: bytes | str, form: Any) -> Any:
    """The same of what people write: half an emoji, which editors leave, harms nobody.

    Raises:
        Invalid: if it is no JSON, or does not fit.
    """
    try:
        return decode(body, form)
    except Invalid:
        if whole := _without_half_characters(body):
            return decode(whole, form)
        raise


def _without_half_characters(body: bytes | str) -> str:
    r"""JSON with U+FFFD for half surrogates, if it has any: JavaScript writes `\ud83d`."""
    try:
        text = body if isinstance(body, str) else body.decode()
    except UnicodeError:
        return ""
    whole = _ESCAPES.sub(lambda found: r"\ufffd" if found["half"] else found[0], text)
    return whole if whole != text else ""


@cache
def _decoder(form: Any) -> "msgspec.json.Decoder[Any]":
    """Made once for each form: making one takes ten times as long as using it."""
    return msgspec.json.Decoder(form)


def _invalid(reason: str) -> Invalid:
    what, _, path = reason.partition(" - at ")
    field = path.strip("`").removeprefix("$").removeprefix(".")
    if unknown := re.search(r"unknown field `(.+)`|missing required field `(.+)`", reason):
        field, what = unknown[1] or unknown[2], unknown[0].split("field")[0] + "field"
    return Invalid(what, field)


async def _body(request: web.Request) -> bytes:
    most = request.app[SERVICES].settings.limits.frame
    if request.client_max_size != most:  # It is that of the app we are mounted in.
        request = request.clone(client_max_size=most)
    try:
        async with asyncio.timeout(MAX_JSON_SECONDS):
            body = await request.read()
        if ACCESS in request:  # It may have ended while a slow body came.
            await require_still(request.app[SERVICES], request[ACCESS])
        return body
    except TimeoutError:
        raise TooSlow("The body did not come in time.") from None
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(f"The body is over the limit of {size_in_words(most)}.") from None
    except (web.RequestPayloadError, ConnectionResetError):
        raise Invalid("The body breaks off, or cannot be unpacked.") from None
