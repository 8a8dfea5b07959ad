"""Clocks that are wrong, or jump: nobody is signed out, and order stays order."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.people import PASSWORD, Person, sign_up
from tests.process import Process

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="apt install faketime")


def at(server: Process, offset: str) -> None:
    """From its next start on, the server's clock is so wrong; its database's is right."""
    server.environment = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Process]:
    server = Process(tmp_path / "data", REGISTRATION="open")
    yield server
    await server.kill()


@pytest.mark.parametrize("offset", ["-400d", "-1d", "+25h"])
async def test_a_clock_that_is_set_right_signs_nobody_out(
    server: Process, offset: str
) -> None:
    at(server, offset)
    async with aiohttp.ClientSession() as http:
        ann = await sign_up(http, "ann", await server.start())
        said = await ann.says("general", "one")
        moment = datetime.fromisoformat(said["created_at"])
        assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)
        await server.end()
        for next_offset in ("+0", offset):
            at(server, next_offset)
            ann = Person(http, "ann", ann.token, await server.start())
            seq = (await ann.says("general", "more"))["seq"]
            times = [each["created_at"] for each in await ann.page("general")]
            assert (len(times), times) == (seq, sorted(times))
            form = {"name": "ann", "password": PASSWORD}
            async with http.post(f"{server.address}/api/auth/token", json=form) as answer:
                assert answer.status == 200
            await server.end()
