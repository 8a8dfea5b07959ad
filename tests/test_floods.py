"""Crowds that are up to no good: people go on talking, and what is taken is given back."""

import asyncio
import json
import resource
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from handlers.web.listen import allow_many_files
from tests.people import PASSWORD, SOON, Inbox
from tests.process import Process
from tests.raw import Raw, connect, frame, handshake, memory

BIG = "x" * 8_000
CROWD = 500
LIMITS = {"hello": 3, "strangers": 50}
SETTINGS = {"IDLE": "3", "CONNECTIONS": "300"}
PLENTY = ("SENDS", "ACTS", "READS", "SIGN_INS", "SIGN_UPS")
PATIENCE = 60.0
SLACK = 25  # files that are the server's own: its connections to the database


class Site:
    """A server in a process of its own, and two people who talk there."""

    def __init__(self, server: Process, http: aiohttp.ClientSession) -> None:
        self.server, self.http = server, http
        self.tokens: dict[str, str] = {}
        self.said = 0

    @property
    def process(self) -> int:
        return int((self.server.data / "lock").read_text())

    @property
    def memory(self) -> int:
        return memory(self.process)

    @property
    def files(self) -> int:
        return len(list(Path(f"/proc/{self.process}/fd").iterdir()))

    async def sign_up(self, name: str) -> None:
        form = {"name": name, "password": PASSWORD}
        url = f"{self.server.address}/api/auth/register"
        async with self.http.post(url, json=form) as answer:
            assert answer.status == 201
            self.tokens[name] = (await answer.json())["access_token"]

    @asynccontextmanager
    async def listening(self, name: str) -> AsyncIterator[Inbox]:
        headers = {"Authorization": f"Bearer {self.tokens[name]}"}
        url = f"{self.server.address}/api/socket"
        async with self.http.ws_connect(url, headers=headers) as socket:
            inbox = Inbox(socket)
            await inbox.say({"type": "hello"})
            await inbox.next("welcome")
            yield inbox

    async def talk(self, mouth: Inbox, ear: Inbox, times: int, text: str = "hi") -> None:
        """Ann says something, and Ben hears it, again and again."""
        for _ in range(times):
            self.said += 1
            send = {"type": "send", "id": f"n{self.said}", "room": "general"}
            await mouth.say({**send, "text": text})
            await mouth.next("ok", id=f"n{self.said}")
            await ear.next("message", id=f"n{self.said}")

    async def connect(self, number: int, sent: bytes, **how: bool) -> list[Raw]:
        """So many connections, each of which sends something, and then nothing more."""

        async def one() -> Raw:
            line = await connect(self.server.address, **how)
            await line.send(sent)
            return line

        return list(await asyncio.gather(*(one() for _ in range(number))))

    async def calm(self, files: int) -> None:
        """Wait until the server has let go of what the crowd held."""
        async with asyncio.timeout(PATIENCE):
            while self.files > files + SLACK:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    allow_many_files()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 3 * CROWD
    limits = SETTINGS | dict.fromkeys(PLENTY, "100000")
    server = Process(
        tmp_path / "data",
        LIMITS,
        REGISTRATION="open",
        TRUSTED_PROXIES="127.0.0.1",
        BCRYPT_COST="10",
        **{f"LIMIT_{name}": value for name, value in limits.items()},
    )
    await server.start()
    try:
        async with aiohttp.ClientSession() as http:
            site = Site(server, http)
            for name in ("ann", "ben", "eve"):
                await site.sign_up(name)
            yield site
        assert await server.end() == 0
        assert "Traceback" not in server.complaints
    finally:
        await server.kill()


@pytest.fixture
async def talk(site: Site) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    async with site.listening("ann") as mouth, site.listening("ben") as ear:

        async def talk(times: int, text: str = "hi") -> None:
            await site.talk(mouth, ear, times, text)

        await talk(5)
        yield talk


Talk = Callable[..., Awaitable[None]]


async def statuses(crowd: Iterable[Raw]) -> Counter[int]:
    return Counter(await asyncio.gather(*(line.status() for line in crowd)))


@asynccontextmanager
async def leaving(crowd: list[Raw]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for line in crowd:
            await stack.enter_async_context(line)
        yield


HEAD = b"POST /api/auth/token HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/rooms/general/messages HTTP/1.1\r\nHost: localhost\r\n"


async def test_who_never_finishes_a_request_is_hung_up_on(site: Site, talk: Talk) -> None:
    files, before = site.files, site.memory
    headers = await site.connect(CROWD, HEAD)
    rest = b"Content-Type: application/json\r\nContent-Length: 90\r\n\r\n{"
    known = POST + f"Authorization: Bearer {site.tokens['eve']}\r\n".encode() + rest
    bodies = await site.connect(CROWD // 2, HEAD + rest)
    bodies += await site.connect(CROWD // 2, known)
    async with leaving(headers), leaving(bodies):
        await talk(20)
        assert site.memory - before < 60
        await asyncio.gather(*(line.ended() for line in headers))
        assert await statuses(bodies) == {408: CROWD}
        await talk(5)
    await site.calm(files)


async def test_who_says_no_hello_takes_no_place_for_long(site: Site, talk: Talk) -> None:
    files, before = site.files, site.memory
    crowd = await site.connect(CROWD, handshake())
    async with leaving(crowd):
        assert await statuses(crowd) == {101: 50, 429: CROWD - 50}
        await talk(20)
        # Nor do those who are known, and still say nothing.
        known = await site.connect(60, handshake(site.tokens["eve"]))
        async with leaving(known):
            assert await statuses(known) == {101: 50, 429: 10}
            async with site.listening("ben"):  # who is from the same address
                await talk(5)
        assert site.memory - before < 60
        await asyncio.gather(*(line.ended() for line in crowd))
    await site.calm(files)
    again = await site.connect(1, handshake())
    async with leaving(again):
        assert await statuses(again) == {101: 1}


async def test_readers_that_never_read_are_cut_and_cost_little(
    site: Site, talk: Talk
) -> None:
    files, before = site.files, site.memory
    hello = frame(1, json.dumps({"type": "hello"}).encode())
    crowd = []
    for _ in range(5):  # each waits for its hello, and only so many may
        crowd += await site.connect(40, handshake(site.tokens["eve"]) + hello, deaf=True)
    async with leaving(crowd):
        for _ in range(20):
            await talk(5, BIG)
            assert site.memory - before < 150
        await site.calm(files)
        await talk(5)
    assert site.memory - before < 150


async def test_a_flood_of_sign_ins_leaves_the_talk_alone(site: Site, talk: Talk) -> None:
    async def guess(number: int) -> tuple[int, bool]:
        form = {"name": f"name{number}", "password": "a wrong guess"}
        headers = {"X-Forwarded-For": f"203.0.{number // 200}.{number % 200}"}
        url = f"{site.server.address}/api/auth/token"
        async with site.http.post(url, json=form, headers=headers) as answer:
            return answer.status, "Retry-After" in answer.headers

    flood = asyncio.gather(*(guess(number) for number in range(CROWD)))
    await talk(20)
    assert set(await flood) == {(401, False), (503, True)}
    async with asyncio.timeout(SOON):
        assert await guess(0) == (401, False)


async def test_requests_in_a_row_that_nobody_reads_the_answers_to_cost_little(
    site: Site, talk: Talk
) -> None:
    files, before = site.files, site.memory
    row = b"GET /web/main.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2_000
    line = await connect(site.server.address, deaf=True)
    async with line:
        line.writer.write(row * 8)
        await talk(20)
        assert site.memory - before < 60
    await site.calm(files)


OUT_OF_MEASURE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n",
    b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 200_000 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a=b; " * 200_000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    b"\r\n" * 500_000,
    b"GET /\x1b[31m\nFORGED HTTP/1.1\r\n\r\n",
)


async def test_a_request_out_of_all_measure_is_not_read(site: Site) -> None:
    before = site.memory
    for sent in OUT_OF_MEASURE:
        line = await connect(site.server.address)
        async with line:
            await line.send(sent)
            assert await line.status() in {0, 400, 431}
        assert site.memory - before < 60
    async with site.http.get(f"{site.server.address}/healthz") as answer:
        assert answer.status == 200
    assert "FORGED" not in site.server.complaints
