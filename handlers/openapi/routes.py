"""The API, described: for programs as OpenAPI, and for people as a page."""

from functools import cache

from aiohttp import web

import handlers
from handlers.openapi import build
from handlers.pages import file_response
from handlers.services import ORIGIN, SERVICES
from handlers.web import routes
from handlers.web.auth import public
from handlers.web.json_response import json_response


@public
async def show_openapi(request: web.Request) -> web.Response:
    """Describe the HTTP API, as OpenAPI 3.1."""
    url = request.app[SERVICES].settings.public_url or request[ORIGIN]
    return json_response(_openapi() | {"servers": [{"url": url}]})


@public
async def show_docs(request: web.Request) -> web.Response:
    """The page that shows it."""
    return file_response(request, "docs/index.html")


@cache  # It takes some 20 ms, and never changes.
def _openapi() -> build.Json:
    return build.document(handlers.ROUTES)


ROUTES = [
    routes.get("/api/openapi.json", show_openapi, "application/json"),
    routes.get("/api/docs", show_docs, "text/html", status=(200, 304)),
]
