"""What others feel while a crowd is up to no good: `python bench/floods.py`.

Starts a server, lets two people talk, and lets crowds loose on it from a process of their
own, one after the other (or those of which an argument is a part). Prints one line of JSON
for each: how long a message took from its sender to its reader (milliseconds), and what the
server held (megabytes).
"""

import asyncio
import base64
import json
import multiprocessing
import os
import random
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery"  # noqa: S105
SECONDS = 10.0  # that each crowd stays
PAUSE = 0.02  # seconds between two messages
HEAD = "POST /api/auth/token HTTP/1.1\r\nHost: localhost\r\n"
PLENTY = ("ACTS", "READS", "SIGN_INS", "SIGN_UPS")


def handshake(token: str = "") -> bytes:
    """What opens a socket, and says hello if there is a token to say it with."""
    who = f"Authorization: Bearer {token}\r\n" if token else ""
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        "GET /api/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        f"{who}\r\n"
    ).encode()
    hello = b'{"type":"hello"}' if token else b""
    return head + (bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello if token else b"")


BODY = HEAD + "Content-Type: application/json\r\nContent-Length: 90\r\n\r\n"
PING = bytes([0x89, 0x80 | 125]) + bytes(129)
# For each crowd: how many connections, what each sends at first, and then all the while.
CROWDS: dict[str, tuple[int, Callable[[str], bytes], bytes]] = {
    "nobody": (0, lambda token: b"", b""),
    "500 slow headers": (500, lambda token: HEAD.encode(), b"x"),
    "500 slow bodies": (500, lambda token: BODY.encode(), b"x"),
    "500 without a hello": (500, lambda token: handshake(), b""),
    "200 that never read": (200, handshake, b""),
    "pings without end": (20, handshake, PING * 100),
    "200 who guess passwords": (0, lambda token: b"", b""),
    "nobody again": (0, lambda token: b"", b""),
}


def crowd(kind: str, port: int, token: str) -> None:
    """One crowd, in a process of its own: it connects, and stays until it is ended."""
    if "guess" in kind:
        asyncio.run(guess(port))
    number, first, then = CROWDS[kind]
    lines = []
    for _ in range(number):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", port))
        line.sendall(first(token))
        lines.append(line)
    while lines:
        time.sleep(0.01 if len(then) > 1 else 1)
        for line in list(lines):
            try:
                line.sendall(then)
            except OSError:
                lines.remove(line)  # shown out


async def guess(port: int) -> None:
    """Two hundred at once who guess at passwords, again and again."""
    connector = aiohttp.TCPConnector(limit=200)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def one(number: int) -> None:
            while True:
                form = {
                    "name": f"{number}-{secrets.token_hex(4)}",
                    "password": "a wrong one",
                }
                url = f"http://127.0.0.1:{port}/api/auth/token"
                with suppress(aiohttp.ClientError):
                    async with http.post(url, json=form) as answer:
                        again = random.uniform(0.5, 1.5)  # noqa: S311
                        await asyncio.sleep(again if answer.status == 503 else 0)

        await asyncio.gather(*map(one, range(200)))


async def talk(mouth: Any, ear: Any, seconds: float, size: int) -> list[float]:
    """Ann speaks and Ben listens; milliseconds from one to the other."""
    took, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        id, began = secrets.token_hex(8), time.monotonic()
        await mouth.send_json(
            {"type": "send", "id": id, "room": "general", "text": "x" * size}
        )
        while id not in (await ear.receive_str()):
            pass
        took.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(PAUSE)
    return took


def held(pid: int) -> int:
    """Megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") // 2**20


def say(kind: str, took: list[float], before: int, pid: int) -> None:
    """Print a line of JSON."""
    cuts = statistics.quantiles(took, n=100)
    print(
        json.dumps(
            {
                "crowd": kind,
                "messages": len(took),
                "p50_ms": round(cuts[49], 1),
                "p99_ms": round(cuts[98], 1),
                "max_ms": round(max(took), 1),
                "rss_before_mb": before,
                "rss_mb": held(pid),
            }
        ),
        flush=True,
    )


async def drain(socket_: Any) -> None:
    """Read what nobody wants."""
    async for _ in socket_:
        pass


async def measure(address: str, pid: int) -> None:
    """All crowds, one after the other."""
    port, tokens = int(address.rpartition(":")[2]), {}
    async with aiohttp.ClientSession() as http:
        for name in ("ann", "ben", "eve"):
            form = {"name": name, "password": PASSWORD}
            async with http.post(f"{address}/api/auth/register", json=form) as answer:
                tokens[name] = (await answer.json())["access_token"]
        sockets = []
        for name in ("ann", "ben"):
            headers = {"Authorization": f"Bearer {tokens[name]}"}
            line = await http.ws_connect(f"{address}/api/socket", headers=headers)
            await line.send_json({"type": "hello"})
            await line.receive()
            sockets.append(line)
        mouth, ear = sockets
        drained = asyncio.create_task(drain(mouth))
        for kind in CROWDS:
            if len(sys.argv) > 1 and not any(word in kind for word in sys.argv[1:]):
                continue
            before = held(pid)
            attack = multiprocessing.Process(target=crowd, args=(kind, port, tokens["eve"]))
            if "nobody" not in kind:
                attack.start()
                await asyncio.sleep(1)
            size = 2_000 if kind == "200 that never read" else 20
            say(kind, await talk(mouth, ear, SECONDS, size), before, pid)
            if attack.pid:
                attack.kill()
                attack.join()
            await asyncio.sleep(2)
        drained.cancel()
        await asyncio.gather(*(line.close() for line in sockets))


def main() -> None:
    """Start a server, and measure."""
    limits = {f"HEARTH_LIMIT_{name}": "100000" for name in PLENTY}
    with tempfile.TemporaryDirectory() as data:
        server = subprocess.Popen(
            [sys.executable, str(ROOT / "server.py")],
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                **limits,
                "HEARTH_LIMIT_CONNECTIONS": "300",
                "HEARTH_DATA": data,
                "HEARTH_PORT": "0",
                "HEARTH_REGISTRATION": "open",
            },
        )
        try:
            assert server.stdout
            address = server.stdout.readline().split()[-1]
            asyncio.run(measure(address, server.pid))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
