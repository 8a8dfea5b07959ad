"""`hearth check`, behind the real nginx, with each of its lines wrong in its turn."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from cli.check_proxy import findings
from handlers.services.credentials import read_secret
from pytest_hearth.hearth import changed
from server import create_app
from settings import Settings
from tests.command_line import CommandLine
from tests.conftest import Client
from tests.nginx import Nginx, needs_nginx

PROXY = Settings.from_env({"HEARTH_TRUSTED_PROXIES": "127.0.0.1"}).trusted_proxies
Look = Callable[..., Awaitable[list[str]]]


@pytest.fixture
async def look(settings: Settings, tmp_path: Path) -> AsyncIterator[Look]:
    """Check a server behind nginx that has some words instead of others; what is wrong."""
    nginx = Nginx(tmp_path)
    runner: web.AppRunner | None = None

    async def look(
        *, trusted: Any = PROXY, url: str = "", days: int = 30, **faults: str
    ) -> list[str]:
        nonlocal runner
        nginx.days = days
        ours = changed(
            settings,
            heartbeat=1,
            file=3_000_000,
            trusted_proxies=trusted,
            public_url=nginx.url,
        )
        runner = web.AppRunner(create_app(ours), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = str(nginx.port)
        nginx.faults = {
            old.replace("PORT", port): new.replace("PORT", port)
            for old, new in (each.split(" -> ") for each in faults.values())
        }
        await nginx.start("{}:{}".format(*runner.addresses[0]))
        ours = changed(ours, public_url=url.replace("PORT", port) or nginx.url)
        found = await findings(
            ours, read_secret(ours), None if url.endswith("PORT") else nginx.tls
        )
        return [f"{what} {mend}" for what, mend in found if mend]

    yield look
    await nginx.stop()
    if runner:
        await runner.cleanup()


@needs_nginx
async def test_nothing_is_wrong_behind_our_nginx(look: Look) -> None:
    assert await look() == []


@needs_nginx
@pytest.mark.parametrize(
    ("fault", "mend"),
    [
        (
            "X-Forwarded-For   $remote_addr; -> X-Nothing 1;",
            "X-Forwarded-For $remote_addr;",
        ),
        ("X-Forwarded-Proto $scheme; -> X-Nothing 1;", "X-Forwarded-Proto $scheme;"),
        ("Host              $host:PORT; -> Host other.example;", "Host $host;"),
        ("Upgrade           $http_upgrade; -> X-Nothing 1;", "Upgrade $http_upgrade;"),
        (
            "Connection        $hearth_connection; -> X-Nothing 1;",
            "Connection $hearth_conn",
        ),
        (
            "client_max_body_size  26m; -> client_max_body_size 1m;",
            "client_max_body_size 5m;",
        ),
        ("proxy_buffering off; -> proxy_buffering on;", "proxy_buffering off;"),
        (
            "proxy_request_buffering off; -> proxy_request_buffering on;",
            "request_buffering off",
        ),
        ("proxy_read_timeout 90s; -> proxy_read_timeout 1s;", "proxy_read_timeout 90s;"),
    ],
)
async def test_a_wrong_line_is_named(look: Look, fault: str, mend: str) -> None:
    (found, *more) = await look(fault=fault)
    assert mend in found
    assert more == []


@needs_nginx
async def test_a_proxy_that_hearth_does_not_know_is_named(look: Look) -> None:
    (found,) = await look(trusted=())
    assert "HEARTH_TRUSTED_PROXIES=127.0.0.1" in found


@needs_nginx
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://localhost:PORT", "The certificate is not trusted"),
        ("https://localhost:PORT/elsewhere", "proxy_pass must lead to Hearth"),
        ("https://localhost:1", "does not answer"),
    ],
)
async def test_a_url_that_leads_nowhere_is_named(look: Look, url: str, reason: str) -> None:
    (found,) = await look(url=url)
    assert reason in found


@needs_nginx
async def test_a_certificate_that_ends_soon_is_named(look: Look) -> None:
    (found,) = await look(days=5)
    assert found == (
        "The certificate is trusted, and valid for 4 days. Renew it, and reload nginx."
    )


async def test_a_way_that_others_can_listen_on_is_named(settings: Settings) -> None:
    ours = changed(settings, heartbeat=1, file=3_000_000)
    runner = web.AppRunner(create_app(ours), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.2", 0).start()
        host, port = runner.addresses[0]
        ours = changed(ours, public_url=f"http://{host}:{port}", port=port)
        found = dict(await findings(ours, read_secret(ours)))
        assert "listen 443 ssl;" in found.pop("Nobody on the way can read passwords.")
        assert set(found.values()) == {""}
    finally:
        await runner.cleanup()


async def test_without_a_public_url_nobody_can_tell_whether_people_get_here(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = CommandLine(changed(settings, port=client.port), capsys)
    with pytest.raises(Exception, match="are not as they should be"):
        await operator.does("check")
    said = capsys.readouterr().out
    assert "HEARTH_PUBLIC_URL=https://chat.example.org" in said
    assert "ok: All indexes are there." in said
