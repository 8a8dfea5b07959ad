"""What others feel while a crowd is up to no good: `python -m bench.floods`.

Lets Ann and Ben talk, and crowds loose on their server from another process, one after the
other (or those of which an argument is a part). Prints one line of JSON for each: how long
a message took from one to the other (milliseconds), and what the server held (megabytes).
"""

import asyncio
import json
import random
import secrets
import sys
import time
from collections.abc import Sequence
from functools import partial

from bench.hostile import Act, Acts, Eve, besieged, percentile, resident
from tests.raw import PING, TEXT, connect, frame, handshake

SECONDS = 10.0  # that each crowd stays
PAUSE_SECONDS = 0.02  # between two messages
GUESSERS = 200
HEAD = b"POST /api/auth/token HTTP/1.1\r\nHost: localhost\r\n"
BODY = HEAD + b"Content-Type: application/json\r\nContent-Length: 90\r\n\r\n"
HELLO = frame(TEXT, b'{"type":"hello"}')
PINGS = frame(PING, bytes(125)) * 100
# Lifted, but for what bounds frames: ten times LIMIT_SENDS a second on each socket.
SETTINGS = {"BCRYPT_COST": "12", "LIMIT_CONNECTIONS": "300", "LIMIT_SENDS": "100"}
SETTINGS |= dict.fromkeys(
    ("LIMIT_ACTS", "LIMIT_READS", "LIMIT_SIGN_INS", "LIMIT_SIGN_UPS"), "100000"
)


def lines(
    number: int, first: bytes, then: bytes, is_member: bool, eve: Eve
) -> Sequence[Act]:
    """So many connections that read nothing: what each sends first, and again and again."""

    async def stay() -> None:
        eve.statuses["lines"] += 1
        async with await connect(eve.address, deaf=True) as line:
            await line.send((handshake(eve.token) if is_member else b"") + first)
            while then and not line.writer.is_closing():
                await asyncio.sleep(0.01 if len(then) > 1 else 1)
                await line.send(then)
            await asyncio.sleep(
                eve.until - time.time()
            )  # shown out, or with nothing to say

    return [stay] * number


def guess(eve: Eve) -> Sequence[Act]:
    """Some who guess at passwords, again and again."""

    async def one() -> None:
        form = {"name": f"eve-{secrets.token_hex(4)}", "password": "a wrong one"}
        url = f"{eve.address}/api/auth/token"
        async with eve.http.post(url, json=form) as answer:
            eve.statuses["guesses"] += 1
            again = random.uniform(0.5, 1.5)
            await asyncio.sleep(again if answer.status == 503 else 0)

    return [one] * GUESSERS


CROWDS: Acts = {
    "nobody": partial(lines, 0, b"", b"", False),
    "500 slow headers": partial(lines, 500, HEAD, b"x", False),
    "500 slow bodies": partial(lines, 500, BODY, b"x", False),
    "500 without a hello": partial(lines, 500, handshake(), b"", False),
    "200 that never read": partial(lines, 200, HELLO, b"", True),
    "pings without end": partial(lines, 20, HELLO, PINGS, True),
    "200 who guess passwords": guess,
    "nobody again": partial(lines, 0, b"", b"", False),
}


async def run(parts: Sequence[str]) -> None:
    """All crowds, one after the other."""
    async with besieged(CROWDS, ["ann"], **SETTINGS) as siege:
        pid = siege.server.pid
        for kind in CROWDS:
            if parts and not any(part in kind for part in parts):
                continue
            before = round(resident(pid))
            siege.order(SECONDS + 1, [kind])
            await asyncio.sleep(1)
            text = "x" * (2_000 if kind == "200 that never read" else 20)
            took = await siege.talk(SECONDS, text, PAUSE_SECONDS)
            found = {
                "crowd": kind,
                "messages": len(took),
                "p50_ms": percentile(took, 50),
                "p99_ms": percentile(took, 99),
                "max_ms": round(max(took), 1),
                "rss_before_mb": before,
                "rss_mb": round(resident(pid)),
            }
            print(json.dumps(found), flush=True)
            await siege.over()
            await asyncio.sleep(2)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1:]))
