"""What a call of six costs the server, a process of its own: next to nothing."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.browser.calling.conftest import Calls
from tests.browser.visitor import LOSS
from tests.people import sign_up
from tests.process import Process

pytestmark = pytest.mark.long
PEOPLE, SECONDS, SETTLES = 6, 30, 10
MAX_BYTES_A_SECOND = 1_000
MAX_CPU_SHARE = 0.02  # of one processor, more than with six pages that do nothing


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path) -> AsyncIterator[Process]:
    server = Process(tmp_path / "data", REGISTRATION="open")
    await server.start()
    yield server
    await server.end()


async def test_a_call_of_six_that_is_quiet_costs_the_server_next_to_nothing(
    calls: Calls, server: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    address = server.address
    said: list[str | bytes] = []
    asked: list[Any] = []

    def listen(socket: Any) -> None:
        for way in ("framereceived", "framesent"):
            socket.on(way, lambda frame: said.append(frame))

    async def costs() -> tuple[int, int, float]:
        """Bytes by sockets, requests, and the server's share of a processor."""
        await asyncio.sleep(SETTLES)
        said.clear()
        asked.clear()
        began, before = time.monotonic(), cpu_seconds(server.pid)
        await asyncio.sleep(SECONDS)
        share = (cpu_seconds(server.pid) - before) / (time.monotonic() - began)
        return sum(map(len, said)), len(asked), share

    site: Any = type("There", (), {"url": f"{address}/"})
    async with ClientSession() as http:
        six = []
        for number in range(PEOPLE):
            person = await sign_up(http, f"p{number}", address)
            small = {"width": 420, "height": 420}
            caller = await calls(person, site=site, viewport=small)
            caller.visitor.expect(LOSS)  # when the server ends
            caller.page.on("websocket", listen)
            caller.page.on("request", lambda request: asked.append(request))
            await caller.is_modest()
            await caller.visitor.enter("general")
            six.append(caller)
        idle = await costs()
        await six[0].starts("general")
        for each in six[1:]:
            await each.joins("general")
        for each in six:
            await each.sees(PEOPLE - 1, within=120)
        in_call = await costs()
        for each in six:
            await each.sees(PEOPLE - 1, within=120)
    with capsys.disabled():
        print(f"\nIn {SECONDS} s, idle then in a call: {idle}, {in_call}")  # noqa: T201
    assert in_call[0] < MAX_BYTES_A_SECOND * SECONDS
    assert in_call[2] < idle[2] + MAX_CPU_SHARE


def cpu_seconds(pid: int) -> float:
    """What a process has used of processors."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
