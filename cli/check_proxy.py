"""The way out through the public URL and back: what the proxy does to it."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from handlers.check import PAUSE_SECONDS
from handlers.services.credentials import check_code
from settings import Settings

Finding = tuple[str, str]  # what is so, and what mends it; empty if nothing has to
MADE_UP = "192.0.2.77"  # what we say of ourselves; a proxy has to say something else
MAX_SECONDS = 120.0  # for all of it
MIN_CERTIFICATE_DAYS = 14
PIECE_BYTES = 64 * 1024
_LINES = {
    "buffering": "proxy_buffering off;",
    "requests": "proxy_request_buffering off; (on, with two servers)",
    "idle": "proxy_read_timeout 90s; and proxy_send_timeout 90s;",
    "upgrade": "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
    "proxy_set_header Connection $hearth_connection;",
    "for": "proxy_set_header X-Forwarded-For $remote_addr;",
    "proto": "proxy_set_header X-Forwarded-Proto $scheme;",
    "host": "proxy_set_header Host $host;",
}


async def findings(
    settings: Settings, secret: str, trusted: ssl.SSLContext | None = None
) -> list[Finding]:
    """Everything about the way, in the order in which it is passed."""
    url, code = settings.public_url, check_code(secret)
    tls = trusted or ssl.create_default_context()
    headers = {"X-Forwarded-For": MADE_UP, "X-Forwarded-Proto": "made-up"}
    async with aiohttp.ClientSession(
        headers=headers,
        connector=aiohttp.TCPConnector(ssl=tls),
        timeout=aiohttp.ClientTimeout(total=MAX_SECONDS),
    ) as http:
        path = f"{url}/api/check/{code}"
        try:
            is_safe = url.startswith("https:")
            found = [await _certificate(url, tls) if is_safe else _bare(url)]
            found += await _passage(http, path, settings)
        except ssl.SSLCertVerificationError as error:
            mend = (
                "ssl_certificate must be the whole chain, for this name, and not expired."
            )
            return [(f"The certificate is not trusted: {error.verify_message}", mend)]
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            mend = "Does the name lead to this machine, is nginx running, is the port open?"
            return [(f"{url} does not answer: {error or 'no answer in time'}", mend)]
        if len(found) == 2 and found[1][1]:
            return found
        return [*found, await _socket(http, url), *await _body(http, path, settings)]


async def _passage(
    http: aiohttp.ClientSession, path: str, settings: Settings
) -> list[Finding]:
    began = time.monotonic()
    async with http.get(path) as answer:
        if answer.status != 200 or answer.content_type != "text/plain":
            mend = "proxy_pass must lead to Hearth, in the server and location of this URL."
            return [(f"What answers there ({answer.status}) is not this Hearth.", mend)]
        seen = json.loads(await answer.content.readline())
        is_late = time.monotonic() - began > PAUSE_SECONDS * 0.8
        found = _forwarded(seen, settings)
        found.append(("Answers come at once.", _LINES["buffering"] if is_late else ""))
        try:
            await answer.content.read()
            mend = ""
        except aiohttp.ClientError:
            mend = _LINES["idle"]
    found.append(("A connection on which nothing is said stays open.", mend))
    return found


async def _certificate(url: str, tls: ssl.SSLContext) -> Finding:
    """Until when it is valid.

    Raises:
        SSLCertVerificationError: if it is not trusted.
    """
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=tls)
    ends = ssl.cert_time_to_seconds(writer.get_extra_info("peercert")["notAfter"])
    writer.transport.abort()
    left = datetime.fromtimestamp(ends, UTC) - datetime.now(UTC)
    is_short = left < timedelta(days=MIN_CERTIFICATE_DAYS)
    mend = "Renew it, and reload nginx." if is_short else ""
    return f"The certificate is trusted, and valid for {left.days} days.", mend


def _bare(url: str) -> Finding:
    is_near = urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}
    mend = "" if is_near else "listen 443 ssl; and HEARTH_PUBLIC_URL=https://..."
    return "Nobody on the way can read passwords.", mend


def _forwarded(seen: Any, settings: Settings) -> list[Finding]:
    url = urlsplit(settings.public_url)
    host = urlsplit(f"//{seen['host']}").hostname
    peer = seen["peer"] or "the one on the Unix socket"
    is_said = seen["forwarded_for"] not in {"", MADE_UP}
    trust = f"HEARTH_TRUSTED_PROXIES={seen['peer'] or '127.0.0.1'}"
    found = [
        ("The proxy says who asks.", "" if is_said else _LINES["for"]),
        (f"Hearth believes the proxy, {peer}.", "" if seen["is_trusted"] else trust),
        (
            "The proxy says whether people use TLS.",
            "" if seen["forwarded_proto"] == url.scheme else _LINES["proto"],
        ),
        (
            f"The proxy passes on the host name, {url.hostname}.",
            "" if host == url.hostname else _LINES["host"],
        ),
    ]
    is_direct = seen["forwarded_for"] == MADE_UP and url.port == settings.port
    return [("There is no proxy.", "")] if is_direct else found


async def _socket(http: aiohttp.ClientSession, url: str) -> Finding:
    said = "A WebSocket opens."
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    try:
        async with http.ws_connect(f"{url}/api/socket", headers={"Origin": origin}):
            return said, ""
    except aiohttp.WSServerHandshakeError as error:
        if error.status == 403:
            return said, "HEARTH_PUBLIC_URL must be what people type."
        return said, f"{_LINES['upgrade']} ({error.status})"
    except (aiohttp.ClientError, TimeoutError) as error:
        return said, f"{_LINES['upgrade']} ({error!r})"


async def _body(
    http: aiohttp.ClientSession, path: str, settings: Settings
) -> list[Finding]:
    size = settings.limits.file
    megabytes = -(-size // 2**20)

    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(min(size, PIECE_BYTES))
        await asyncio.sleep(PAUSE_SECONDS)
        for start in range(PIECE_BYTES, size, PIECE_BYTES):
            yield bytes(min(PIECE_BYTES, size - start))

    said = f"A file of {size:,} bytes comes through."
    headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
    try:
        async with http.post(path, data=pieces(), headers=headers) as answer:
            if answer.status != 200:
                mend = f"client_max_body_size {megabytes + 2}m;"
                return [(said, f"{mend} ({answer.status})")]
            arrived = await answer.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        return [(said, f"client_max_body_size {megabytes + 2}m; ({error!r})")]
    mend = _LINES["requests"] if arrived["seconds"] < PAUSE_SECONDS * 0.8 else ""
    return [(said, ""), ("What people send comes at once.", mend)]
