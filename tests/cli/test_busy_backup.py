"""A backup of a server that people write to meanwhile, with its own database."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from settings import Settings
from tests.command_line import CommandLine
from tests.people import PASSWORD
from tests.process import Process


class Talker:
    """Somebody who says one thing after the other."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http, self.said = http, 0
        self.began = asyncio.Event()

    async def talk(self) -> None:
        while True:
            path, body = "/api/rooms/general/messages", {"text": "busy"}
            async with self._http.post(path, json=body) as answer:
                assert answer.status == 201
            self.said += 1
            self.began.set()


@asynccontextmanager
async def ann_at(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(address) as http:
        form = {"name": "ann", "password": PASSWORD}
        async with http.post("/api/auth/token", json=form) as answer:
            token = (await answer.json())["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


async def test_a_backup_of_a_busy_server_is_of_one_moment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Process(tmp_path / "data", LIMIT_SENDS="1000000")
    backup = tmp_path / "backup.zip"
    try:
        await server.start()
        port = URL(server.address).port or 0
        settings = Settings(data=tmp_path / "data", port=port, bcrypt_cost=4)
        operator = CommandLine(settings, capsys)
        await operator.does("user add ann --role owner", typed=PASSWORD)
        async with ann_at(server.address) as http:
            talker = Talker(http)
            talking = asyncio.create_task(talker.talk())
            await talker.began.wait()
            least = talker.said
            await operator.does("backup", backup)
            most = talker.said + 1
            talking.cancel()
            await asyncio.wait([talking])
        assert "Stop it first" in await operator.refuses("restore", backup)
        assert await server.end() == 0
        shutil.rmtree(tmp_path / "data")
        await operator.does("restore", backup)
        async with ann_at(await server.start()) as http:
            async with http.get("/api/rooms/general") as answer:
                room = await answer.json()
            path = f"/api/rooms/general/messages?before={least + 1}&limit={min(least, 200)}"
            async with http.get(path) as answer:
                page = (await answer.json())["messages"]
        assert least <= room["seq"] == room["rev"] <= most
        assert page[-1]["seq"] == least
        assert await server.end() == 0
    finally:
        await server.kill()
