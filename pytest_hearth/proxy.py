"""A line between clients and a server that can be cut and stalled, to the very byte."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class FaultyProxy:
    """Passes bytes on, until it is told not to.

    `answer` is how an answer can be told from what else the server says.
    """

    def __init__(self, target: str, answer: bytes = b"") -> None:
        self.target = target  # host:port, or the path of a Unix socket
        self._answer = re.compile(answer)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing, self._broken = asyncio.Event(), asyncio.Event()
        self._flowing.set()
        self._before = self._after = b""
        self._port = 0

    async def start(self) -> str:
        """Begin to pass on; where to connect instead of the target."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return f"127.0.0.1:{self._port}"

    def stall(self) -> None:
        """Pass nothing on, and keep the connections, as a frozen machine does."""
        self._flowing.clear()

    def cut(self) -> None:
        """End all connections, and take no new ones, as a dead machine does."""
        self._before = self._after = b""
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._broken.set()

    def cut_before(self, words: str) -> None:
        """Cut it when a client says something with these words, before it arrives."""
        self._before = words.encode()

    def cut_after(self, words: str) -> None:
        """Cut it when something with these words is done, and lose the answer."""
        self._after = words.encode()

    async def broken(self) -> None:
        """Wait until it is cut."""
        await self._broken.wait()

    async def resume(self) -> None:
        """Pass on again, whatever was asked for before."""
        self._before = self._after = b""
        self._flowing.set()
        if self._broken.is_set():
            self._broken.clear()
            await self.start()

    async def close(self) -> None:
        """End it."""
        self.cut()
        self._flowing.set()
        while self._tasks:  # One that was just connecting may begin two more.
            self.cut()
            await asyncio.wait(self._tasks)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._broken.is_set():  # It was waiting to be taken when the line was cut.
            writer.transport.abort()
            return
        task = asyncio.create_task(self._join(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass on between a client and the server, until one of them goes."""
        self._writers.add(writer)
        try:
            inner_reader, inner_writer = await self._connect()
        except OSError:
            self._writers.discard(writer)
            writer.transport.abort()
            return
        self._writers.add(inner_writer)
        client = _Client()
        await asyncio.gather(
            self._pass(reader, inner_writer, lambda data: self._ask(client, data)),
            self._pass(inner_reader, writer, lambda data: self._reply(client, data)),
        )

    async def _pass(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        may_pass: Callable[[bytes], bool],
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(1 << 16):
                await self._flowing.wait()
                if may_pass(data):
                    await self._send(data, target)
        self._writers.discard(target)
        target.transport.abort()

    async def _send(self, data: bytes, target: asyncio.StreamWriter) -> None:
        target.write(data)
        await target.drain()

    def _ask(self, client: "_Client", data: bytes) -> bool:
        said = client.says(data)
        if self._before and self._before in said:
            self.cut()
            return False
        client.hears_no_answer |= bool(self._after) and self._after in said
        return True

    def _reply(self, client: "_Client", data: bytes) -> bool:
        if client.hears_no_answer and self._answer.search(data):
            self.cut()
        return not client.hears_no_answer

    async def _connect(self) -> Streams:
        if self.target.startswith("/"):
            return await asyncio.open_unix_connection(self.target)
        host, _, port = self.target.rpartition(":")
        return await asyncio.open_connection(host, int(port))


class _Client:
    """One that is connected, and what it says under the masks of its frames."""

    def __init__(self) -> None:
        self.hears_no_answer = False
        self._has_upgraded = False

    def says(self, data: bytes) -> bytes:
        if self._has_upgraded:
            return b"".join(_unmasked(data))
        self._has_upgraded = b"upgrade: websocket" in data.lower()
        return data


def _unmasked(data: bytes) -> Iterator[bytes]:
    """The texts of frames; each is taken to come whole, as what a test says is short."""
    at = 0
    while at + 6 <= len(data):
        size, at = data[at + 1] & 127, at + 2
        if size > 125:
            width = 2 if size == 126 else 8
            size, at = int.from_bytes(data[at : at + width], "big"), at + width
        mask, at = data[at : at + 4], at + 4
        yield bytes(a ^ b for a, b in zip(data[at : at + size], cycle(mask), strict=False))
        at += size
