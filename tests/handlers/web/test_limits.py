"""Limits on how often: for each user or place, with a word on when to come back."""

import asyncio
from contextlib import suppress
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any

import bcrypt
import pytest
from aiohttp import web

from handlers.services import SERVICES, limits
from handlers.services.limits import MAX_KEYS, Throttle
from handlers.web.forwarded import client_network
from handlers.web.listen import listen
from pytest_hearth.hearth import changed
from server import create_app
from settings import Settings
from store.errors import TooMany
from tests.conftest import Start, owner_code
from tests.handlers.web.test_errors import PRIVATE, body, filled
from tests.people import PASSWORD, SOON, Person, problem, sign_in, sign_up
from tests.raw import connect

PROXY = (ip_network("127.0.0.0/8"),)
HERE = "2001:db8:1:2::"


@pytest.fixture
def standstill(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes for the limits, however slow the machine is."""
    clock = SimpleNamespace(monotonic=lambda: 1_000.0)
    monkeypatch.setattr(limits, "time", clock)


async def refusals(
    person: Person, method: str, path: str, times: int, body: Any = None
) -> list[int]:
    """The statuses of the same request, again and again."""
    found = []
    for _ in range(times):
        async with await person.ask(method, path, body) as answer:
            found.append(answer.status)
            if answer.status == 429:
                assert int(answer.headers["Retry-After"]) >= 1
                assert await problem(answer) == (429, "too_many")
    return found


@pytest.mark.usefixtures("standstill")
async def test_who_asks_too_much_must_wait_and_others_need_not(start: Start) -> None:
    client = await start(reads=1)
    ann, ben = [await sign_up(client, name) for name in ("ann", "ben")]
    found = await refusals(ann, "GET", "/api/rooms", 12)
    assert found == [200] * 10 + [429] * 2
    assert await refusals(ben, "GET", "/api/rooms", 1) == [200]


@pytest.mark.usefixtures("standstill")
async def test_who_changes_too_much_must_wait_and_still_may_ask(start: Start) -> None:
    ann = await sign_up(await start(acts=1), "ann")
    found = await refusals(ann, "PUT", "/api/rooms/general/favorite", 12)
    assert found == [204] * 10 + [429] * 2
    assert await refusals(ann, "GET", "/api/rooms", 1) == [200]


@pytest.mark.usefixtures("standstill")
async def test_every_private_request_is_counted(start: Start) -> None:
    client = await start(acts=1, reads=1, sends=1, burst=1)
    app = client.app
    assert app is not None
    ann = await sign_up(client, "ann", invite=owner_code(app))
    for route in PRIVATE:
        for pace in (
            app[SERVICES].rates.writes,
            app[SERVICES].rates.reads,
            app[SERVICES].rates.sends,
        ):
            with suppress(TooMany):
                while True:
                    pace.take("ann")
        path = filled(route, room="general")
        refused = await ann.refused(route.method, path, body(route))
        assert refused == (429, "too_many"), f"{route.method} {route.path}"


@pytest.mark.parametrize(
    "said",
    [
        {"type": "typing", "room": "general"},
        {"type": "read", "room": "general", "seq": 1},
        {"type": "signal", "to": "ann", "data": {}},
    ],
    ids=lambda said: str(said["type"]),
)
async def test_what_is_said_over_many_sockets_is_counted_for_one_user(
    start: Start, said: dict[str, Any]
) -> None:
    ann = await sign_up(await start(acts=1), "ann")
    async with ann.listening() as one, ann.listening() as two:
        await one.say(*[said] * 20)
        await two.say(*[said] * 20)
        refused = await two.next("error", code="too_many")
        assert 0 < refused["retry_after"] <= 2


@pytest.mark.usefixtures("standstill")
async def test_who_is_too_fast_does_not_fill_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start(acts=1)
    ann, ben = [await sign_up(client, name) for name in ("ann", "ben")]
    for person in (ann, ben):
        async with person.listening() as inbox:
            await inbox.say(*[{"type": "typing", "room": "general"}] * 60)
            await inbox.until_pong()
        await refusals(person, "PUT", "/api/rooms/general/favorite", 20)
    noted = [each.about["user"] for each in caplog.records if each.msg == "rate_limited"]  # type: ignore[attr-defined]
    assert noted == ["ann"] * 10 + ["ben"] * 10


async def test_so_many_sign_up_from_one_place(start: Start) -> None:
    client = await start(sign_ups=2, trusted_proxies=PROXY)
    found = []
    for number, address in enumerate((f"{HERE}1", f"{HERE}2", f"{HERE}3", "2001:db8::1")):
        form = {"name": f"dan{number}", "password": PASSWORD}
        headers = {"X-Forwarded-For": address}
        async with client.post("/api/auth/register", json=form, headers=headers) as answer:
            found.append(answer.status)
    assert found == [201, 201, 429, 201]


async def test_who_has_a_network_of_addresses_guesses_no_more_often(start: Start) -> None:
    client = await start(sign_ins=5, trusted_proxies=PROXY)
    found = [
        (await sign_in(client, f"n{n}", "wrong", {"X-Forwarded-For": f"{HERE}{n:x}"}))[0]
        for n in range(7)
    ]
    assert found == [401] * 5 + [429] * 2


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
    ],
)
def test_a_place_is_what_one_customer_has(address: str, counted: str) -> None:
    assert client_network(address) == counted


def test_what_limits_remember_is_limited() -> None:
    pace = Throttle(0.001, 1, "Too much.")
    pace.take("ann")
    with pytest.raises(TooMany):
        pace.take("ann")
    for number in range(MAX_KEYS):
        pace.take(f"somebody {number}")
    pace.take("ann")  # The oldest is forgiven first.


async def test_an_unknown_name_takes_as_much_work_as_a_wrong_password(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await start()
    await sign_up(client, "ann")
    costs: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        costs.append(hashed[:7])
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    for name in ("ann", "zoe"):
        assert (await sign_in(client, name, "a wrong guess"))[0] == 401
    assert costs == [b"$2b$04$"] * 2


async def test_who_cannot_be_checked_is_not_counted(start: Start) -> None:
    client = await start(sign_ins=3, bcrypt_cost=10)
    await sign_up(client, "ann")
    flood = await asyncio.gather(*(sign_in(client, "ann") for _ in range(60)))
    assert {status for status, _ in flood} <= {200, 429, 503}
    assert (await sign_in(client, "ann"))[0] == 200


@pytest.mark.parametrize(
    ("host", "near"),
    [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("127.0.0.1", "127.0.0.1")],  # noqa: S104
)
def test_a_server_that_listens_everywhere_says_an_address_that_opens(
    settings: Settings, host: str, near: str
) -> None:
    opened, address = listen(changed(settings, port=0, host=host))
    assert address == f"http://{near}:{opened.getsockname()[1]}"
    opened.close()


async def test_an_answer_that_nobody_takes_is_given_up(settings: Settings) -> None:
    there = changed(settings, port=0, heartbeat=1)
    runner = web.AppRunner(create_app(there))
    await runner.setup()
    opened, address = listen(there)
    await web.SockSite(runner, opened).start()
    assert runner.server is not None
    row = b"GET /web/main.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5_000
    async with await connect(address, deaf=True) as line:
        line.writer.write(row)
        async with asyncio.timeout(SOON):
            while not runner.server.connections:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        async with asyncio.timeout(SOON):
            while runner.server.connections:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    await runner.cleanup()
