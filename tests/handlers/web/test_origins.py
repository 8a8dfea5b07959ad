"""Other people's pages: what they make a browser send to us changes nothing here."""

import json
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError

from tests.conftest import Client, Start
from tests.people import PASSWORD, Person, own_origin, problem, sign_up

EVIL = "https://evil.example"
ROOM = json.dumps({"name": "den"})
FORMS: dict[str, tuple[str, str]] = {
    "text/plain": ("text/plain", ROOM),
    "text with a JSON in it": ("text/plain;application/json", ROOM),
    "a form": ("application/x-www-form-urlencoded", "name=den"),
    "a form in parts": (
        "multipart/form-data; boundary=x",
        '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nden\r\n--x--\r\n',
    ),
    "nothing said": ("", ROOM),
}


def browser(person: Person, origin: str | None, **headers: str) -> dict[str, str]:
    """What a browser sends along when somebody's page makes it ask us."""
    sent = {"Cookie": f"hearth_session={person.token}", "Sec-Fetch-Site": "cross-site"}
    return sent | ({"Origin": origin} if origin else {}) | headers


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("origin", [EVIL, "null", None])
async def test_a_form_of_another_site_changes_nothing(
    client: Client, ann: Person, form: str, origin: str | None
) -> None:
    kind, body = FORMS[form]
    headers = browser(ann, origin) | {"Content-Type": kind}
    async with client.post("/api/rooms", data=body.encode(), headers=headers) as answer:
        assert await problem(answer) == (403, "forbidden")
    assert [each["name"] for each in await ann.rooms()] == ["general"]


@pytest.mark.parametrize("form", FORMS)
async def test_not_even_from_our_own_page_a_form_is_taken_for_json(
    client: Client, ann: Person, form: str
) -> None:
    kind, body = FORMS[form]
    headers = browser(ann, own_origin(client)) | {"Content-Type": kind}
    async with client.post("/api/rooms", data=body.encode(), headers=headers) as answer:
        assert await problem(answer) == (415, "unsupported")


@pytest.mark.parametrize(
    "name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
)
async def test_a_request_is_what_its_method_says(
    client: Client, ann: Person, name: str
) -> None:
    await ann.makes("den")
    for path in ("/api/rooms/den", "/api/rooms/den?_method=DELETE"):
        headers = browser(ann, None) | {name: "DELETE"}
        async with client.get(path, headers=headers) as answer:
            assert answer.status == 200
    assert await ann.room("den")


async def test_a_preflight_allows_nothing(client: Client, ann: Person) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    for path in ("/api/rooms", "/api/auth/token", "/api/config", "/"):
        headers = browser(ann, EVIL, **asked)
        async with client.options(path, headers=headers) as answer:
            assert not [name for name in answer.headers if "access-control" in name.lower()]


SPOOFED = [
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"Forwarded": "host=evil.example;proto=https"},
    {"X-Original-URL": "/api/users", "X-Rewrite-URL": "/api/users"},
]


@pytest.mark.parametrize("headers", SPOOFED, ids=lambda headers: " ".join(headers))
async def test_no_answer_repeats_a_host_that_somebody_made_up(
    client: Client, ann: Person, headers: dict[str, str]
) -> None:
    async with client.post("/api/invites", headers={**ann.headers, **headers}) as answer:
        assert answer.status == 201
        invite = await answer.text()
    for path in ("/join/a-code", "/api/config", "/nowhere", "/"):
        async with client.get(path, headers=headers, allow_redirects=False) as answer:
            said = f"{answer.headers} {await answer.text()} {invite}"
            assert "evil.example" not in said


@pytest.mark.parametrize(
    "code",
    ["//evil.example", "%2f%2fevil.example", "a%0d%0aSet-Cookie:%20a=b", "..", "%5cevil"],
)
async def test_an_invites_link_leads_nowhere_else(client: Client, code: str) -> None:
    url = client.make_url("/").with_path(f"/join/{code}", encoded=True)
    async with client.session.get(url, allow_redirects=False) as answer:
        assert await problem(answer) == (404, "not_found")


async def signed_in(client: Client, origin: str, **more: Any) -> tuple[str, Any]:
    """Sign in as a browser does: the cookie, and the headers of the answer."""
    form = {"name": "ann", "password": PASSWORD}
    headers = {"Origin": origin, **more}
    async with client.post("/api/auth/token", json=form, headers=headers) as answer:
        assert answer.status == 200
        return answer.headers["Set-Cookie"], answer.headers


async def test_behind_tls_nobody_else_can_set_the_cookie(start: Start) -> None:
    origin = "https://chat.example.org"
    client = await start(public_url=origin)
    ann = await sign_up(client, "ann")
    cookie, answered = await signed_in(client, origin)
    assert cookie.startswith("__Host-hearth_session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answered["Strict-Transport-Security"] == "max-age=31536000"
    # A neighbour of ours may set this one; it counts for nothing.
    async with client.get(
        "/api/auth/verify", headers={"Cookie": f"hearth_session={ann.token}"}
    ) as answer:
        assert await problem(answer) == (401, "unauthenticated")
        assert "Strict-Transport-Security" in answer.headers
    headers = {"Cookie": f"__Host-hearth_session={ann.token}", "Origin": origin}
    async with client.post("/api/auth/logout", headers=headers) as answer:
        assert answer.status == 204
        assert {"Secure", "Max-Age=0"} <= set(answer.headers["Set-Cookie"].split("; "))


async def test_under_a_path_the_host_is_not_ours_to_speak_for(start: Start) -> None:
    client = await start(public_url="https://example.org/chat")
    await sign_up(client, "ann")
    cookie, answered = await signed_in(client, "https://example.org")
    assert cookie.startswith("__Secure-hearth_session=")
    assert {"Secure", "Path=/chat/"} <= set(cookie.split("; "))
    assert "Strict-Transport-Security" not in answered


async def test_a_session_that_somebody_brings_along_is_not_the_one_they_get(
    client: Client, ann: Person
) -> None:
    brought = {"Cookie": f"hearth_session={ann.token}"}
    cookie, _ = await signed_in(client, own_origin(client), **brought)
    assert ann.token not in cookie


async def test_a_foreign_page_uses_up_no_socket_of_its_visitors_address(
    client: Client, ann: Person
) -> None:
    for origin in (EVIL, "null"):
        with pytest.raises(WSServerHandshakeError, match="403"):
            await client.ws_connect("/api/socket", headers={"Origin": origin})
    async with client.ws_connect(
        "/api/socket", headers={"Origin": own_origin(client)}
    ) as socket:
        await socket.send_json({"type": "hello", "token": ann.token})
        assert '"welcome"' in await socket.receive_str()
