"""A client that keeps no rules: bytes on a socket, and what a server is left with."""

import asyncio
import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

from yarl import URL

from pytest_hearth.people import SOON

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
FINAL, COMPRESSED = 0x80, 0x40


class Raw:
    """A connection, with nothing between us and its bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        """Write, and wait until the kernel has it; a server that hung up is no error."""
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def status(self) -> int:
        """The status of the next answer; 0 if there is none."""
        async with asyncio.timeout(SOON):
            with suppress(ConnectionError):
                line = await self.reader.readline()
                return int(line.split()[1]) if line else 0
        return 0

    async def headers(self) -> str:
        """The rest of the head of an answer."""
        async with asyncio.timeout(SOON):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def ended(self) -> None:
        """Wait until the server hangs up; what it says before is passed over."""
        async with asyncio.timeout(SOON):
            with suppress(ConnectionError):
                while await self.reader.read(65_536):
                    pass

    async def close_code(self) -> int:
        """Wait for the close frame, and give its code; 0 if it ends without one."""
        async with asyncio.timeout(SOON):
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    opcode, body = await self.frame()
                    if opcode == CLOSE:
                        return int(struct.unpack("!H", body[:2])[0])
        return 0

    async def frame(self) -> tuple[int, bytes]:
        """The next frame of the server: its opcode and what it carries."""
        first, size = await self.reader.readexactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(size)

    def leave(self) -> None:
        """Go, without a word."""
        self.writer.transport.abort()

    async def __aenter__(self) -> "Raw":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


async def connect(url: Any, *, deaf: bool = False) -> Raw:
    """Connect to where a URL leads; the deaf never read, nor does their kernel much."""
    where, line = URL(str(url)), socket.socket()
    line.setblocking(False)
    if deaf:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    await asyncio.get_running_loop().sock_connect(line, (where.host, where.port))
    raw = Raw(*await asyncio.open_connection(sock=line))
    if deaf:
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
    return raw


async def upgrade(url: Any, token: str = "") -> Raw:
    """Open a socket; say no hello."""
    raw = await connect(url)
    await raw.send(handshake(token))
    status = await raw.status()
    assert status == 101, status
    await raw.headers()
    return raw


def handshake(token: str = "") -> bytes:
    """What opens a socket."""
    who = f"Authorization: Bearer {token}\r\n" if token else ""
    return (
        b"GET /api/socket HTTP/1.1\r\nHost: localhost\r\n"
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + who.encode() + b"\r\n"
    )


def frame(opcode: int, body: bytes = b"", *, flags: int = FINAL, size: int = -1) -> bytes:
    """A frame, masked; `size` is what it says of its length, if that is not the truth."""
    length = len(body) if size < 0 else size
    if length < 126:
        head = bytes([flags | opcode, 0x80 | length])
    elif length < 2**16:
        head = bytes([flags | opcode, 0x80 | 126]) + struct.pack("!H", length)
    else:
        head = bytes([flags | opcode, 0x80 | 127]) + struct.pack("!Q", length)
    mask = os.urandom(4)
    repeated = mask * (len(body) // 4 + 1)
    masked = int.from_bytes(body) ^ int.from_bytes(repeated[: len(body)])
    return head + mask + masked.to_bytes(len(body))


def memory(pid: int) -> int:
    """The megabytes that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") // 2**20
