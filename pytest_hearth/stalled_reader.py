"""A reader that reads nothing, as a laptop that was just closed."""

import json
import os
import socket

from yarl import URL


class StalledReader:
    """A connection that says hello, and from then on takes only what the kernel takes."""

    def __init__(self, url: URL, token: str) -> None:
        self._socket = socket.socket(
            socket.AF_INET6 if ":" in str(url.host) else socket.AF_INET
        )
        # Before connect(): the TCP window scale is negotiated in the handshake.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect((url.host, url.port or 80))
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        self._socket.sendall(
            f"GET {url.path} HTTP/1.1\r\nHost: {url.authority}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        hello = json.dumps({"type": "hello"}).encode()
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(hello))
        self._socket.sendall(bytes([0x81, 0x80 | len(hello)]) + mask + masked)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
