"""Two servers behind the real nginx, with the configuration that we ship."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from settings import Settings
from tests.attachments import uploads
from tests.nginx import Nginx, needs_nginx
from tests.people import sign_up
from tests.process import Process
from tests.test_kill import PLENTY

pytestmark = needs_nginx

POSTS = 20


@pytest.fixture
async def nginx(tmp_path: Path) -> AsyncIterator[Nginx]:
    nginx = Nginx(tmp_path)
    yield nginx
    await nginx.stop()


@pytest.fixture
async def pair(
    nginx: Nginx, settings: Settings, tmp_path: Path
) -> AsyncIterator[list[Process]]:
    """The first serves, and the second stands by."""
    shared = {
        "MONGODB_URL": settings.mongodb_url,
        "SECRET": secrets.token_hex(32),
        "PUBLIC_URL": nginx.url,
        "TRUSTED_PROXIES": "127.0.0.1",
        "REGISTRATION": "open",
        **PLENTY,
    }
    servers = [Process(tmp_path / name, **shared) for name in ("one", "two")]
    ports = {"one": 0, "two": 0}
    try:
        for server, name in zip(servers, ports, strict=True):
            socket = str(tmp_path / f"{name}.sock")
            await server.spawn(UNIX_SOCKET=socket)
            assert (await server.line()).startswith("Hearth s")
        await nginx.start(f"unix:{tmp_path}/one.sock", f"unix:{tmp_path}/two.sock")
        yield servers
    finally:
        for server in servers:
            await server.kill()


async def test_nothing_ends_at_the_one_that_stands_by(
    nginx: Nginx, pair: list[Process]
) -> None:
    ann = await sign_up(nginx.http, "ann", nginx.url)
    for number in range(POSTS):
        await ann.says("general", f"number {number}")
        if number % 5 == 0:
            await uploads(ann, "general", b"x" * 300_000)
    said = await ann.page("general", "?limit=200")
    assert [each["text"] for each in said] == [f"number {n}" for n in range(POSTS)]
