"""For each test an app on a database of its own, asked directly, and the people there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from pytest_hearth.databases import Databases
from pytest_hearth.hearth import changed, owner_code
from server import create_app
from settings import Settings
from tests.people import SOON, Person, sign_up
from tests.programs import Hook, makes_hook

__all__ = ["owner_code"]
Client = TestClient[Any, Any]
# Programs of which tests need one: what they do with it, and the packages of Debian.
OPTIONAL = [
    ("chromium", "in a browser", "chromium"),
    ("nginx", "behind nginx", "nginx-light"),
    ("turnserver", "through a relay", "coturn"),
    ("promtool", "of the metrics", "prometheus"),
    ("systemd-analyze", "of the unit", "systemd"),
    ("faketime", "with wrong clocks", "faketime"),
]
Start = Callable[..., Awaitable[Client]]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Say in the last line what was skipped, and how to have it."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # One of several workers.
        return
    skipped = [str(each.longrepr) for each in reporter.stats.get("skipped", ())]
    for name, what, packages in OPTIONAL:
        if count := sum(f"there is no {name}" in each for each in skipped):
            reporter.write_line(
                f"{count} tests {what} were skipped; to have them: apt install {packages}",
                yellow=True,
            )


@pytest.fixture(scope="session")
def mongodb(hearth_databases: Databases) -> str:
    """The URL of the mongod that all tests share."""
    return hearth_databases.url


@pytest.fixture
def settings(hearth_settings: Settings) -> Settings:
    """Settings for a database of this test's own."""
    return hearth_settings


@pytest.fixture
async def start(settings: Settings) -> AsyncIterator[Start]:
    """Start an app, with some settings or limits changed; ask it through a test client."""
    async with AsyncExitStack() as stack:

        async def start(**changes: Any) -> Client:
            client = TestClient(TestServer(create_app(changed(settings, **changes))))
            return await stack.enter_async_context(client)

        yield start


async def until_ready(client: Client) -> Client:
    """Wait until an app serves: a busy database may hold back the lease of the last one."""
    async with asyncio.timeout(SOON):
        while (await client.get("/readyz")).status != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return client


@pytest.fixture
async def client(start: Start) -> Client:
    return await start()


@pytest.fixture
def app(client: Client) -> web.Application:
    app = client.app
    assert app is not None
    return app


@pytest.fixture
async def ann(client: Client, app: web.Application) -> Person:
    """Ann owns the server."""
    return await sign_up(client, "ann", invite=owner_code(app))


@pytest.fixture
async def ben(client: Client, ann: Person) -> Person:
    return await sign_up(client, "ben")


@pytest.fixture
async def admin(ann: Person, ben: Person) -> Person:
    """Ben, an admin."""
    await ann.does("PATCH", "/api/users/ben", {"role": "admin"})
    return ben


@pytest.fixture
async def cat(client: Client, ann: Person) -> Person:
    return await sign_up(client, "cat")


@pytest.fixture
async def hook(ben: Person) -> Hook:
    """A hook of a private room that Ben owns."""
    await ben.makes("alerts", "private")
    return await makes_hook(ben, display_name="Alerts")
