"""Signing in, by program and by browser; sessions and how they end."""

from ipaddress import ip_network
from typing import Any

import pytest

from tests.conftest import Client, Start
from tests.people import PASSWORD, Person, own_origin, problem, sign_in, sign_up

FORM = {"grant_type": "password", "username": "ann", "password": PASSWORD}


async def test_the_oauth2_form_signs_in(client: Client, ann: Person) -> None:
    async with client.post("/api/auth/token", data=FORM) as answer:
        content = await answer.json()
    assert content["token_type"] == "bearer"
    again = Person(client, "ann", content["access_token"])
    assert (await again.does("GET", "/api/auth/verify"))["session"]["current"] is True


@pytest.mark.parametrize(
    "changed",
    [
        {"grant_type": "client_credentials"},
        {"password": "x" * 257},
        {"username": "x" * 101},
    ],
)
async def test_another_form_is_not_understood(
    client: Client, changed: dict[str, str]
) -> None:
    async with client.post("/api/auth/token", data={**FORM, **changed}) as answer:
        assert await problem(answer) == (400, "invalid")


@pytest.mark.parametrize(
    "charset", ["no-such", "unicode_escape", "raw_unicode_escape", "utf-16", "hex", "idna"]
)
@pytest.mark.parametrize("field", ["username", "password"])
async def test_a_form_in_a_strange_charset_is_a_wrong_one(
    client: Client, ann: Person, charset: str, field: str
) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    body = f"{field}=\\ud800%5cud800&username=ann&password=wrong"
    async with client.post(
        "/api/auth/token", data=body, headers={"Content-Type": kind}
    ) as answer:
        assert (await problem(answer))[0] in {400, 401}


async def test_unknown_wrong_and_disabled_look_the_same(
    client: Client, ann: Person, ben: Person
) -> None:
    await ann.does("PATCH", "/api/users/ben", {"disabled": True})
    answers = [
        await sign_in(client, name, password)
        for name, password in [("ann", "wrong"), ("zoe", PASSWORD), ("ben", PASSWORD)]
    ]
    assert answers[0][0] == 401
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    "form",
    [
        {"name": {"$ne": None}, "password": {"$ne": None}},
        {"name": "ann", "password": {"$gt": ""}},
        {"name": "ann"},
        {"name": "ann", "password": PASSWORD, "role": "owner"},
        [],
        "ann",
    ],
)
async def test_what_is_no_sign_in_is_refused(client: Client, form: Any) -> None:
    async with client.post("/api/auth/token", json=form) as answer:
        assert await problem(answer) == (400, "invalid")


async def test_a_name_is_guessed_at_ten_times_at_most(start: Start) -> None:
    client = await start(sign_ins=10, trusted_proxies=_loopback())
    ann = await sign_up(client, "ann")
    for number in range(10):
        assert (await sign_in(client, "ann", "wrong", _from(number)))[0] == 401
    form = {"name": "ann", "password": PASSWORD}
    async with client.post("/api/auth/token", json=form, headers=_from(11)) as answer:
        assert 1 <= int(answer.headers["Retry-After"]) <= 18
        assert await problem(answer) == (429, "too_many")
    await ann.does("GET", "/api/auth/verify")


async def test_an_address_guesses_at_ten_names_at_most(start: Start) -> None:
    client = await start(sign_ins=10, trusted_proxies=_loopback())
    await sign_up(client, "ann")
    for number in range(10):
        assert (await sign_in(client, f"name{number}", "wrong", _from(1)))[0] == 401
    assert (await sign_in(client, "ann", headers=_from(1)))[0] == 429
    assert (await sign_in(client, "ann", headers=_from(2)))[0] == 200


async def test_nobody_but_a_trusted_proxy_says_where_a_request_is_from(
    start: Start,
) -> None:
    client = await start(sign_ins=3)
    for number in range(3):
        assert (await sign_in(client, f"name{number}", "x", _from(number)))[0] == 401
    assert (await sign_in(client, "name4", "x", _from(4)))[0] == 429


async def test_right_passwords_have_a_limit_of_their_own(start: Start) -> None:
    client = await start(sign_ins=2)
    for name in ("ann", "ben"):
        await sign_up(client, name)
    found = [(await sign_in(client, "ann"))[0] for _ in range(7)]
    assert found == [200] * 6 + [429]
    assert (await sign_in(client, "ben"))[0] == 200


@pytest.mark.parametrize("written", ["Ann", "ANN", " ann "])
@pytest.mark.parametrize("field", ["name", "username"])
async def test_a_name_signs_in_however_it_is_written(
    client: Client, ann: Person, written: str, field: str
) -> None:
    form = {field: written, "password": PASSWORD}
    given = {"json" if field == "name" else "data": form}
    async with client.post("/api/auth/token", **given) as answer:
        assert (await answer.json())["user"]["name"] == "ann"


async def test_a_name_is_not_guessed_at_more_often_in_other_letters(start: Start) -> None:
    client = await start(sign_ins=3, trusted_proxies=_loopback())
    await sign_up(client, "ann")
    names = ["ann", "Ann", "aNn", "anN", " ann", "ann "]
    found = [
        (await sign_in(client, name, "wrong", _from(number)))[0]
        for number, name in enumerate(names)
    ]
    assert found == [401] * 3 + [429] * 3


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
@pytest.mark.parametrize("kind", ["json", "data"])
@pytest.mark.parametrize("path", ["token", "register"])
async def test_a_foreign_page_does_not_lock_its_visitor_out(
    start: Start, origin: str, kind: str, path: str
) -> None:
    client = await start(sign_ins=2, sign_ups=2)
    await sign_up(client, "ann")
    form = {"name": "zoe", "username": "zoe", "password": "a guess of theirs"}
    for _ in range(4):
        headers, given = {"Origin": origin}, {kind: form}
        async with client.post(f"/api/auth/{path}", headers=headers, **given) as answer:
            assert answer.status in {400, 403, 415}
    assert (await sign_in(client, "ann"))[0] == 200
    await sign_up(client, "ben")


async def test_verify_says_who_i_am(client: Client, ann: Person) -> None:
    found = await ann.does("GET", "/api/auth/verify")
    assert found["user"]["name"] == "ann"
    assert found["session"].keys() == {
        "type", "id", "current", "created_at", "last_seen_at", "expires_at", "user_agent",
        "address",
    }  # fmt: skip


async def test_signing_out_ends_this_session_alone(client: Client, ann: Person) -> None:
    phone = Person(client, "ann", (await sign_in(client, "ann"))[1]["access_token"])
    async with await ann.ask("POST", "/api/auth/logout") as answer:
        assert answer.status == 204
        assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert (await ann.refused("GET", "/api/auth/verify"))[0] == 401
    await phone.does("GET", "/api/auth/verify")


async def test_sessions_are_listed_and_ended(client: Client, ann: Person) -> None:
    headers = {"User-Agent": "x" * 1000}
    _, content = await sign_in(client, "ann", headers=headers)
    phone = Person(client, "ann", content["access_token"])
    found = (await ann.does("GET", "/api/sessions"))["sessions"]
    (other,) = [each for each in found if not each["current"]]
    assert (len(found), other["user_agent"]) == (2, "x" * 300)
    await ann.does("DELETE", f"/api/sessions/{other['id']}", status=204)
    assert (await phone.refused("GET", "/api/auth/verify"))[0] == 401
    again = await ann.refused("DELETE", f"/api/sessions/{other['id']}")
    assert again == (404, "not_found")


async def test_nobody_ends_the_sessions_of_others(ann: Person, ben: Person) -> None:
    session = (await ann.does("GET", "/api/auth/verify"))["session"]
    assert (await ben.refused("DELETE", f"/api/sessions/{session['id']}"))[0] == 404
    await ann.does("GET", "/api/auth/verify")


async def test_a_browser_gets_a_cookie_that_scripts_cannot_read(
    client: Client, ann: Person
) -> None:
    cookie = await _cookie(client, own_origin(client))
    assert cookie.startswith("hearth_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} <= set(
        cookie.split("; ")
    )
    assert "Secure" not in cookie
    async with client.get("/api/auth/verify") as answer:
        assert answer.status == 200


async def test_behind_tls_the_cookie_is_secure_and_stays_in_its_path(start: Start) -> None:
    client = await start(public_url="https://chat.example.org/hearth")
    await sign_up(client, "ann")
    cookie = await _cookie(client, "https://chat.example.org")
    assert {"Secure", "Path=/hearth/"} <= set(cookie.split("; "))


async def test_a_program_gets_no_cookie(client: Client, ann: Person) -> None:
    assert await _cookie(client, None) == ""


async def test_the_oauth2_form_never_sets_a_cookie(client: Client, ann: Person) -> None:
    headers = {"Origin": own_origin(client)}
    async with client.post("/api/auth/token", data=FORM, headers=headers) as answer:
        assert answer.status == 200
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["token", "register"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "suffix"])
async def test_another_site_signs_nobody_in(
    client: Client, ann: Person, path: str, origin: str
) -> None:
    name = "ann" if path == "token" else "dan"
    if origin == "suffix":
        origin = f"{own_origin(client)}.evil.example"
    async with client.post(
        f"/api/auth/{path}",
        json={"name": name, "password": PASSWORD},
        headers={"Origin": origin},
    ) as answer:
        assert "Set-Cookie" not in answer.headers
        assert await problem(answer) == (403, "forbidden")


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
async def test_with_the_cookie_alone_another_site_changes_nothing(
    client: Client, ann: Person, origin: str | None
) -> None:
    headers = {"Cookie": f"hearth_session={ann.token}"}
    headers |= {"Origin": origin} if origin else {}
    body = {"name": "den"}
    async with client.post("/api/rooms", json=body, headers=headers) as answer:
        assert await problem(answer) == (403, "forbidden")
    headers["Origin"] = own_origin(client)
    async with client.post("/api/rooms", json=body, headers=headers) as answer:
        assert answer.status == 201


def _loopback() -> tuple[Any, ...]:
    return (ip_network("127.0.0.0/8"),)


def _from(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"6.6.6.6, 203.0.113.{number}"}


async def _cookie(client: Client, origin: str | None) -> str:
    headers = {"Origin": origin} if origin else {}
    form = {"name": "ann", "password": PASSWORD}
    async with client.post("/api/auth/token", json=form, headers=headers) as answer:
        assert answer.status == 200
        return answer.headers.get("Set-Cookie", "")
