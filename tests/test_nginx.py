"""Behind the real nginx, with the configuration that we ship."""

import asyncio
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from server import create_app
from settings import Settings
from tests.people import PASSWORD, SOON

CONF = (Path(__file__).resolve().parent.parent / "deploy/nginx.conf").read_text()
NAME = "chat.example.org"

if not shutil.which("nginx") and not os.environ.get("HEARTH_TEST_ALL"):
    pytest.skip("nginx is not installed", allow_module_level=True)


@dataclass
class Site:
    """Hearth behind nginx, and a browser's cookie jar before it."""

    http: aiohttp.ClientSession
    url: str
    origin: str

    async def ask(self, method: str, path: str, **more: object) -> aiohttp.ClientResponse:
        headers = {"Origin": self.origin, **more.pop("headers", {})}  # type: ignore[dict-item]
        return await self.http.request(method, self.url + path, headers=headers, **more)


async def certificate(folder: Path) -> tuple[Path, Path]:
    pem, key = folder / "cert.pem", folder / "cert.key"
    made = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
        "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},DNS:localhost",
        "-keyout", str(key), "-out", str(pem), stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await made.wait() == 0
    return pem, key


def configure(folder: Path, port: int, upstream: str, sub_path: str) -> str:
    """Our nginx.conf, on this test's ports and files."""
    conf = CONF
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "listen 80": f"listen 127.0.0.1:{unused_port()}",
        "/etc/ssl/chat.example.org.pem": str(folder / "cert.pem"),
        "/etc/ssl/chat.example.org.key": str(folder / "cert.key"),
        "server 127.0.0.1:8080;": f"server {upstream};",
        "server_name chat.example.org;": "server_name localhost;",
        "Host              $host;": f"Host              $host:{port};",
        "X-Forwarded-Host  $host;": f"X-Forwarded-Host  $host:{port};",
    }
    if sub_path:
        changes |= {
            "location / {": f"location {sub_path}/ {{",
            "proxy_pass http://hearth;": "proxy_pass http://hearth/;",
        }
    for old, new in changes.items():
        assert old in conf
        conf = conf.replace(old, new)
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"{'user root; ' if os.getuid() == 0 else ''}daemon off; worker_processes 1;"
        f"pid {folder}/nginx.pid; error_log {folder}/error.log;"
        f"events {{ worker_connections 512; }}\n"
        f"http {{ access_log off; {temporary}\n{conf}\n}}\n"
    )


@pytest.fixture
async def behind_nginx(
    settings: Settings, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[Site]]]:
    ends: list[Callable[[], Awaitable[object]]] = []

    async def start(*, sub_path: str = "", unix: bool = False, **changes: object) -> Site:
        port, inner = unused_port(), unused_port()
        origin = f"https://localhost:{port}"
        values = {name: getattr(settings, name) for name in settings.__slots__}
        values |= {"public_url": origin + sub_path, **changes}
        runner = web.AppRunner(create_app(Settings(**values)), access_log=None)
        await runner.setup()
        ends.append(runner.cleanup)
        path = tmp_path / "hearth.sock"
        if unix:
            await web.UnixSite(runner, str(path)).start()
        else:
            await web.TCPSite(runner, "127.0.0.1", inner).start()
        pem, _ = await certificate(tmp_path)
        upstream = f"unix:{path}" if unix else f"127.0.0.1:{inner}"
        (tmp_path / "nginx.conf").write_text(configure(tmp_path, port, upstream, sub_path))
        nginx = await asyncio.create_subprocess_exec(
            "nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"),
            "-e", str(tmp_path / "error.log"),
        )  # fmt: skip

        async def stop() -> None:
            nginx.terminate()
            await nginx.wait()

        ends.append(stop)
        http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(pem)))
        )
        ends.append(http.close)
        site = Site(http, origin + sub_path, origin)
        async with asyncio.timeout(SOON):
            while True:
                try:
                    async with await site.ask("GET", "/readyz") as answer:
                        assert answer.status == 200
                        return site
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)

    yield start
    for end in reversed(ends):
        await end()


Start = Callable[..., Awaitable[Site]]
ANN = {"name": "ann", "password": PASSWORD}


async def chats(site: Site) -> str:
    """Sign up as a browser does, open the socket with the cookie, and say something."""
    async with await site.ask("POST", "/api/auth/register", json=ANN) as answer:
        assert answer.status == 201, await answer.text()
        cookie = answer.headers["Set-Cookie"]
    async with site.http.ws_connect(
        f"{site.url}/api/socket", headers={"Origin": site.origin}
    ) as socket:
        await socket.send_str('{"type":"hello"}')
        assert (await socket.receive_json(timeout=SOON))["type"] == "welcome"
        await socket.send_str('{"type":"send","id":"a","room":"general","text":"hi"}')
        assert '"text":"hi"' in await socket.receive_str(timeout=SOON)
    return cookie


async def test_people_chat_over_tls(behind_nginx: Start) -> None:
    cookie = await chats(await behind_nginx())
    assert "Secure" in cookie
    assert "Path=/;" in cookie


async def test_people_chat_under_a_sub_path(behind_nginx: Start) -> None:
    site = await behind_nginx(sub_path="/chat")
    assert "Path=/chat/" in await chats(site)
    async with await site.ask("GET", "/join/abc", allow_redirects=False) as answer:
        assert answer.status == 303
        assert (
            answer.url.join(aiohttp.client.URL(answer.headers["Location"])).path == "/chat/"
        )


async def test_people_chat_through_a_unix_socket(behind_nginx: Start) -> None:
    assert await chats(await behind_nginx(unix=True))


async def test_a_foreign_origin_opens_no_socket(behind_nginx: Start) -> None:
    site = await behind_nginx()
    await chats(site)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await site.http.ws_connect(
            f"{site.url}/api/socket", headers={"Origin": site.origin + ".evil.example"}
        )
