"""Pictures that are made to cost more than they are: they cost a process of their own."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from handlers.media import images
from handlers.media.images import Pictures
from tests.attachments import picture, uploads
from tests.conftest import Client
from tests.hostile_pictures import HOSTILE, exif_in_pieces
from tests.people import PASSWORD, Person
from tests.process import PATIENCE, Process

WORKER_BYTES = 300_000_000  # what SECURITY.md says, and what any Python takes
SERVER_BYTES = 30_000_000  # which the server may grow by, whatever is sent
GOOD = picture("PNG", (800, 700))
DECODER = "decoder.py"


def told(process: int | str, what: str) -> str:
    """What the kernel tells of a process; nothing when it has ended."""
    try:
        return Path(f"/proc/{process}/{what}").read_text()
    except OSError:
        return ""


def decoders(server: int | str = "self") -> list[int]:
    """The processes that decode pictures for a server."""
    threads = Path(f"/proc/{server}/task").glob("*")
    children = [told(f"{server}/task/{thread.name}", "children") for thread in threads]
    found = [int(child) for each in children for child in each.split()]
    return [child for child in found if DECODER in told(child, "cmdline")]


def memory(process: int, kind: str) -> int:
    """Bytes that a process has, or had at most."""
    lines = told(process, "status").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(kind))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 - a process tells nobody
            await asyncio.sleep(0.02)


async def bytes_of(content: bytes) -> AsyncIterator[bytes]:
    yield content


class Uploader:
    """Somebody who sends pictures to a server that is a process of its own."""

    def __init__(self, server: Process, client: ClientSession) -> None:
        self.server, self._client = server, client

    async def is_shown(self, content: bytes) -> bool:
        """Whether a picture is shown as one, or can be downloaded only."""
        path = "/api/rooms/general/files?name=it"
        async with self._client.post(path, data=io.BytesIO(content)) as answer:
            assert answer.status == 201, await answer.text()
            return "width" in await answer.json()

    async def watch(self, most: dict[str, int]) -> None:
        """Note how much memory the server and its decoders have at most."""
        while True:
            pid = self.server.pid
            most["server"] = max(most["server"], memory(pid, "VmRSS"))
            for each in decoders(pid):
                most["decoder"] = max(most["decoder"], memory(each, "VmHWM"))
            await asyncio.sleep(0.01)


@asynccontextmanager
async def uploader(data: Path) -> AsyncIterator[Uploader]:
    server = Process(data, REGISTRATION="open")
    address = await server.start()
    try:
        async with ClientSession(address) as client:
            form = {"name": "ann", "password": PASSWORD}
            async with client.post("/api/auth/register", json=form) as answer:
                token = (await answer.json())["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield Uploader(server, client)
    finally:
        await server.end()


async def test_hostile_pictures_cost_one_process_of_bounded_memory(tmp_path: Path) -> None:
    async with uploader(tmp_path / "data") as ann:
        assert await ann.is_shown(GOOD)
        before = memory(ann.server.pid, "VmRSS")
        most = {"server": before, "decoder": 0}
        watching = asyncio.create_task(ann.watch(most))
        for name, make in HOSTILE.items():
            content = make()
            assert len(content) <= 25_000_000, name
            await ann.is_shown(content)
        watching.cancel()
        assert await ann.is_shown(GOOD)
        assert most["server"] - before < SERVER_BYTES
        assert 50_000_000 < most["decoder"] < WORKER_BYTES
        for line in ann.server.complaints.splitlines():
            assert line.startswith("20"), f"{line!r} is raw in the log"


async def test_a_decoder_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    async with uploader(tmp_path / "data") as ann:
        assert await ann.is_shown(GOOD)
        (decoder,) = decoders(ann.server.pid)
        assert "HEARTH" not in told(decoder, "environ")
        await ann.server.kill()
        await until(lambda: DECODER not in told(decoder, "cmdline"))
        await ann.server.start()


async def test_slow_pictures_of_one_delay_those_of_another_only_once() -> None:
    pictures, ended = Pictures(40_000_000), list[str]()

    async def look(name: str, content: bytes) -> None:
        await pictures.look(name, bytes_of(content))
        ended.append(name)

    slow = exif_in_pieces(100_000)
    try:
        async with asyncio.TaskGroup() as looking:
            for _ in range(6):
                looking.create_task(look("ann", slow))
            looking.create_task(look("ben", GOOD))
        assert ended.index("ben") <= 1, ended
    finally:
        pictures.close()


async def test_a_decoder_that_was_killed_is_replaced(client: Client, ann: Person) -> None:
    assert not decoders()
    for _ in range(3):
        assert (await uploads(ann, "general", GOOD))["width"] == 800
        (decoder,) = decoders()
        os.kill(decoder, signal.SIGKILL)
        await until(lambda decoder=decoder: not told(decoder, "cmdline"))


async def test_an_idle_server_has_no_decoder(
    client: Client, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "IDLE_SECONDS", 0.1)
    for _ in range(2):
        assert "preview" in await uploads(ann, "general", GOOD)
        await until(lambda: not decoders())
