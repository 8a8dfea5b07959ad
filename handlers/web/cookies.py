"""The cookie by which a browser stays signed in."""

from aiohttp import web

from handlers.services import ORIGIN
from handlers.web.base_path import home

NAME = "hearth_session"


def token(request: web.Request) -> str:
    """The access token that a browser has brought; empty if there is none."""
    return request.cookies.get(_name(request), "")


def keep(
    request: web.Request, response: web.StreamResponse, access_token: str, seconds: int
) -> None:
    """Let the browser keep an access token."""
    response.set_cookie(
        _name(request),
        access_token,
        max_age=seconds,
        path=home(request),
        httponly=True,
        samesite="Lax",
        secure=is_over_tls(request),
    )


def drop(request: web.Request, response: web.StreamResponse) -> None:
    """Let the browser forget it."""
    response.del_cookie(
        _name(request),
        path=home(request),
        httponly=True,
        samesite="Lax",
        secure=is_over_tls(request),
    )


def is_over_tls(request: web.Request) -> bool:
    """True if the browser speaks TLS with us, or with the proxy in front."""
    origin: str = request.get(ORIGIN, "")
    return origin.startswith("https:")


def _name(request: web.Request) -> str:
    # With this prefix, browsers accept the cookie only from this host over TLS, which
    # prevents session fixation from a sibling domain.
    if not is_over_tls(request):
        return NAME
    return f"__Host-{NAME}" if home(request) == "/" else f"__Secure-{NAME}"
