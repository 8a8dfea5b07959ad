"""The API, described: for programs as OpenAPI, and for people as a page."""

from functools import cache

from aiohttp import web

from handlers.openapi import build
from handlers.pages import file_response
from handlers.services import ORIGIN
from handlers.web import routes
from handlers.web.auth import public
from handlers.web.base_path import home
from handlers.web.json_response import json_response


def routes_for(table: list[routes.Route]) -> list[routes.Route]:
    """The routes that describe a table; they may join it."""

    @public
    async def show_openapi(request: web.Request) -> web.Response:
        """Describe the HTTP API, as OpenAPI 3.1."""
        url = request[ORIGIN] + home(request).rstrip("/")
        return json_response(openapi() | {"servers": [{"url": url}]})

    @public
    async def show_docs(request: web.Request) -> web.Response:
        """The page that shows it."""
        return file_response(request, "docs/index.html")

    @cache  # It takes some 20 ms, and never changes.
    def openapi() -> build.Json:
        return build.document(table)

    return [
        routes.get("/api/openapi.json", show_openapi, "application/json"),
        routes.get("/api/docs", show_docs, "text/html", status=(200, 304)),
    ]
