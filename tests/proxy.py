"""A line to the database that can be cut and stalled, between an app and its mongod."""

import asyncio
from contextlib import suppress
from urllib.parse import unquote

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Passes bytes on, until it is told not to."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._host = unquote(url.partition("://")[2].partition("/")[0])
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._is_open = True
        self.cut_after_writes = False  # let the next bulk write through, and not its answer

    async def start(self) -> str:
        """Begin to pass on; the URL to give to the app."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._url.replace(self._url.split("/")[2], f"127.0.0.1:{self._port}", 1)

    def stall(self) -> None:
        """Pass nothing on, and keep the connections, as a frozen machine does."""
        self._flowing.clear()

    def cut(self) -> None:
        """End all connections, and take no new ones, as a dead machine does."""
        self._is_open = False
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def resume(self) -> None:
        """Pass on again."""
        self._is_open = True
        self._flowing.set()
        self.cut_after_writes = False
        if self._server and not self._server.is_serving():
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)

    async def close(self) -> None:
        """End it."""
        self.cut()
        self._flowing.set()
        await asyncio.sleep(0.05)
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self) -> Streams:
        if self._host.startswith("/"):
            return await asyncio.open_unix_connection(self._host)
        name, _, port = self._host.partition(":")
        return await asyncio.open_connection(name, int(port))

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if not self._is_open:  # It was waiting to be taken when the line was cut.
            writer.transport.abort()
            return
        inner_reader, inner_writer = await self._connect()
        for source, target in ((reader, inner_writer), (inner_reader, writer)):
            self._writers.add(target)
            task = asyncio.create_task(self._pass(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(1 << 16):
                await self._flowing.wait()
                target.write(data)
                await target.drain()
                if self.cut_after_writes and b"insert\x00" in data:
                    await asyncio.sleep(0.05)  # mongod stores it
                    self.cut()
        self._writers.discard(target)
        target.transport.abort()
