"""A push service beside the server, which may send to it although it is on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from handlers.services import SERVICES, Services
from tests.push_service import PushService


@pytest.fixture
def services(app: web.Application) -> Services:
    return app[SERVICES]


@pytest.fixture
async def push(tmp_path: Path, services: Services) -> AsyncIterator[PushService]:
    async with PushService(tmp_path) as push:
        await push.is_trusted_by(services)
        yield push
