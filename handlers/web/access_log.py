"""Every request has an id, is counted, and leaves one line in the log.

Of those without a user, so many do at once and one a second from then on, for each network;
the next line says how many were left out since the last.
"""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator

from aiohttp import web

from handlers.services import ADDRESS, REQUEST_ID, SERVICES, USER
from handlers.web.forwarded import client_network, is_from_proxy
from handlers.web.logs import CURRENT

log = logging.getLogger("hearth.access")

HEADER = "X-Request-ID"
SECRETS = {"code", "secret"}  # path parameters that are credentials and must not be logged
QUIET = ("/healthz", "/readyz", "/metrics", "/web/{path}")  # asked all the time
SOCKET, GONE = 101, 499  # WebSocket closed; client gone before the response (nginx's 499)
FAULT = 400  # and above


@web.middleware
async def trace(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give a request its id, count it, and log how it ended."""
    began, status = time.monotonic(), GONE
    request[REQUEST_ID] = _given_id(request) or secrets.token_hex(8)
    token = CURRENT.set(request)
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    except Exception:
        status = 500
        raise
    finally:
        _note(request, status, time.monotonic() - began)
        CURRENT.reset(token)


async def add_request_id(request: web.Request, response: web.StreamResponse) -> None:
    """Say the id, so that whoever complains can name the request."""
    if REQUEST_ID in request:
        response.headers[HEADER] = request[REQUEST_ID]


def shown_path(request: web.Request) -> str:
    """The path of a request, without what in it is secret, and without its query."""
    resource = request.match_info.route.resource
    if resource is None:
        for start in _before_secrets(request.app.router):
            if request.path.startswith(start):
                return f"{start}…"
        return request.path[:200]
    words = request.match_info
    return re.sub(
        r"{(\w+)}",
        lambda word: word[0] if word[1] in SECRETS else words.get(word[1], word[0])[:100],
        resource.canonical,
    )


def _before_secrets(router: web.UrlDispatcher) -> Iterator[str]:
    """The beginnings of paths in which a secret follows."""
    for resource in router.resources():
        for secret in SECRETS:
            start, found, _ = resource.canonical.partition(f"{{{secret}}}")
            if found:
                yield start


def _given_id(request: web.Request) -> str:
    """The id that a trusted proxy gave a request, if it is one."""
    given = request.headers.get(HEADER, "")
    is_id = re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given)
    trusted = request.app[SERVICES].settings.trusted_proxies
    return given if is_id and is_from_proxy(request, trusted) else ""


def _note(request: web.Request, status: int, seconds: float) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "none"
    method = request.method if resource else "any"  # Anybody can make up methods and paths.
    counts = request.app[SERVICES].counts
    counts.requests.labels(method, route, status).inc()
    if status != SOCKET:
        counts.seconds.observe(seconds)
    level = logging.DEBUG if route in QUIET and status < FAULT else logging.INFO
    asker = request.get(USER)
    if log.isEnabledFor(level):
        network = client_network(request.get(ADDRESS, ""))
        lines = request.app[SERVICES].rates.lines
        if asker is None and level == logging.INFO and not lines.allows(network):
            counts.left_out += 1
            return
        left_out, counts.left_out = counts.left_out, 0
        about = {
            "user": asker.name if asker else None,
            "address": request.get(ADDRESS),
            "ms": round(seconds * 1000, 1),
            "left_out": left_out or None,
        }
        log.log(
            level,
            "%s %s %d",
            request.method,
            shown_path(request),
            status,
            extra={"about": about},
        )
