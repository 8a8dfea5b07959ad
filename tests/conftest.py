"""A real mongod for the session, and for each test an app on a database of its own."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pymongo import MongoClient

from handlers.keys import CREDENTIALS, DB
from server import create_app
from settings import Limits, Settings
from store import embedded
from tests.people import Person, sign_up
from tests.programs import Hook, makes_hook

Client = TestClient[Any, Any]
Start = Callable[..., Awaitable[Client]]


@pytest.fixture(scope="session")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a mongod that all tests share."""
    if url := os.environ.get("HEARTH_TEST_MONGODB_URL"):
        yield url
        return
    loop = asyncio.new_event_loop()
    mongod = loop.run_until_complete(embedded.start(tmp_path_factory.mktemp("data")))
    yield mongod.url
    loop.run_until_complete(mongod.stop())
    loop.close()


@pytest.fixture
def settings(mongodb: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings for a database of this test's own."""
    name = f"test_{secrets.token_hex(6)}"
    before, _, options = mongodb.partition("?")
    yield Settings(
        mongodb_url=f"{before.rstrip('/')}/{name}?{options}",
        data=tmp_path,
        secret=secrets.token_hex(32),
        registration="open",
        bcrypt_cost=4,
        limits=Limits(sends=10_000, burst=10_000, frames=10_000, sign_ins=10_000),
    )
    with MongoClient[Any](mongodb) as mongo:
        mongo.drop_database(name)


@pytest.fixture
async def start(settings: Settings) -> AsyncIterator[Start]:
    """Start an app, with some settings or limits changed; ask it through a test client."""
    async with AsyncExitStack() as stack:

        async def start(**changes: Any) -> Client:
            limits = {
                key: changes.pop(key) for key in list(changes) if hasattr(Limits, key)
            }
            changed = replace(
                settings, limits=replace(settings.limits, **limits), **changes
            )
            client = TestClient(TestServer(create_app(changed)))
            return await stack.enter_async_context(client)

        yield start


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
async def cat(client: Client, ann: Person) -> Person:
    return await sign_up(client, "cat")


@pytest.fixture
async def hook(ben: Person) -> Hook:
    """A hook of a private room that Ben owns."""
    await ben.makes("alerts", "private")
    return await makes_hook(ben, display_name="Alerts")


def owner_code(app: web.Application) -> str:
    """The code of the owner's link."""
    return app[CREDENTIALS].owner_code(app[DB].epoch)
