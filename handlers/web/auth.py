"""Authentication of requests."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from handlers.services import (
    ACCESS,
    ADDRESS,
    ORIGIN,
    SERVICES,
    STRICT,
    USER,
    Services,
)
from handlers.services.credentials import OPERATOR_PREFIX
from handlers.web import cookies
from handlers.web.base_path import home
from handlers.web.forwarded import asker, is_from_proxy
from store import access, users
from store.errors import Forbidden, Unauthenticated
from store.lease.timeouts import REQUEST_SECONDS
from store.records import Access, AccessKind, Role, User, now

log = logging.getLogger("hearth.proxy")
Asker = tuple[User, Access]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
H = TypeVar("H", bound=Handler)

OPERATOR = User("", "The operator", "", Role.OWNER, disabled=False, created_at=now())
UNKNOWN_PROXY = (
    "%s passes on what others ask (X-Forwarded-For), and is not believed. If that is your "
    "proxy, set HEARTH_TRUSTED_PROXIES to it: until then, all people count as one address."
)
SAFE = {"GET", "HEAD", "OPTIONS"}
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), display-capture=(self), geolocation=(), microphone=(self)"
    ),
}
_TLS_ONLY = "max-age=31536000"


def public(handler: H) -> H:
    """Mark a handler that answers everybody; all others need a user."""
    handler.is_public = True  # type: ignore[attr-defined]
    return handler


def is_public(handler: object) -> bool:
    """True if a handler answers everybody."""
    return getattr(handler, "is_public", False)


def unhurried(handler: H) -> H:
    """Mark a handler that may take long, because its peer sends or reads slowly."""
    handler.is_unhurried = True  # type: ignore[attr-defined]
    return handler


def counted(handler: H) -> H:
    """Mark a handler whose act counts itself, over HTTP as over the socket."""
    handler.is_counted = True  # type: ignore[attr-defined]
    return handler


def for_operator(handler: H) -> H:
    """Mark a handler that the command line may ask, too."""
    handler.is_for_operator = True  # type: ignore[attr-defined]
    return handler


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Harden every answer, refusals too; what a handler has set stays."""
    response.headers["Server"] = "Hearth"
    if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
        return  # No page; and each open socket would keep 2 KB of them.
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.get(STRICT):
        response.headers.setdefault("Strict-Transport-Security", _TLS_ONLY)


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say who is asking, and refuse strangers wherever a handler is not public."""
    settings = request.app[SERVICES].settings
    address, scheme, host = asker(request, settings.trusted_proxies)
    request[ADDRESS] = address
    _warn_of_proxy(request)
    url = urlsplit(settings.public_url)
    request[ORIGIN] = f"{url.scheme}://{url.netloc}" if url.netloc else f"{scheme}://{host}"
    request[STRICT] = cookies.is_over_tls(request) and home(request) == "/"
    if is_public(request.match_info.handler) or request.match_info.http_exception:
        return await handler(request)
    request[USER], request[ACCESS] = await identify(request)
    is_operator = request[ACCESS].kind is AccessKind.OPERATOR
    if is_operator and not getattr(request.match_info.handler, "is_for_operator", False):
        raise Forbidden("This is for people and programs, not for the command line.")
    if not getattr(request.match_info.handler, "is_counted", False):
        rates = request.app[SERVICES].rates
        pace = rates.reads if request.method in SAFE else rates.writes
        pace.take(request[USER].name)
    if getattr(request.match_info.handler, "is_unhurried", False):
        return await handler(request)
    async with asyncio.timeout(REQUEST_SECONDS):
        if request.method not in SAFE:
            return await handler(request)
        # One user's pages are made one after the other, so that others come between.
        async with request.app[SERVICES].reads_at_once.of(request[USER].name):
            return await handler(request)


def _warn_of_proxy(request: web.Request) -> None:
    """Say once that a proxy is not believed: all its people share one address then."""
    services, said = request.app[SERVICES], request.headers.get(hdrs.X_FORWARDED_FOR)
    if said is None or UNKNOWN_PROXY in services.told:
        return
    if not is_from_proxy(request, services.settings.trusted_proxies):
        services.told.add(UNKNOWN_PROXY)
        log.warning(UNKNOWN_PROXY, request.remote or "the Unix socket")


async def identify(request: web.Request) -> Asker:
    """The sender of a request and their access, by its Bearer token, else by its cookie.

    Raises:
        Unauthenticated: if nobody we know, or no longer.
        Forbidden: if a cookie came with a foreign Origin, or with none where one is needed.
    """
    services = request.app[SERVICES]
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if token:
        if scheme.lower() != "bearer":
            raise Unauthenticated("Use the Bearer scheme.")
        return await by_token(services, token.strip())
    if token := cookies.token(request):
        is_socket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
        if request.method not in SAFE or is_socket:
            require_own_origin(request)
        return await by_token(services, token)
    raise Unauthenticated("Please sign in.")


async def by_token(services: Services, text: str) -> Asker:
    """The user of an access token or of a program's token, and what lets them in.

    Raises:
        Unauthenticated: if it is not valid, has ended or was revoked, or its user is
            disabled.
    """
    if text.startswith(OPERATOR_PREFIX):
        return _operator(services, text)
    if text.startswith(access.TOKEN_PREFIX):
        kind, name, key = AccessKind.TOKEN, None, access.key_of(text)
    else:
        kind = AccessKind.SESSION
        name, key = services.credentials.read(text)
    services.db.require()
    services.log.require()
    by = await access.find(services.db, key)
    if by is None or by.kind is not kind or name not in {None, by.user}:
        raise Unauthenticated("This session has ended; please sign in.")
    return await require_still(services, by), by


def _operator(services: Services, text: str) -> Asker:
    """The command line, as an owner without an account."""
    if not services.credentials.is_operator(text):
        raise Unauthenticated("The secret is not this server's, or the clock has jumped.")
    services.db.require()
    services.log.require()
    return OPERATOR, Access("", AccessKind.OPERATOR, "", "", now(), None)


async def require_still(services: Services, by: Access) -> User:
    """Refuse whoever was let in by what is over since; known records are not read again.

    Raises:
        Unauthenticated: if the session has ended, the token was revoked, or their user is
            disabled.
    """
    if by.kind is AccessKind.OPERATOR:
        return OPERATOR
    is_there = await access.find(services.db, by.key)
    user = await users.find(services.db, by.user)
    if is_there is None or user is None or user.disabled:
        raise Unauthenticated("The session has ended; please sign in.")
    return user


def user_in_path(request: web.Request) -> str:
    """The user whom a path names; `me` is the asker."""
    name = request.match_info["name"]
    return request[USER].name if name == "me" else name


def signed_in(request: web.Request) -> Access:
    """The session of the asker, for what a token may not do: it cannot outlive itself.

    Raises:
        Forbidden: if they ask with a token.
    """
    if request[ACCESS].kind is not AccessKind.SESSION:
        raise Forbidden("A token may not do this; sign in with the password.")
    return request[ACCESS]


def require_own_origin(request: web.Request) -> None:
    """Refuse what another site's page sends with our cookie.

    Raises:
        Forbidden: if the Origin is not exactly ours.
    """
    origin = request.headers.get(hdrs.ORIGIN)
    if origin != request[ORIGIN]:
        raise Forbidden(
            f"The Origin {origin!r} is not this server's, {request[ORIGIN]!r}. Behind a "
            "proxy, set HEARTH_PUBLIC_URL to the address that people type."
        )
