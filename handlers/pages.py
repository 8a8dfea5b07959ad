"""What is not about anybody: the web client, its settings, and whether we are well."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from aiohttp import hdrs, web

from handlers.schemas import responses
from handlers.services import SERVICES
from handlers.web import routes
from handlers.web.auth import public
from handlers.web.base_path import INDEX
from handlers.web.json_response import json_response
from settings import VERSION
from store.errors import NotFound

WEB = Path(__file__).resolve().parent.parent / "web"
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
READY = 1.0  # seconds that a database which is well needs at most, to say so
LONGEST_NAME = 100  # a file system refuses what is far longer with an error


@public
async def config(request: web.Request) -> web.Response:
    """Say what this server is and allows."""
    settings = request.app[SERVICES].settings
    limits = responses.Limits.of(settings.limits)
    return json_response(responses.Config("Hearth", VERSION, settings.registration, limits))


@public
async def healthz(request: web.Request) -> web.Response:
    """Say that the process runs."""
    return web.Response(text="ok\n")


@public
async def readyz(request: web.Request) -> web.Response:
    """Say whether messages can be read and stored now."""
    services = request.app[SERVICES]
    is_there = await services.db.answers(READY)
    parts = {"database": is_there, "log": services.log.is_well()}
    text = "".join(f"{name} {'ok' if well else 'away'}\n" for name, well in parts.items())
    if services.disk.is_low:
        text += "disk low\n"
    return web.Response(text=text, status=200 if all(parts.values()) else 503)


@public
async def index(request: web.Request) -> web.Response:
    """The web client."""
    return file_response(request, "index.html")


@public
async def enter(request: web.Request) -> web.Response:
    """Add the slash that is missing where we are mounted, and that relative links need."""
    location = f"{request.path.rpartition('/')[2]}/"
    return web.Response(status=303, headers={hdrs.LOCATION: location})


@public
async def join(request: web.Request) -> web.Response:
    """Send an invite's link to the web client; what is behind the # stays there."""
    location = f"../#/join/{request.match_info['code']}"
    return web.Response(status=303, headers={hdrs.LOCATION: location})


@public
async def asset(request: web.Request) -> web.Response:
    """A file of the web client."""
    return file_response(request, request.match_info["path"])


def file_response(request: web.Request, name: str) -> web.Response:
    """A file of `web/`, packed if the asker can unpack it.

    Raises:
        NotFound: if there is none of that name.
    """
    path = (WEB / name).resolve()
    is_ours = path.is_relative_to(WEB) and path.suffix in TYPES
    if len(name) > LONGEST_NAME or not is_ours or not path.is_file():
        raise NotFound("There is no such file.")
    plain, packed, tag = _content(path, path.stat().st_mtime_ns)
    # Always asked for again, and answered 304 if it has not changed: no stale client.
    answer = web.Response(headers={"Cache-Control": "no-cache", "Vary": "Accept-Encoding"})
    answer.etag = tag
    if tag in {each.value for each in request.if_none_match or ()}:
        answer.set_status(304)
        return answer
    answer.content_type, answer.charset = TYPES[path.suffix], "utf-8"
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        answer.headers[hdrs.CONTENT_ENCODING] = "gzip"
    answer.body = packed if hdrs.CONTENT_ENCODING in answer.headers else plain
    return answer


@lru_cache(maxsize=200)
def _content(path: Path, changed: int) -> tuple[bytes, bytes, str]:
    """A file, the same packed, and its tag: read anew when it has changed."""
    plain = path.read_bytes()
    return plain, gzip.compress(plain, mtime=0), hashlib.sha256(plain).hexdigest()[:16]


ROUTES = [
    routes.get("/api/config", config, responses.Config),
    routes.get("/healthz", healthz, "text/plain"),
    routes.get("/readyz", readyz, "text/plain", status=(200, 503)),
    routes.get("/", index, "text/html", status=(200, 304), name=INDEX),
    routes.get("/join/{code:[A-Za-z0-9_-]+}", join, status=(303,)),
    routes.get(r"/web/{path:[a-z0-9./-]+[a-z]}", asset, "*/*", status=(200, 304)),
]
