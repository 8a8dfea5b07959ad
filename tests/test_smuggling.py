"""Requests that hide in other requests: neither nginx nor Hearth answers them."""

import asyncio
import ssl
from pathlib import Path

from tests.conftest import Client
from tests.nginx import Nginx, needs_nginx
from tests.people import SOON

HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
ANSWERED = b"\r\n\r\nok\n"  # what /healthz says
LAST = b"GET /api/config HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
NOT_DONE = 501  # nginx says so of strange chunks
CHUNKED = b"Transfer-Encoding: chunked\r\n"
UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
REFUSED = {
    "two lengths": b"Content-Length: 6\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a length and chunks": b"Content-Length: 6\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunks and a length": CHUNKED + b"Content-Length: 6\r\n\r\n0\r\n\r\n",
    "strange chunks": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks, and then not": CHUNKED + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a name with a space": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a length in other digits": b"Content-Length: 0x0\r\n\r\n",
    "a length with a sign": b"Content-Length: +0\r\n\r\n",
    "a carriage return alone": b"X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "a nul": b"X: a\0b\r\n\r\n",
}
SWALLOWED = {  # it is the body of what goes before, and no request
    "a body": b"Content-Length: %d\r\n\r\n" % len(HIDDEN),
    "a body behind a refused upgrade": UPGRADE
    + b"Content-Length: %d\r\n\r\n" % len(HIDDEN),
}


async def statuses(port: int, tls: ssl.SSLContext | None) -> dict[str, tuple[int, bool]]:
    """For each attack, the first answer's status, and whether there was a hidden one."""
    found = {}
    for name, attack in {**REFUSED, **SWALLOWED}.items():
        # A bare system may not know the name localhost, which is the certificate's.
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname="localhost" if tls else None
        )
        head = b"POST /api/auth/token HTTP/1.1\r\nHost: localhost\r\n"
        writer.write(head + attack + HIDDEN + LAST)
        async with asyncio.timeout(SOON):
            answer = await reader.read()
        writer.close()
        status = int(answer.split(b" ", 2)[1])
        found[name] = (400 if status == NOT_DONE else status, ANSWERED in answer)
    return found


EXPECTED = {
    **dict.fromkeys(REFUSED, (400, False)),
    **dict.fromkeys(SWALLOWED, (415, False)),
}


async def test_no_request_hides_in_another(client: Client) -> None:
    assert await statuses(client.port or 0, None) == EXPECTED


@needs_nginx
async def test_no_request_hides_from_nginx(client: Client, tmp_path: Path) -> None:
    nginx = Nginx(tmp_path)
    await nginx.start(f"127.0.0.1:{client.port}")
    try:
        found = await statuses(nginx.port, nginx.tls)
    finally:
        await nginx.stop()
    assert found == EXPECTED
