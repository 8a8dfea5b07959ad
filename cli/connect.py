"""The way of verbs to Hearth: the public API of the server that runs, else their own one.

Whoever can read the server's secret is its operator: a verb signs a token with it that
lives for a minute, and asks the server at the address that the settings name.
"""

import asyncio
import os
import platform
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from cli import snapshot
from handlers.services import SERVICES
from handlers.services.credentials import operator_token, read_secret
from handlers.web.listen import base_url, near_host
from settings import Settings
from store.errors import Failed
from store.lease.lease import Lease, State
from store.mongod import process
from store.mongod.client import make_client

CreateApp = Callable[[Settings], web.Application]

ANSWER_SECONDS = 60.0


class Hearth:
    """A server, as its operator speaks to it; `address` is where people find it."""

    def __init__(
        self, http: aiohttp.ClientSession, base: str, secret: str, address: str
    ) -> None:
        self._http, self._base, self._secret = http, base, secret
        self.address = address

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask for something, and give what was answered.

        Raises:
            Failed: if it was refused.
        """
        headers = {"Authorization": f"Bearer {operator_token(self._secret)}"}
        try:
            asking = self._http.request(
                method, self._base + path, json=body or None, headers=headers
            )
            async with asking as answer:
                content = await answer.json(content_type=None)
        except (aiohttp.ClientError, ValueError, TimeoutError) as error:
            raise Failed(f"The server broke off ({error}); see its log.") from None
        if not answer.ok:
            raise Failed(_reason(content))
        return content


@asynccontextmanager
async def hearth(settings: Settings, create_app: CreateApp) -> AsyncIterator[Hearth]:
    """The server that runs, else one that serves nobody but this verb."""
    if await is_running(settings):
        async with _speaking_to(settings, read_secret(settings)) as running:
            yield running
        return
    _require_own_folder(settings)
    if not (settings.data / "mongo").is_dir():
        read_secret(settings)  # An import's folder has none until the first start.
    app = create_app(settings)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        lease = app[SERVICES].lease
        if lease.state is State.STANDING_BY:
            raise Failed(f"Hearth on {lease.serves} serves this database; do it there.")
        with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
            path = Path(folder) / "verb.sock"
            await web.UnixSite(runner, str(path)).start()
            async with _session(path) as http:
                secret = read_secret(settings)
                yield Hearth(http, "http://hearth", secret, _found_at(settings))
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_snapshot(
    settings: Settings, *, stopped: bool
) -> AsyncIterator[snapshot.Snapshot]:
    """The database as of one moment, whether a server runs or not."""
    ours = not settings.mongodb_url
    async with (
        open_database(settings) as url,
        snapshot.open_snapshot(url, ours=ours, stopped=stopped) as copy,
    ):
        yield copy


@asynccontextmanager
async def idle_database(settings: Settings) -> AsyncIterator[tuple[str, Lease]]:
    """The URL of the database while no server runs, and the lease, which is ours.

    Raises:
        Failed: if one does.
    """
    if await is_running(settings):
        raise Failed("Hearth is running. Stop it first; this replaces what it works on.")
    lease = Lease(f"{platform.node()} (which replaces the data)")
    async with _own_database(settings, may_be_new=True) as url:
        client = make_client(url)
        meta = client.get_default_database("hearth")["meta"]
        lease.bind(meta, exclusive=not settings.mongodb_url)
        try:
            if not await lease.take():
                raise Failed(
                    f"Hearth on {lease.serves} serves this database. Stop it first, and "
                    "those that stand by for it; this replaces what they work on."
                )
            yield url, lease
        finally:
            await lease.release()
            client.close()


async def is_running(settings: Settings) -> bool:
    """True if anything listens where the server of these settings does."""
    try:
        if settings.unix_socket:
            asking = asyncio.open_unix_connection(str(settings.unix_socket))
        else:
            asking = asyncio.open_connection(near_host(settings.host), settings.port)
        _, writer = await asking
    except PermissionError as error:
        raise Failed(
            f"{error.strerror}: {settings.unix_socket}. Run this as the user that runs "
            "Hearth, and with its settings."
        ) from None
    except OSError:
        return False
    writer.close()
    return True


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[str]:
    """The URL of the database, whether a server runs or not; to be read only."""
    secret = read_secret(settings)
    if await is_running(settings):
        async with _speaking_to(settings, secret) as running:
            yield (await running.ask("GET", "/api/database"))["url"]
        return
    async with _own_database(settings) as url:
        yield url


@asynccontextmanager
async def _own_database(
    settings: Settings, *, may_be_new: bool = False
) -> AsyncIterator[str]:
    if settings.mongodb_url:
        yield settings.mongodb_url
        return
    _require_own_folder(settings, may_be_new=may_be_new)
    mongod = await process.start(settings.data, settings.mongod or None)
    try:
        yield mongod.url
    finally:
        await mongod.stop()


@asynccontextmanager
async def _speaking_to(settings: Settings, secret: str) -> AsyncIterator[Hearth]:
    async with _session(settings.unix_socket) as http:
        nearest = base_url(settings.host, settings.port)
        base = "http://hearth" if settings.unix_socket else nearest
        yield Hearth(http, base, secret, _found_at(settings))


def _session(path: Path | None) -> aiohttp.ClientSession:
    connector = aiohttp.UnixConnector(str(path)) if path else aiohttp.TCPConnector()
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    return aiohttp.ClientSession(connector=connector, timeout=timeout)


def _found_at(settings: Settings) -> str:
    """The address that people type."""
    return settings.public_url or base_url(settings.host, settings.port)


def _require_own_folder(settings: Settings, *, may_be_new: bool = False) -> None:
    """Refuse to run on somebody else's folder: the server could not start on it any more.

    Raises:
        Failed: if it is.
    """
    folder = settings.data
    if not folder.is_dir():
        if settings.mongodb_url or may_be_new:
            return
        raise Failed(f"There is no folder {folder.absolute()}. Set HEARTH_DATA.")
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise Failed(
            f"{folder.absolute()} belongs to the user with the number {owner}. Run this as "
            "that user: runuser -u NAME -- hearth ..."
        )


def _reason(content: Any) -> str:
    is_problem = isinstance(content, dict) and "detail" in content
    return str(content["detail"]) if is_problem else "What answers there is no Hearth."
