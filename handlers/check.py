"""The other end of `hearth check`: its requests, as they come through the proxy.

Only whoever has the server's secret can ask, and hears about nothing but their own request.
"""

import asyncio
import time

from aiohttp import web

from handlers.schemas import responses
from handlers.services import SERVICES
from handlers.web import routes
from handlers.web.auth import public, unhurried
from handlers.web.forwarded import is_from_proxy
from handlers.web.json_response import json_response
from hub import encode
from store.errors import NotFound

PAUSE_SECONDS = 1.0  # by which a proxy that buffers gives itself away


@public
@unhurried
async def show_passage(request: web.Request) -> web.StreamResponse:
    """Say how a request arrived; then two lines more, after a pause and a long silence."""
    _require_code(request)
    settings = request.app[SERVICES].settings
    passage = responses.Passage(
        peer=request.remote or "",
        is_trusted=is_from_proxy(request, settings.trusted_proxies),
        host=request.headers.get("Host", ""),
        forwarded_for=request.headers.get("X-Forwarded-For", ""),
        forwarded_proto=request.headers.get("X-Forwarded-Proto", ""),
    )
    answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await answer.prepare(request)
    await answer.write(encode(passage) + b"\n")
    for pause in (PAUSE_SECONDS, 1.25 * settings.limits.heartbeat):
        await asyncio.sleep(pause)
        await answer.write(b"{}\n")
    return answer


@public
@unhurried
async def take_anything(request: web.Request) -> web.Response:
    """Say how large a body was, and how long it took to arrive."""
    _require_code(request)
    began, size = time.monotonic(), 0
    async for piece in request.content.iter_any():
        size += len(piece)
    return json_response(responses.Arrival(size, time.monotonic() - began))


def _require_code(request: web.Request) -> None:
    if not request.app[SERVICES].credentials.is_check(request.match_info["code"]):
        raise NotFound("There is nothing here.")


ROUTES = [
    routes.get("/api/check/{code}", show_passage, "text/plain"),
    routes.post(
        "/api/check/{code}", take_anything, responses.Arrival, other_bodies=routes.FILE
    ),
]
