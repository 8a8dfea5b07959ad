"""What goes out goes to public addresses only, checked of what is connected to."""

import asyncio
import socket
from pathlib import Path

import pytest
from aiohttp import ClientError
from aiohttp.abc import AbstractResolver, ResolveResult

from handlers.push.outgoing import Resolver, is_public, open_session
from handlers.services import Services
from tests.people import Person
from tests.push_service import HOST, PushService, quiet

PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e"]
PRIVATE = [
    "0.0.0.0",  # noqa: S104
    "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.8.8.8",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:1.1.1.1",
    "64:ff9b::7f00:1", "64:ff9b::101:101", "64:ff9b:1::a00:1", "100::1", "2001::1",
    "2001:db8::1", "2002:7f00:1::1", "2002:101:101::1", "fc00::1", "fd12:3456::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_reached(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_other_address_may_be_reached(address: str) -> None:
    assert not is_public(address)


class Names(AbstractResolver):
    """A name server that says something else each time."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self.answers.pop(0)
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        found = ResolveResult(
            hostname=host, host=address, port=port, family=kind, proto=0, flags=0
        )
        return [found]

    async def close(self) -> None:
        pass


@pytest.fixture
async def service(tmp_path: Path) -> PushService:
    async with PushService(tmp_path) as push:
        yield push  # type: ignore[misc]


ENDPOINTS = [
    "https://127.0.0.1:{port}/phone",
    "https://[::1]:{port}/phone",
    "https://[::ffff:127.0.0.1]:{port}/phone",
    "https://localhost:{port}/phone",
    "https://2130706433:{port}/phone",
    "https://127.1:{port}/phone",
    "https://0x7f.1:{port}/phone",
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_nothing_reaches_a_service_on_our_own_machine(
    service: PushService, endpoint: str
) -> None:
    address = endpoint.format(port=service.server.port)
    async with open_session(tls=service.tls) as http:
        with pytest.raises(ClientError):
            await http.post(address)
    assert service.most_under_way == 0


async def test_a_name_that_changes_between_look_up_and_connect_is_refused(
    service: PushService,
) -> None:
    names = Names("127.0.0.1", "::1", "127.0.0.1")
    checked: list[str] = []

    def may_connect(address: str) -> bool:
        checked.append(address)
        return is_public(address)

    async with open_session(may_connect, names, service.tls) as http:
        for _ in range(3):
            http.connector.clear_dns_cache()  # type: ignore[union-attr]
            with pytest.raises(ClientError):
                await http.post(f"https://{HOST}:{service.server.port}/phone")
    assert checked == ["127.0.0.1", "::1", "127.0.0.1"]
    assert service.most_under_way == 0


async def test_what_is_connected_to_is_what_was_checked(service: PushService) -> None:
    """The first look-up says one address, any later one would say another."""
    names = Names("127.0.0.1", "10.9.8.7")
    service.device("phone").take = lambda *_: (201, {})  # type: ignore[method-assign]
    address = f"https://{HOST}:{service.server.port}/phone"
    async with (
        open_session(lambda each: each == "127.0.0.1", names, service.tls) as http,
        http.post(address) as answer,
    ):
        assert answer.status == 201
    assert names.answers == ["10.9.8.7"]


async def test_no_redirect_is_followed(
    push: PushService, services: Services, ann: Person, ben: Person
) -> None:
    phone, other = push.device("phone"), push.device("other")
    await phone.is_told_to(ben)
    phone.answers = [(307, {"Location": other.endpoint})]
    await ann.says("general", "@ben")
    await phone.news.wait()
    await quiet(services)
    assert (phone.tries, other.tries) == (1, 0)


async def test_no_proxy_of_the_environment_is_asked(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    service.device("phone").take = lambda *_: (201, {})  # type: ignore[method-assign]
    async with (
        open_session(lambda _: True, tls=service.tls) as http,
        http.post(f"{service.url}/phone") as answer,
    ):
        assert answer.status == 201


async def test_the_server_itself_sends_nothing_to_loopback(
    service: PushService, services: Services, ann: Person, ben: Person
) -> None:
    await service.is_trusted_by(services, may_connect=is_public)
    phone = service.device("phone")
    await phone.is_told_to(ben)
    await ann.says("general", "@ben")
    async with asyncio.timeout(10):
        while True:
            (device,) = (await ben.does("GET", "/api/notifications"))["devices"]
            if device["failed_at"]:
                break
            await asyncio.sleep(0.02)
    assert service.most_under_way == 0


@pytest.mark.parametrize(
    "endpoint",
    ["http://push.example/1", "ftp://push.example", "https://", "https://a@push.example/1",
     "https://push.example:0/1", "https://push.example:99999/1", "https://[::1/1",
     "https://push.example/\u00fc", "javascript:alert(1)", "https://push example/1"],
)  # fmt: skip
async def test_an_endpoint_that_is_no_address_is_refused(
    service: PushService, ben: Person, endpoint: str
) -> None:
    form = service.device("phone").form | {"endpoint": endpoint}
    refused = await ben.refused("POST", "/api/notifications/devices", form)
    assert refused == (400, "invalid")


async def test_a_look_up_that_fails_or_is_given_up_harms_nobody() -> None:
    resolver = Resolver()
    with pytest.raises(socket.gaierror):
        await resolver.resolve("no-such-host.invalid", 443)
    asking = asyncio.create_task(resolver.resolve("localhost", 443))
    await asyncio.sleep(0)
    asking.cancel()
    found = await resolver.resolve("localhost", 443)
    assert {each["port"] for each in found} == {443}
