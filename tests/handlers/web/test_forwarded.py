"""Behind a proxy: whose word counts about who is asking."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from tests.conftest import Client, Start
from tests.people import PASSWORD, sign_up

HERE = "127.0.0.1"
SPOOF = {
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "chat.example.org",
    "Forwarded": "for=6.6.6.6;proto=https;host=chat.example.org",
    "X-Real-IP": "6.6.6.6",
}


@dataclass
class Entrance:
    """Where to sign in, and as what the server then knows us."""

    http: aiohttp.ClientSession
    url: URL

    async def address(self, headers: Sequence[tuple[str, str]] | dict[str, str]) -> str:
        form = {"name": "ann", "password": PASSWORD}
        url = self.url.join(URL("/api/auth/token"))
        async with self.http.post(url, json=form, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            token = (await answer.json())["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        url = self.url.join(URL("/api/auth/verify"))
        async with self.http.get(url, headers=bearer) as answer:
            return str((await answer.json())["session"]["address"])


async def entrance(start: Start, *trusted: str) -> Entrance:
    client = await start(trusted_proxies=tuple(map(ip_network, trusted)))
    await sign_up(client, "ann")
    return Entrance(client.session, client.make_url("/"))


def hops(*lines: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", line) for line in lines]


async def test_by_default_nobody_s_word_counts(start: Start) -> None:
    assert await (await entrance(start)).address(SPOOF) == HERE


async def test_who_is_not_the_trusted_proxy_changes_nothing(start: Start) -> None:
    assert await (await entrance(start, "10.0.0.0/8", "::1")).address(SPOOF) == HERE


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ((), HERE),
        (("203.0.113.7",), "203.0.113.7"),
        (("6.6.6.6, 203.0.113.7",), "203.0.113.7"),  # the left one is the client's own
        (("6.6.6.6", "203.0.113.7"), "203.0.113.7"),  # and so is the first line
        (("6.6.6.6, 203.0.113.7, 10.1.2.3",), "203.0.113.7"),  # a second trusted proxy
        (("6.6.6.6", "203.0.113.7, 10.1.2.3", "10.9.9.9"), "203.0.113.7"),
        (("6.6.6.6, 10.1.2.3, 203.0.113.7",), "203.0.113.7"),
        (("10.1.2.3",), "10.1.2.3"),  # somebody on the proxies' own network
        (("2001:DB8:0::7",), "2001:db8::7"),
        (("[2001:db8::7]:4711",), "2001:db8::7"),
        (("203.0.113.7:4711",), "203.0.113.7"),
        (("::ffff:203.0.113.7",), "203.0.113.7"),
        (("6.6.6.6, ::ffff:10.1.2.3",), "6.6.6.6"),
        (("nobody",), HERE),
        (("6.6.6.6, nobody",), HERE),
        (("6.6.6.6, unix",), HERE),
        (("6.6.6.6, ",), HERE),
        (("",), HERE),
        ((", ,,",), HERE),
        (("6.6.6.6, 1.2.3.4.5",), HERE),
        (("6.6.6.6, 0x7f.1",), HERE),
        (("6.6.6.6," * 500 + "203.0.113.7",), "203.0.113.7"),
    ],
)
async def test_a_trusted_proxy_s_word_counts_from_the_right(
    start: Start, lines: tuple[str, ...], address: str
) -> None:
    here = await entrance(start, HERE, "10.0.0.0/8")
    assert await here.address(hops(*lines)) == address


async def cookie(client: Client, origin: str, headers: Any) -> str | None:
    """What signing in sets for a browser that is on a page of that origin."""
    given = [*(headers.items() if isinstance(headers, dict) else headers)]
    form = {"name": "ann", "password": PASSWORD}
    async with client.post(
        "/api/auth/token", json=form, headers=[*given, ("Origin", origin)]
    ) as answer:
        return answer.headers.get("Set-Cookie") if answer.ok else None


async def test_a_spoofed_host_or_scheme_makes_no_foreign_origin_ours(start: Start) -> None:
    client = await start()
    await sign_up(client, "ann")
    assert await cookie(client, "https://chat.example.org", SPOOF) is None
    own = str(client.make_url("/")).rstrip("/")
    set_for_us = await cookie(client, own, SPOOF)
    assert set_for_us
    assert "Secure" not in set_for_us


@pytest.mark.parametrize(
    ("extra", "origin"),
    [
        ([("X-Forwarded-Proto", "https")], "https://chat.example.org"),
        ([("X-Forwarded-Proto", "HTTPS")], "https://chat.example.org"),
        ([("X-Forwarded-Proto", "http"), ("X-Forwarded-Proto", "https")],
         "https://chat.example.org"),
        ([("X-Forwarded-Proto", "http, https")], "https://chat.example.org"),
        ([("X-Forwarded-Proto", "javascript")], "http://chat.example.org"),
        ([("X-Forwarded-Proto", "")], "http://chat.example.org"),
        ([], "http://chat.example.org"),
    ],
)  # fmt: skip
async def test_a_trusted_proxy_says_how_people_reach_it(
    start: Start, extra: list[tuple[str, str]], origin: str
) -> None:
    client = await start(trusted_proxies=(ip_network(HERE),))
    await sign_up(client, "ann")
    said = [
        ("X-Forwarded-Host", "evil.example"),  # the client's own line, passed on
        ("X-Forwarded-Host", "chat.example.org"),
        *extra,
    ]
    assert await cookie(client, "http://evil.example", said) is None
    set_for_us = await cookie(client, origin, said)
    assert set_for_us
    assert ("Secure" in set_for_us) == origin.startswith("https:")


@pytest.mark.parametrize(
    ("trusted", "address"), [((), "unix"), (("192.0.2.1",), "203.0.113.7")]
)
async def test_a_proxy_on_the_unix_socket_is_trusted_if_any_is(
    start: Start, tmp_path: Path, trusted: tuple[str, ...], address: str
) -> None:
    client = await start(trusted_proxies=tuple(map(ip_network, trusted)))
    await sign_up(client, "ann")
    path = tmp_path / "hearth.sock"
    runner = client.server.runner
    assert runner is not None
    await web.UnixSite(runner, str(path)).start()
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as http:
        here = Entrance(http, URL("http://hearth"))
        assert await here.address(hops("6.6.6.6, 203.0.113.7")) == address
