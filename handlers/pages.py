"""What is not about anybody: the web client, its settings, and whether we are well."""

from pathlib import Path

from aiohttp import hdrs, web

from handlers.keys import DB, LOG, SETTINGS
from handlers.middleware import public
from handlers.representations import json_response, limits_json
from settings import VERSION
from store.errors import NotFound

WEB = Path(__file__).resolve().parent.parent / "web"
LONGEST_NAME = 100  # a file system refuses what is far longer with an error


@public
async def config(request: web.Request) -> web.Response:
    """Say what this server is and allows."""
    settings = request.app[SETTINGS]
    return json_response(
        {
            "name": "Hearth",
            "version": VERSION,
            "registration": settings.registration,
            "limits": limits_json(settings.limits),
        }
    )


@public
async def healthz(request: web.Request) -> web.Response:
    """Say that the process runs."""
    return web.Response(text="ok\n")


@public
async def readyz(request: web.Request) -> web.Response:
    """Say whether messages can be read and stored now."""
    parts = {"database": request.app[DB].is_well(), "log": request.app[LOG].is_well()}
    text = "".join(f"{name} {'ok' if well else 'away'}\n" for name, well in parts.items())
    return web.Response(text=text, status=200 if all(parts.values()) else 503)


@public
async def index(request: web.Request) -> web.StreamResponse:
    """The web client."""
    return _file("index.html")


@public
async def join(request: web.Request) -> web.Response:
    """Send an invite's link to the web client; what is behind the # stays there."""
    location = f"../#/join/{request.match_info['code']}"
    return web.Response(status=303, headers={hdrs.LOCATION: location})


@public
async def asset(request: web.Request) -> web.StreamResponse:
    """A file of the web client."""
    return _file(request.match_info["path"])


def _file(name: str) -> web.FileResponse:
    path = (WEB / name).resolve()
    if len(name) > LONGEST_NAME or not path.is_relative_to(WEB) or not path.is_file():
        raise NotFound("There is no such file.")
    # Always asked for again, and answered 304 if it has not changed: no stale client.
    return web.FileResponse(path, headers={hdrs.CACHE_CONTROL: "no-cache"})


ROUTES = [
    web.get("/api/config", config),
    web.get("/healthz", healthz),
    web.get("/readyz", readyz),
    web.get("/", index),
    web.get("/join/{code:[A-Za-z0-9_-]+}", join),
    web.get(r"/web/{path:[a-z0-9./-]+[a-z]}", asset),
]
