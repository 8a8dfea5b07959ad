"""A reader on a bad line: it takes a few bytes a second, or none at all."""

import asyncio
import os
import socket
from contextlib import suppress
from urllib.parse import urlsplit

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Trickle:
    """One connection by hand; a library would read for us."""

    def __init__(self, url: str, key: str, rate: int) -> None:
        place = urlsplit(url)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect((place.hostname or "", place.port or 80))
        self._socket.sendall(
            f"GET /api/socket HTTP/1.1\r\nHost: {place.netloc}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
            f"Authorization: Bearer {key}\r\n\r\n".encode()
        )
        hello, mask = b'{"type":"hello"}', os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(hello))
        self._socket.sendall(bytes([0x81, 0x80 | len(hello)]) + mask + masked)
        self._socket.setblocking(False)
        self._task = asyncio.create_task(self._read(rate)) if rate else None

    async def _read(self, rate: int) -> None:
        while True:
            await asyncio.sleep(0.25)
            with suppress(OSError):
                self._socket.recv(rate // 4)

    def close(self) -> None:
        """Go."""
        if self._task:
            self._task.cancel()
        self._socket.close()
