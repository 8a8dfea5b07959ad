"""The real nginx, with the configuration that we ship, in front of an app or a process."""

import asyncio
import os
import ssl
from pathlib import Path

import aiohttp
from aiohttp.test_utils import unused_port

from tests.certificate import certificate
from tests.people import SOON
from tests.tools import needs

needs_nginx = needs("nginx")
CONF = (Path(__file__).resolve().parent.parent / "deploy/nginx.conf").read_text()
NAME = "chat.example.org"


class Nginx:
    """One nginx, and a browser's cookie jar before it."""

    def __init__(self, folder: Path, sub_path: str = "") -> None:
        self.port = unused_port()
        self.origin = f"https://localhost:{self.port}"
        self.url = self.origin + sub_path
        self.tls: ssl.SSLContext
        self.http: aiohttp.ClientSession
        self._folder, self._sub_path = folder, sub_path
        self.faults: dict[str, str] = {}  # what its configuration has instead
        self.days = 30  # that its certificate is valid
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, upstream: str, standby: str = "", **waits: str) -> None:
        """Run it before an upstream, with other times to wait than we ship."""
        pem = certificate(self._folder, NAME, self.days)
        self.tls = ssl.create_default_context(cafile=str(pem))
        self.http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self.tls, limit=0)
        )
        conf = self._folder / "nginx.conf"
        conf.write_text(self._configure(upstream, standby, waits))
        self._process = await asyncio.create_subprocess_exec(
            "nginx", "-p", str(self._folder), "-c", str(conf),
            "-e", str(self._folder / "error.log"),
        )  # fmt: skip
        async with asyncio.timeout(SOON):
            while not await self._serves():  # noqa: ASYNC110 - it says nothing
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End it."""
        await self.http.close()
        if self._process:
            self._process.terminate()
            await self._process.wait()

    async def ask(self, method: str, path: str, **more: object) -> aiohttp.ClientResponse:
        """Ask as a page of this site does."""
        headers = {"Origin": self.origin, **more.pop("headers", {})}  # type: ignore[dict-item]
        return await self.http.request(method, self.url + path, headers=headers, **more)

    @property
    def log(self) -> str:
        """What its access log has."""
        return (self._folder / "access.log").read_text()

    async def _serves(self) -> bool:
        assert self._process
        assert self._process.returncode is None, (self._folder / "error.log").read_text()
        try:
            async with await self.ask("GET", "/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    def _configure(self, upstream: str, standby: str, waits: dict[str, str]) -> str:
        """Our nginx.conf, on this test's ports and files."""
        conf, folder = CONF, self._folder
        changes = {
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "listen 80": f"listen 127.0.0.1:{unused_port()}",
            "/etc/ssl/chat.example.org.pem": str(folder / f"{NAME}.pem"),
            "/etc/ssl/chat.example.org.key": str(folder / f"{NAME}.pem"),
            "/var/log/nginx/hearth.log": str(folder / "access.log"),
            "server 127.0.0.1:8080 ": f"server {upstream} ",
            "server_name chat.example.org;": "server_name localhost;",
            "Host              $host;": f"Host              $host:{self.port};",
            "X-Forwarded-Host  $host;": f"X-Forwarded-Host  $host:{self.port};",
        }
        if standby:
            changes["# server 127.0.0.1:8081 "] = f"server {standby} "
            changes["proxy_request_buffering off"] = "proxy_request_buffering on"
            changes['set $hearth_refusal ""'] = "set $hearth_refusal 421"
        if self._sub_path:
            changes |= {
                "location / {\n        proxy_pass http://hearth;": (
                    f"location {self._sub_path}/ {{\n        proxy_pass http://hearth/;"
                ),
                "# rewrite ^/chat(": f"rewrite ^{self._sub_path}(",
            }
        changes |= {f"{name} {shipped(name)};": f"{name} {waits[name]};" for name in waits}
        for old, new in (changes | self.faults).items():
            assert old in conf
            conf = conf.replace(old, new)
        temporary = " ".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return (
            f"{'user root; ' if os.getuid() == 0 else ''}daemon off; worker_processes 1;"
            f"pid {folder}/nginx.pid; error_log {folder}/error.log;"
            f"events {{ worker_connections 768; }}\n"
            f"http {{ {temporary}\n{conf}\n}}\n"
        )


def shipped(name: str) -> str:
    """What our nginx.conf sets something to."""
    (value,) = {
        line.split()[1].rstrip(";") for line in CONF.splitlines() if f" {name} " in line
    }
    return value
