"""Readiness tells the truth, also when nobody asks for anything else."""

from dataclasses import replace

from aiohttp.test_utils import TestClient, TestServer

from server import create_app
from settings import Settings
from tests.conftest import Client
from tests.proxy import Proxy


async def readiness(client: Client) -> tuple[int, str]:
    async with client.get("/readyz") as answer:
        return answer.status, await answer.text()


async def becomes(client: Client, status: int) -> None:
    while (await readiness(client))[0] != status:
        pass


async def test_an_idle_server_notices_that_its_database_went_away(
    settings: Settings,
) -> None:
    proxy = Proxy(settings.mongodb_url)
    url = await proxy.start()
    app = create_app(replace(settings, mongodb_url=url))
    async with TestClient(TestServer(app)) as client:
        assert await readiness(client) == (200, "database ok\nlog ok\n")
        proxy.stall()  # frozen: no answer comes, and who asks us does not wait for one
        assert await readiness(client) == (503, "database away\nlog ok\n")
        async with client.get("/healthz") as answer:
            assert answer.status == 200
        await proxy.resume()
        await becomes(client, 200)
        proxy.cut()  # dead
        await becomes(client, 503)
        await proxy.resume()
        await becomes(client, 200)
    await proxy.close()
