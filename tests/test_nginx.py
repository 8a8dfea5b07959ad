"""Behind the real nginx, with the configuration that we ship."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from pytest_hearth.hearth import changed
from server import create_app
from settings import Limits, Settings
from store.lease.timeouts import PROMISED_SECONDS
from tests.nginx import Nginx, needs_nginx, shipped
from tests.people import PASSWORD, Inbox

pytestmark = needs_nginx

SLOW = bool(os.environ.get("HEARTH_TEST_SLOW"))
MEGABYTE = 2**20
ANN = {"name": "ann", "password": PASSWORD}
Start = Callable[..., Awaitable[Nginx]]


@pytest.fixture
async def behind_nginx(settings: Settings, tmp_path: Path) -> AsyncIterator[Start]:
    ends: list[Callable[[], Awaitable[object]]] = []

    async def start(
        *,
        sub_path: str = "",
        unix: bool = False,
        waits: dict[str, str] | None = None,
        **changes: Any,
    ) -> Nginx:
        nginx = Nginx(tmp_path, sub_path)
        values = {name: getattr(settings, name) for name in settings.__slots__}
        values |= {"public_url": nginx.url, **changes}
        runner = web.AppRunner(create_app(Settings(**values)), access_log=None)
        await runner.setup()
        ends.append(runner.cleanup)
        if unix:
            path = tmp_path / "hearth.sock"
            await web.UnixSite(runner, str(path)).start()
            upstream = f"unix:{path}"
        else:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            upstream = "{}:{}".format(*runner.addresses[0])
        ends.append(nginx.stop)
        await nginx.start(upstream, **waits or {})
        return nginx

    yield start
    for end in reversed(ends):
        await end()


async def signs_up(nginx: Nginx) -> str:
    """Sign up as a browser does; the cookie."""
    async with await nginx.ask("POST", "/api/auth/register", json=ANN) as answer:
        assert answer.status == 201, await answer.text()
        return answer.headers["Set-Cookie"]


def socket(nginx: Nginx, origin: str = "") -> Any:
    """Open the socket as a browser does, with the cookie."""
    return nginx.http.ws_connect(
        f"{nginx.url}/api/socket", headers={"Origin": origin or nginx.origin}
    )


async def chats(nginx: Nginx) -> str:
    """Sign up, and say something over the socket."""
    cookie = await signs_up(nginx)
    async with socket(nginx) as opened:
        inbox = Inbox(opened)
        await inbox.say({"type": "hello"})
        await inbox.next("welcome")
        await inbox.say({"type": "send", "id": "a", "room": "general", "text": "hi"})
        assert (await inbox.next("message"))["text"] == "hi"
    return cookie


@pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])
async def test_people_chat_over_tls(behind_nginx: Start, unix: bool) -> None:
    cookie = await chats(await behind_nginx(unix=unix))
    assert "Secure" in cookie
    assert "Path=/;" in cookie


@pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])
async def test_people_chat_under_a_sub_path(behind_nginx: Start, unix: bool) -> None:
    nginx = await behind_nginx(sub_path="/chat", unix=unix)
    assert "Path=/chat/" in await chats(nginx)
    async with await nginx.ask("GET", "/join/abc", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.url.join(URL(answer.headers["Location"])).path == "/chat/"
    async with await nginx.ask("GET", "") as answer:  # without the slash at its end
        assert (answer.status, answer.url.path) == (200, "/chat/")
        assert "/main.js" in await answer.text()


async def test_secrets_in_paths_are_not_logged(behind_nginx: Start) -> None:
    nginx = await behind_nginx(sub_path="/chat")
    for path in ("/join/s3cret", "/hooks/s3cret", "/api/config"):
        async with await nginx.ask("POST", path) as answer:
            assert answer.status >= 400
    assert "/api/config" in nginx.log
    assert "s3cret" not in nginx.log


async def test_a_foreign_origin_opens_no_socket(behind_nginx: Start) -> None:
    nginx = await behind_nginx()
    await signs_up(nginx)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await socket(nginx, nginx.origin + ".evil.example")


@pytest.mark.parametrize("trusted", [True, False])
async def test_what_a_client_says_of_itself_changes_nothing(
    behind_nginx: Start, trusted: bool
) -> None:
    networks = Settings.from_env({"HEARTH_TRUSTED_PROXIES": "127.0.0.1"}).trusted_proxies
    nginx = await behind_nginx(trusted_proxies=networks if trusted else (), public_url="")
    spoof = {
        "X-Forwarded-For": "6.6.6.6, 127.0.0.1",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Host": "evil.example",
    }
    # Without a public address, what nginx says of the scheme is what makes the origin ours.
    async with await nginx.ask(
        "POST", "/api/auth/register", json=ANN, headers=spoof
    ) as answer:
        assert answer.status == (201 if trusted else 403)
    if trusted:
        async with await nginx.ask("GET", "/api/auth/verify", headers=spoof) as answer:
            assert (await answer.json())["session"]["address"] == "127.0.0.1"


async def test_an_idle_socket_stays_open(behind_nginx: Start) -> None:
    """Hearth's heartbeat reaches through; scaled down ten times, unless asked not to be."""
    scale = 1 if SLOW else 10
    seconds = int(shipped("proxy_read_timeout").rstrip("s")) / scale
    limits = changed(Settings(), heartbeat=Limits().heartbeat // scale).limits
    wait = f"{seconds:.0f}s"
    nginx = await behind_nginx(
        limits=limits, waits={"proxy_read_timeout": wait, "proxy_send_timeout": wait}
    )
    await signs_up(nginx)
    async with socket(nginx) as opened:
        inbox = Inbox(opened)
        await inbox.say({"type": "hello"})
        await inbox.next("presence")  # The last that is said for long.
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds + 5 / scale):
                await inbox.any()
        assert await inbox.until_pong() == []


def test_nginx_waits_for_longer_than_hearth_does_and_takes_every_file() -> None:
    found = 1.5 * Limits().heartbeat  # seconds until a dead peer is found
    waits = float(shipped("proxy_next_upstream_timeout").removesuffix("s"))
    assert waits <= PROMISED_SECONDS
    for name in ("proxy_read_timeout", "proxy_send_timeout"):
        assert int(shipped(name).removesuffix("s")) > 2 * found
    assert int(shipped("client_max_body_size").removesuffix("m")) * MEGABYTE > Limits().file


async def test_a_large_body_gets_as_far_as_hearth_and_no_larger_one(
    behind_nginx: Start,
) -> None:
    nginx = await behind_nginx()
    await signs_up(nginx)
    path = "/api/rooms/general/messages"
    headers = {"Content-Type": "application/json"}
    for size, kind in ((25, "application/problem+json"), (27, "text/html")):
        body = io.BytesIO(b"[" * size * MEGABYTE)
        async with await nginx.ask("POST", path, data=body, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (413, kind)


async def test_a_file_goes_in_and_comes_out_whole(behind_nginx: Start) -> None:
    nginx = await behind_nginx()
    await signs_up(nginx)
    content = os.urandom(Limits().file)
    path = "/api/rooms/general/files?name=noise.bin"
    async with await nginx.ask("POST", path, data=io.BytesIO(content)) as answer:
        assert answer.status == 201, await answer.text()
        file = await answer.json()
    async with await nginx.ask("GET", f"/api/files/{file['id']}/noise.bin") as answer:
        assert await answer.read() == content
