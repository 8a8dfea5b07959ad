"""Readiness tells the truth, also when nobody asks for anything else."""

import asyncio

from pytest_hearth.hearth import Hearth
from settings import Settings
from tests.conftest import Client
from tests.people import SOON


async def readiness(client: Client) -> tuple[int, str]:
    async with client.get("/readyz") as answer:
        return answer.status, await answer.text()


async def becomes(client: Client, status: int) -> None:
    async with asyncio.timeout(SOON):
        while (await readiness(client))[0] != status:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.05)


async def test_an_idle_server_notices_that_its_database_went_away(
    settings: Settings,
) -> None:
    async with Hearth(settings) as hearth:
        client, line = hearth.client, hearth.database
        assert await readiness(client) == (200, "database ok\nlog ok\n")
        line.stall()  # frozen: no answer comes, and who asks us does not wait for one
        assert await readiness(client) == (503, "database away\nlog ok\n")
        async with client.get("/healthz") as answer:
            assert answer.status == 200
        await line.resume()
        await becomes(client, 200)
        line.cut()  # dead
        await becomes(client, 503)
        await line.resume()
        await becomes(client, 200)
