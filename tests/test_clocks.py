"""Clocks that are wrong, or jump: nobody is signed out, and order stays order."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from settings import Settings
from tests.people import PASSWORD, Person, sign_up
from tests.process import Process
from tests.takeover import Pair
from tests.tools import needs

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
pytestmark = needs("faketime")


def at(server: Process, offset: str) -> None:
    """The server's clock is so wrong, at once if it runs; its database's is right."""
    clock = server.data.with_name(f"{server.data.name}.clock")
    clock.write_text(offset)
    server.environment = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@pytest.fixture
async def server(settings: Settings, tmp_path: Path) -> AsyncIterator[Process]:
    url = settings.mongodb_url
    server = Process(tmp_path / "data", REGISTRATION="open", MONGODB_URL=url)
    yield server
    await server.kill()


async def goes_on(ann: Person, seq: int) -> None:
    """Everything is as if all clocks were right."""
    assert (await ann.says("general", "more"))["seq"] == seq
    times = [each["created_at"] for each in await ann.page("general")]
    assert (len(times), times) == (seq, sorted(times))
    off = datetime.now(UTC) - datetime.fromisoformat(times[-1])
    assert abs(off) < timedelta(minutes=1)
    await ann.does("POST", "/api/auth/token", {"name": "ann", "password": PASSWORD})


async def test_a_clock_that_is_wrong_and_jumps_signs_nobody_out(server: Process) -> None:
    at(server, "-400d")
    async with aiohttp.ClientSession() as http:
        ann = await sign_up(http, "ann", await server.start())
        await goes_on(ann, 1)
        # Each time at once: before the database says again what the time is.
        for seq, offset in enumerate(("+25h", "-1d", "+400d"), 2):
            at(server, offset)
            await goes_on(ann, seq)
        await server.end()
        at(server, "+0")
        await goes_on(Person(http, "ann", ann.token, await server.start()), 5)


@pytest.mark.long
async def test_two_clocks_that_are_hours_apart_change_nothing_in_a_takeover(
    settings: Settings, tmp_path: Path
) -> None:
    pair = Pair(tmp_path, settings.mongodb_url)
    for server, offset in zip(pair.servers, ("-1h", "+1h"), strict=True):
        at(server, offset)
    try:
        async with aiohttp.ClientSession() as http:
            await pair.start()
            ann = await sign_up(http, "ann", pair.where())
            for seq in range(1, 4):
                here = pair.servers[pair.serving].address
                await goes_on(Person(http, "ann", ann.token, here), seq)
                await pair.befall("end", 0)
    finally:
        await pair.close()
