"""How long apps take to start in tests: the first, further ones, and some side by side.

Run it as `.venv/bin/python bench/start.py`; times are in milliseconds. Modules are imported
before, as a test's own imports would have done.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from pytest_hearth.databases import Databases
from pytest_hearth.hearth import Hearth, settings_for
from server import create_app
from settings import Settings

FURTHER, BESIDE = 30, 4


async def timed(start: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds until something has started."""
    began = time.perf_counter()
    await start()
    return (time.perf_counter() - began) * 1000


async def run(databases: Databases, folder: Path, began: float) -> None:
    """Start the first, and the others."""

    async def with_lines(stack: AsyncExitStack) -> None:
        url = databases.take()
        stack.callback(databases.give_back, url)
        await stack.enter_async_context(Hearth(settings_for(url, folder)))

    async def alone(settings: Settings, stack: AsyncExitStack) -> None:
        client = TestClient(TestServer(create_app(settings)))
        await stack.enter_async_context(client)

    async with AsyncExitStack() as stack:
        await with_lines(stack)
        print(f"the first, with its mongod   {(time.perf_counter() - began) * 1000:6.0f}")
    further, plain = [], []
    for _ in range(FURTHER):
        async with AsyncExitStack() as stack:
            further.append(await timed(lambda: with_lines(stack)))
        url = databases.take()
        async with AsyncExitStack() as stack:
            settings = settings_for(url, folder)
            plain.append(await timed(lambda: alone(settings, stack)))  # noqa: B023
        databases.give_back(url)
    for name, times in (("a further one", further), ("the same without lines", plain)):
        median, most = statistics.median(times), max(times)
        print(f"{name:28} {median:6.1f}  ({FURTHER} of them, at most {most:.0f})")
    databases.make_some()
    databases.wait()
    async with AsyncExitStack() as stack:
        beside = [await timed(lambda: with_lines(stack)) for _ in range(BESIDE)]
    print(f"{BESIDE} side by side, each        {statistics.median(beside):6.1f}")
    empty = [databases.take() for _ in range(BESIDE + 2)][-1]  # none is ready any more
    async with AsyncExitStack() as stack:
        made = await timed(lambda: alone(settings_for(empty, folder), stack))
    print(f"one that makes its database  {made:6.1f}")


def main() -> None:
    """Measure, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        began = time.perf_counter()
        databases = Databases(Path(folder))
        try:
            asyncio.run(run(databases, Path(folder), began))
        finally:
            databases.close()


if __name__ == "__main__":
    main()
