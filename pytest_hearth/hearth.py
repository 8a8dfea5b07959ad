"""A Hearth that runs for a test: its app, a client, people, and lines that can fail."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import ClientSession, TCPConnector, web
from aiohttp.test_utils import TestClient, TestServer

from handlers.services import SERVICES
from pytest_hearth.people import SOON, Person, sign_up
from pytest_hearth.proxy import FaultyProxy
from server import create_app
from settings import Limits, Settings

ANSWER = rb'HTTP/1\.1 \d|"type":"(ok|error)"'  # to a request, or to a send over the socket


def settings_for(url: str, folder: Path, **changes: Any) -> Settings:
    """Settings that suit tests: open to all, with quick passwords and wide limits."""
    settings = Settings(
        port=0,  # nobody listens there, whatever else runs on this machine
        mongodb_url=url,
        data=folder,
        secret=secrets.token_hex(32),
        registration="open",
        bcrypt_cost=4,
        limits=Limits(
            sends=10_000,
            acts=10_000,
            reads=10_000,
            storage=10**11,
            sign_ins=10_000,
            sign_ups=10_000,
        ),
    )
    return changed(settings, **changes)


def changed(settings: Settings, **changes: Any) -> Settings:
    """Settings with some settings or limits changed, by their names in `settings.py`."""
    asked = {name: changes.pop(name) for name in list(changes) if hasattr(Limits, name)}
    fields = asdict(settings.limits)
    fixed = {name: asked.pop(name) for name in list(asked) if name not in fields}
    kind = type("ChangedLimits", (type(settings.limits),), fixed)
    return replace(settings, limits=kind(**fields | asked), **changes)


Standby = tuple[TestClient[Any, web.Application], FaultyProxy, Settings]


class Hearth:
    """One app, and lines to it and from it to its database.

    `client` is aiohttp's test client of the app itself; `url` and all people lead there
    through `line`.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.line = FaultyProxy("", ANSWER)
        self.database = FaultyProxy(unquote(_host(settings.mongodb_url)))
        self.url = ""
        self.client: TestClient[Any, web.Application]
        self._http: ClientSession
        self._people: list[Person] = []
        self._is_owned = False
        self._standbys: list[Standby] = []
        self._lines: list[FaultyProxy] = []  # from those to the database
        self._far = settings  # with the line to the database
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.database.close)
            if host := _host(self.settings.mongodb_url):
                url = self.settings.mongodb_url
                line = await self.database.start()
                self._far = replace(self.settings, mongodb_url=url.replace(host, line, 1))
            stack.push_async_callback(self._stop)
            await self._serve()
            stack.push_async_callback(self.line.close)
            self.url = f"http://{await self.line.start()}"
            self._http = ClientSession(connector=TCPConnector(limit=0))
            stack.push_async_callback(self._leave)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    @property
    def app(self) -> web.Application:
        """The app, with all it keeps under the keys of `handlers/services.py`."""
        app: web.Application = self.client.app
        return app

    async def person(self, name: str, **more: Any) -> Person:
        """Somebody signs up; whoever comes first owns the server."""
        if not self._is_owned and "invite" not in more:
            more["invite"] = owner_code(self.app)
        self._is_owned = True
        person = await sign_up(self._http, name, self.url, **more)
        self._people.append(person)
        return person

    async def people(self, *names: str) -> list[Person]:
        """Some sign up, one after the other."""
        return [await self.person(name) for name in names]

    async def restart(self) -> None:
        """End it cleanly, and start it again; people come back by themselves."""
        await self.client.close()
        await self._serve()

    async def standby(self) -> None:
        """Start another server on the same database, which stands by."""
        settings, host = self.settings, _host(self.settings.mongodb_url)
        line = FaultyProxy(unquote(host))
        self._lines.append(line)
        url = settings.mongodb_url.replace(host, await line.start(), 1)
        data = settings.data / f"standby-{secrets.token_hex(3)}"
        far = replace(settings, mongodb_url=url, data=data)
        client = TestClient(TestServer(create_app(far)))
        await client.start_server()
        self._standbys.append((client, line, far))

    async def dies(self) -> None:
        """Cut off the one that serves from everything; people go on at the next."""
        dead, dead_line = self.client, self.database
        self.line.cut()
        dead_line.cut()
        self.client, self.database, self._far = self._standbys.pop(0)
        await self.ready()
        self.line.target = f"{self.client.host}:{self.client.port}"
        await self.line.resume()
        await dead_line.close()
        await dead.close()

    async def ready(self) -> None:
        """Wait until messages can be stored: after a fault, that takes a moment."""
        async with asyncio.timeout(SOON):
            while not await self._is_ready():  # noqa: ASYNC110 - as a health check does
                await asyncio.sleep(0.05)

    async def _serve(self) -> None:
        self.client = TestClient(TestServer(create_app(self._far)))
        await self.client.start_server()
        self.line.target = f"{self.client.host}:{self.client.port}"

    async def _leave(self) -> None:
        self.line.cut()  # Nobody waits for a farewell, which may be stalled.
        for person in self._people:
            await person.goes()
        await self._http.close()

    async def _stop(self) -> None:
        if self._far.mongodb_url:
            await self.database.resume()
        for client, _, _ in self._standbys:
            await client.close()
        await self.client.close()
        for line in self._lines:
            await line.close()

    async def _is_ready(self) -> bool:
        async with self.client.get("/readyz") as answer:
            return answer.status == 200


def owner_code(app: web.Application) -> str:
    """The code of the owner's link."""
    return app[SERVICES].credentials.owner_code(app[SERVICES].db.epoch)


def _host(url: str) -> str:
    """The one host of a database's URL, as it stands there."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
