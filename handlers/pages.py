"""Pages that are about nobody: the web client, its settings, and our health."""

import gzip
import hashlib
import json
import re
import time
from functools import lru_cache
from html import escape
from pathlib import Path

from aiohttp import hdrs, web

from handlers.schemas import responses
from handlers.services import SERVICES
from handlers.web import routes
from handlers.web.auth import public
from handlers.web.base_path import INDEX
from handlers.web.conditions import knows
from handlers.web.json_response import json_response
from handlers.web.serving_only import always
from settings import VERSION
from store import users
from store.errors import NotFound
from store.lease.lease import State

WEB = Path(__file__).resolve().parent.parent / "web"
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
KEEP = "public, max-age=31536000, immutable"
_VERSIONED = re.compile(r"v-([0-9a-f]{16})/(.+)")
_OWN = re.compile(r'"web/(?!manifest)')
MANIFEST = "manifest.webmanifest"
FILES = "files.json"
STYLES = "all.css"
_IMPORT = re.compile(rb'@import "([a-z-]+\.css)";\n')
READY_SECONDS = 1.0  # that a database which is well needs at most, to say so
MAX_NAME_CHARS = 100  # a file system refuses what is far longer with an error


@public
async def config(request: web.Request) -> web.Response:
    """Say what this server is and allows."""
    services = request.app[SERVICES]
    settings = services.settings
    return json_response(
        responses.Config(
            name=settings.name,
            version=VERSION,
            registration=settings.registration,
            limits=responses.Limits.of(settings.limits),
            nobody_yet=services.db.is_well() and not await users.names(services.db),
        )
    )


@always
@public
async def healthz(request: web.Request) -> web.Response:
    """Say that the process runs."""
    return web.Response(text="ok\n")


@always
@public
async def readyz(request: web.Request) -> web.Response:
    """Say whether messages can be read and stored now."""
    services = request.app[SERVICES]
    if services.lease.state is State.STANDING_BY:
        text = f"standing by for {services.lease.serves}\n"
        return web.Response(text=text, status=503)
    is_there = await services.db.answers(READY_SECONDS)
    parts = {"database": is_there, "log": services.log.is_well()}
    text = "".join(f"{name} {'ok' if well else 'away'}\n" for name, well in parts.items())
    if services.disk.is_low:
        text += "disk low\n"
    return web.Response(text=text, status=200 if all(parts.values()) else 503)


@public
async def index(request: web.Request) -> web.Response:
    """The web client; its files are named with what they hold, so they can be kept."""
    page = _page(int(time.monotonic()), request.app[SERVICES].settings.name)
    return _answer(request, *page, "text/html", kept=False)


@public
async def worker(request: web.Request) -> web.Response:
    """The service worker; from here it may serve all pages of ours."""
    return file_response(request, "worker.js")


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
async def reset(request: web.Request) -> web.Response:
    """Send the link to a new password to the web client, as an invite's is."""
    location = f"../#/reset/{request.match_info['code']}"
    return web.Response(status=303, headers={hdrs.LOCATION: location})


@public
async def asset(request: web.Request) -> web.Response:
    """A file of the web client: by its name, or below the version of all of them."""
    path = request.match_info["path"]
    if path == MANIFEST:
        named = _manifest(int(time.monotonic()), request.app[SERVICES].settings.name)
        return _answer(request, *named, TYPES[".webmanifest"], kept=False)
    if versioned := _VERSIONED.fullmatch(path):
        # A page of an older version gets today's file, and asks for it again each time.
        second = int(time.monotonic())
        is_current = versioned[1] == _version(second)
        if versioned[2] == FILES:
            listed = _packed(json.dumps(_client_files()).encode())
            return _answer(request, *listed, "application/json", kept=is_current)
        return file_response(request, versioned[2], kept=is_current)
    return file_response(request, path)


def file_response(request: web.Request, name: str, *, kept: bool = False) -> web.Response:
    """A file of `web/`, packed if the asker can unpack it; `kept` is for good.

    Raises:
        NotFound: if there is none of that name.
    """
    path = (WEB / name).resolve()
    is_ours = path.is_relative_to(WEB) and path.suffix in TYPES
    if len(name) > MAX_NAME_CHARS or not is_ours or not path.is_file():
        raise NotFound("There is no such file.")
    return _answer(request, *_content(path, _changed(path)), TYPES[path.suffix], kept=kept)


def _answer(
    request: web.Request, plain: bytes, packed: bytes, tag: str, kind: str, *, kept: bool
) -> web.Response:
    # Without a version it is asked for again, and answered 304 if it is the same.
    keep = KEEP if kept else "no-cache"
    answer = web.Response(headers={"Cache-Control": keep, "Vary": "Accept-Encoding"})
    answer.etag = tag
    if knows(request, tag):
        answer.set_status(304)
        return answer
    answer.content_type = kind
    if not kind.startswith("image/png"):
        answer.charset = "utf-8"
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        answer.headers[hdrs.CONTENT_ENCODING] = "gzip"
    answer.body = packed if hdrs.CONTENT_ENCODING in answer.headers else plain
    return answer


def _changed(path: Path) -> int:
    """When a file changed; a stylesheet with those that it may import."""
    parts = path.parent.glob("*.css") if path.suffix == ".css" else [path]
    return max(part.stat().st_mtime_ns for part in parts)


@lru_cache(maxsize=200)
def _content(path: Path, changed: int) -> tuple[bytes, bytes, str]:
    """A file, the same packed, and its tag: read anew when it has changed."""
    plain = path.read_bytes()
    # What a stylesheet imports is sent in its place: one request, and packed as one.
    return _packed(
        _IMPORT.sub(lambda each: (path.parent / each[1].decode()).read_bytes(), plain)
    )


def _packed(plain: bytes) -> tuple[bytes, bytes, str]:
    return plain, gzip.compress(plain, mtime=0), hashlib.sha256(plain).hexdigest()[:16]


@lru_cache(maxsize=1)
def _version(second: int) -> str:
    """The digest of all files, made anew each second for those who work on them."""
    files = sorted(path for path in WEB.rglob("*") if path.suffix in TYPES)
    tags = [f"{path}{_content(path, _changed(path))[2]}" for path in files]
    return hashlib.sha256("\n".join(tags).encode()).hexdigest()[:16]


def _client_files() -> list[str]:
    """All that the page may ever ask for below its version, for the worker to keep."""
    files = (path.relative_to(WEB) for path in WEB.rglob("*.*"))
    apart = {"index.html", "worker.js", MANIFEST}
    return sorted(
        path.as_posix()
        for path in files
        if path.suffix in TYPES and path.parts[0] != "docs" and path.name not in apart
        if path.suffix != ".css" or path.name == STYLES
    )


@lru_cache(maxsize=8)  # Several apps may live in one process, each with its name.
def _page(second: int, name: str) -> tuple[bytes, bytes, str]:
    """The page with the team's name, and with the version in the addresses of its files.

    Not in the manifest's: the addresses in it are relative to it.
    """
    text = (WEB / "index.html").read_text("utf-8")
    text = text.replace(">Hearth</title>", f">{escape(name)}</title>")
    versioned = _OWN.sub(f'"web/v-{_version(second)}/', text)
    return _packed(versioned.encode())


@lru_cache(maxsize=8)
def _manifest(second: int, name: str) -> tuple[bytes, bytes, str]:
    """The manifest, by which an installed app has the team's name."""
    text = (WEB / MANIFEST).read_text("utf-8")
    return _packed(text.replace('"Hearth"', json.dumps(name)).encode())


ROUTES = [
    routes.get("/api/config", config, responses.Config),
    routes.get("/healthz", healthz, "text/plain"),
    routes.get("/readyz", readyz, "text/plain", status=(200, 503)),
    routes.get("/", index, "text/html", status=(200, 304), name=INDEX),
    routes.get("/worker.js", worker, "text/javascript", status=(200, 304)),
    routes.get("/join/{code:[A-Za-z0-9_-]+}", join, status=(303,)),
    routes.get("/reset/{code:[A-Za-z0-9_-]+}", reset, status=(303,)),
    routes.get(r"/web/{path:[a-z0-9./-]+[a-z]}", asset, "*/*", status=(200, 304)),
]
