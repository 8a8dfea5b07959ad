"""The API, described: for programs as OpenAPI and AsyncAPI, and for people as a page."""

from functools import cache
from urllib.parse import urlsplit

from aiohttp import web

import handlers
from handlers.openapi import asyncapi, build
from handlers.openapi.operations import ACTS
from handlers.pages import file_response
from handlers.schemas.events import EVENTS
from handlers.schemas.frames import FRAMES
from handlers.schemas.responses import Json, json_response
from handlers.services import ORIGIN, SERVICES
from handlers.web.auth import public


@public
async def show_openapi(request: web.Request) -> web.Response:
    """Describe the HTTP API, as OpenAPI 3.1."""
    return json_response(_openapi() | {"servers": [{"url": _url(request)}]})


@public
async def show_asyncapi(request: web.Request) -> web.Response:
    """Describe the socket, as AsyncAPI 3.0."""
    url = urlsplit(_url(request))
    here = {
        "host": url.netloc,
        "pathname": url.path or "/",
        "protocol": "wss" if url.scheme == "https" else "ws",
    }
    return json_response(_asyncapi() | {"servers": {"here": here}})


@public
async def show_docs(request: web.Request) -> web.Response:
    """The page that shows both."""
    return file_response(request, "docs/index.html")


@cache  # It takes some 20 ms, and never changes.
def _openapi() -> Json:
    return build.document(handlers.ROUTES, ACTS)


@cache
def _asyncapi() -> Json:
    return asyncapi.document(FRAMES, EVENTS)


def _url(request: web.Request) -> str:
    return request.app[SERVICES].settings.public_url or request[ORIGIN]


ROUTES = [
    web.get("/api/openapi.json", show_openapi),
    web.get("/api/asyncapi.json", show_asyncapi),
    web.get("/api/docs", show_docs),
]
