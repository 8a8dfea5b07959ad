"""Hearth restarts behind nginx: all come back, and have missed nothing."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import aiohttp

from settings import Settings
from tests.nginx import Nginx, needs_nginx
from tests.people import PASSWORD, Inbox
from tests.process import Process

PEOPLE, CONNECTIONS = 10, 20  # 20 of each is what the limits allow
# Seconds from when it serves again; on a machine that does much else it may take longer.
ALL_BACK = 10.0 if os.environ.get("HEARTH_TEST_SLOW") else 180.0
MESSAGES = "/api/rooms/general/messages"

pytestmark = needs_nginx


class Listener:
    """Connects again whenever it must, and says what it has."""

    def __init__(self, nginx: Nginx, token: str) -> None:
        self._nginx = nginx
        self._headers = {"Authorization": f"Bearer {token}"}
        self._rev = 0
        self.heard: list[str] = []
        self.has: dict[str, asyncio.Event] = {"before": asyncio.Event()}
        self.has |= {"away": asyncio.Event(), "after": asyncio.Event()}

    async def run(self) -> None:
        """Listen until cancelled, with a pause before each new attempt, as clients do."""
        while True:
            try:
                async with self._nginx.http.ws_connect(
                    f"{self._nginx.url}/api/socket", headers=self._headers
                ) as socket:
                    await self._listen(Inbox(socket))
            except (aiohttp.ClientError, ConnectionResetError):
                await asyncio.sleep(random.uniform(0.2, 1.0))  # noqa: S311 - to spread

    async def _listen(self, inbox: Inbox) -> None:
        await inbox.say({"type": "hello", "cursors": {"general": self._rev}})
        while True:
            event = await inbox.any()
            if event["type"] == "message":
                self._rev = event["rev"]
                self.heard.append(event["text"])
                self.has[event["text"]].set()


async def says(nginx: Nginx, token: str, text: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with await nginx.ask(
        "POST", MESSAGES, json={"text": text}, headers=headers
    ) as answer:
        assert answer.status == 201, await answer.text()


async def test_two_hundred_come_back_and_have_missed_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    nginx, path = Nginx(tmp_path), tmp_path / "hearth.sock"
    hearth = Process(
        tmp_path / "data",
        UNIX_SOCKET=str(path),
        MONGODB_URL=settings.mongodb_url,
        PUBLIC_URL=nginx.url,
        REGISTRATION="open",
    )
    listeners: list[Listener] = []
    running: list[asyncio.Task[None]] = []

    async def all_have(text: str, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(each.has[text].wait() for each in listeners))

    try:
        await hearth.start()
        await nginx.start(f"unix:{path}")
        tokens = [await signs_up(nginx, f"p{number}") for number in range(PEOPLE)]
        listeners += [Listener(nginx, token) for token in tokens * CONNECTIONS]
        running += [asyncio.create_task(each.run()) for each in listeners]
        await says(nginx, tokens[0], "before")
        await all_have("before", 180.0)
        assert await hearth.end() == 0
        await hearth.start()
        await says(nginx, tokens[0], "away")
        await all_have("away", ALL_BACK)
        await says(nginx, tokens[0], "after")
        await all_have("after", ALL_BACK)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await nginx.stop()
        await hearth.kill()
    assert {tuple(each.heard) for each in listeners} == {("before", "away", "after")}


async def signs_up(nginx: Nginx, name: str) -> Any:
    form = {"name": name, "password": PASSWORD}
    async with await nginx.ask("POST", "/api/auth/register", json=form) as answer:
        assert answer.status == 201, await answer.text()
        return (await answer.json())["access_token"]
