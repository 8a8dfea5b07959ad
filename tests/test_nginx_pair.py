"""Two servers behind the real nginx, with the configuration that we ship."""

import asyncio
import random
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from handlers.services import SERVICES
from pytest_hearth.hearth import Hearth
from settings import Settings
from store.lease.timeouts import TRUST_SECONDS
from tests.attachments import upload, uploads
from tests.nginx import Nginx, needs_nginx
from tests.people import PASSWORD, Person, sign_up
from tests.process import Process
from tests.test_kill import PLENTY

pytestmark = needs_nginx
Start = Callable[..., Awaitable[Hearth]]

POSTS = 20
PAGES, PEOPLE = 200, 40
RESUMED_SECONDS = 12.0
SLACK_SECONDS = 12.0  # more, for a machine that is busy with other tests


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


class Page:
    """A page that stays open; it comes back with its cursor, as the web client does."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.heard: list[int] = []
        self.lost = 0
        self.is_in = asyncio.Event()

    async def run(self) -> None:
        attempt = 0
        while True:
            try:
                cursor = {"general": self.heard[-1] if self.heard else 0}
                listening = self._person.listening(cursors=cursor)
                async with asyncio.timeout(10) as patience, listening as inbox:
                    patience.reschedule(None)
                    self.is_in.set()
                    attempt = 0
                    while True:
                        if (event := await inbox.any())["type"] == "message":
                            self.heard.append(event["rev"])
            except (aiohttp.ClientError, OSError):
                self.lost += self.is_in.is_set()
                self.is_in.clear()
            await asyncio.sleep(random.uniform(0, min(3, 0.5 * 2**attempt)))  # noqa: S311
            attempt += 1


async def slowly(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1 << 16):
        yield content[start : start + (1 << 16)]
        await asyncio.sleep(0.1)


async def says_until_answered(ann: Person, text: str) -> None:
    """As pages do: with an id, again and again."""
    path, body = "/api/rooms/general/messages", {"text": text, "id": text.replace(" ", "-")}
    while True:
        async with await ann.ask("POST", path, body) as answer:
            if answer.status not in {502, 503}:
                assert answer.ok, await answer.text()
                return
        await asyncio.sleep(0.2)


async def test_all_pages_come_back_when_the_one_that_serves_is_killed(
    nginx: Nginx, pair: list[Process]
) -> None:
    people = [await sign_up(nginx.http, f"p{n}", nginx.url) for n in range(PEOPLE)]
    ann, ben = people[:2]
    pages = [Page(people[number % PEOPLE]) for number in range(PAGES)]
    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        running = [group.create_task(page.run()) for page in pages]
        await asyncio.gather(*(page.is_in.wait() for page in pages))
        await says_until_answered(ann, "before")
        uploading = group.create_task(upload(ben, "general", slowly(b"x" * 1_000_000)))
        await asyncio.sleep(0.5)
        began = time.monotonic()
        await pair[0].kill()
        for number in range(POSTS):
            await says_until_answered(ann, f"after {number}")
        while not all(page.lost and page.is_in.is_set() for page in pages):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        took = time.monotonic() - began
        sys.stdout.write(f"{PAGES} pages were back after {took:.1f} s\n")
        said = await ann.page("general", "?limit=200")
        while any(len(page.heard) < len(said) for page in pages):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        async with await uploading as answer:
            assert answer.status in {201, 502, 503}, await answer.text()
        for each in running:
            each.cancel()
    assert [each["text"] for each in said] == [
        "before",
        *(f"after {n}" for n in range(POSTS)),
    ]
    assert all(page.heard == [each["rev"] for each in said] for page in pages)
    assert took < RESUMED_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize(
    ("befalls", "expected"),
    [("it dies", {201, 502}), ("no answer", {201, 503}), ("it is in doubt", {201})],
)
async def test_a_post_goes_to_the_other_one_only_if_nothing_was_done_about_it(
    nginx: Nginx, start_hearth: Start, tmp_path: Path, befalls: str, expected: set[int]
) -> None:
    """Both serve, each a database of its own: what one passes on, the other does."""
    shared = {"public_url": nginx.url, "secret": secrets.token_hex(32)}
    one, two = [await start_hearth(data=tmp_path / name, **shared) for name in ("1", "2")]
    await nginx.start(*(each.url.removeprefix("http://") for each in (one, two)))
    one.database.stall()
    if befalls == "it is in doubt":
        async with asyncio.timeout(2 * TRUST_SECONDS):
            while one.app[SERVICES].lease.is_held():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    forms = [{"name": name, "password": PASSWORD} for name in ("ann", "ben")]
    asked = [
        asyncio.create_task(nginx.ask("POST", "/api/auth/register", json=form))
        for form in forms
    ]
    if befalls == "it dies":
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.2)
        one.line.cut()
    found = [(await each).status for each in asked]
    assert set(found) == expected
    await one.database.resume()
    for form, status in zip(forms, found, strict=True):
        async with two.client.post("/api/auth/token", json=form) as answer:
            assert answer.status == (200 if status == 201 else 401)
