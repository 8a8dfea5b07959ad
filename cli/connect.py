"""How verbs reach Hearth: the server that runs on the data folder, else their own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from aiohttp import web

from handlers.control import Control, path_in
from handlers.services import SERVICES
from settings import Settings
from store import snapshot
from store.errors import Failed
from store.mongod import process

CreateApp = Callable[[Settings], web.Application]


class Hearth:
    """A server, as its operator speaks to it."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask for something, and give what was answered.

        Raises:
            Failed: if it was refused.
        """
        try:
            asking = self._http.request(method, f"http://hearth{path}", json=body or None)
            async with asking as answer:
                content = await answer.json(content_type=None)
        except (aiohttp.ClientError, ValueError) as error:
            raise Failed(f"The server broke off ({error}); see its log.") from None
        if not answer.ok:
            raise Failed(content["detail"])
        return content


@asynccontextmanager
async def hearth(settings: Settings, create_app: CreateApp) -> AsyncIterator[Hearth]:
    """The server that runs, else one that serves nobody but this verb."""
    if await is_running(settings):
        async with _speaking_to(settings) as running:
            yield running
        return
    app = create_app(settings)
    runner = web.AppRunner(app, access_log=None)
    control = Control(app[SERVICES], f"http://{settings.host}:{settings.port}")
    await runner.setup()
    try:
        await control.open(app)
        async with _speaking_to(settings) as own:
            yield own
    finally:
        await control.close(app)
        await runner.cleanup()


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """The URL of the database, whether a server runs or not; to be read only."""
    if await is_running(settings):
        async with _speaking_to(settings) as running:
            yield (await running.ask("GET", "/database"))["url"]
        return
    async with _own_database(settings) as url:
        yield url


@asynccontextmanager
async def open_snapshot(
    settings: Settings, *, stopped: bool
) -> AsyncIterator[snapshot.Snapshot]:
    """The database as of one moment, whether a server runs or not."""
    ours = not settings.mongodb_url
    async with (
        database(settings) as url,
        snapshot.open_snapshot(url, ours=ours, stopped=stopped) as copy,
    ):
        yield copy


@asynccontextmanager
async def idle_database(settings: Settings) -> AsyncIterator[str]:
    """The URL of the database while no server runs.

    Raises:
        Failed: if one does.
    """
    if await is_running(settings):
        raise Failed("Hearth is running. Stop it first; this replaces what it works on.")
    async with _own_database(settings) as url:
        yield url


async def is_running(settings: Settings) -> bool:
    """Whether a server runs on this data folder."""
    with suppress(FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        try:
            _, writer = await asyncio.open_unix_connection(str(path_in(settings.data)))
        except PermissionError as error:
            raise Failed(
                f"{error.strerror}: {path_in(settings.data)}. Run this as the user that "
                "runs Hearth, and with its HEARTH_DATA."
            ) from None
        except OSError as error:
            if "too long" in str(error):
                return False  # So the server could not listen there either.
            raise
        writer.close()
        return True
    return False


@asynccontextmanager
async def _own_database(settings: Settings) -> AsyncIterator[str]:
    if settings.mongodb_url:
        yield settings.mongodb_url
        return
    mongod = await process.start(settings.data, settings.mongod or None)
    try:
        yield mongod.url
    finally:
        await mongod.stop()


@asynccontextmanager
async def _speaking_to(settings: Settings) -> AsyncIterator[Hearth]:
    connector = aiohttp.UnixConnector(str(path_in(settings.data)))
    async with aiohttp.ClientSession(connector=connector) as http:
        yield Hearth(http)
