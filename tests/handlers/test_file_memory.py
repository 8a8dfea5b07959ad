"""A file passes through the server; it is never in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from aiohttp import ClientSession

from tests.people import PASSWORD
from tests.process import Process

SIZE = 25_000_000
PIECE = b"0123456789abcdef" * 4_096
MOST = 10_000_000  # bytes that the server may grow by


def resident(process: int) -> int:
    """The memory of a process, in bytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith("VmRSS:"))
    return int(found.split()[1]) * 1024


async def growth(process: int, act: Callable[[], Awaitable[object]]) -> int:
    """By how much a process grows at most while something happens."""
    before = most = resident(process)
    acting = asyncio.ensure_future(act())
    while not acting.done():
        most = max(most, resident(process))
        await asyncio.wait([acting], timeout=0.01)
    await acting
    return most - before


async def pieces(size: int) -> AsyncIterator[bytes]:
    while size > 0:
        yield PIECE[:size]
        size -= len(PIECE)


async def test_25_megabytes_cost_less_than_10_up_and_down(tmp_path: Path) -> None:
    server = Process(tmp_path / "data", REGISTRATION="open")
    address = await server.start()
    async with ClientSession(address) as client:
        try:
            form = {"name": "ann", "password": PASSWORD}
            async with client.post("/api/auth/register", json=form) as answer:
                token = (await answer.json())["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"

            async def upload(size: int = SIZE) -> str:
                path = "/api/rooms/general/files?name=big.bin"
                headers = {"Content-Length": str(size)}
                async with client.post(path, data=pieces(size), headers=headers) as answer:
                    assert answer.status == 201, await answer.text()
                    return str((await answer.json())["path"])

            async def download(path: str) -> int:
                async with client.get(path) as answer:
                    size = 0
                    async for piece in answer.content.iter_any():
                        size += len(piece)
                    return size

            # What is loaded once, like the driver's threads, is not the file's.
            await download(await upload(2_000_000))
            up = await growth(server.pid, upload)
            path = await upload()
            down = await growth(server.pid, lambda: download(path))
            assert await download(path) == SIZE
            assert (up < MOST, down < MOST) == (True, True), (up, down)
        finally:
            await server.end()
