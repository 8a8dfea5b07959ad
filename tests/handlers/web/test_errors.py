"""Refusals: every private route refuses strangers, in the same words and headers."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse

import handlers
from handlers.web.auth import is_public
from handlers.web.routes import Route
from tests.conftest import Client
from tests.people import Person, own_origin, problem

ROUTES = [route for route in handlers.ROUTES if isinstance(route, Route)]
PRIVATE = [route for route in ROUTES if not is_public(route.handler)]
IN_ROOMS = [route for route in PRIVATE if route.path.startswith("/api/rooms/{room}")]
PUBLIC = {
    "POST /api/auth/register", "POST /api/auth/token", "GET /api/socket", "GET /api/config",
    "GET /api/openapi.json", "GET /api/docs",
    "GET /metrics", "GET /healthz", "GET /readyz",
    "GET /api/check/{code}", "POST /api/check/{code}",
    "GET /", "GET /worker.js", "GET /join/{code}", "GET /reset/{code}", "GET /web/{path}",
    "GET /api/join/{code}", "GET /api/reset/{code}", "POST /api/reset/{code}",
    "POST /hooks/{secret}",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "notify": {"notify": "all"},
    "read": {"seq": 1},
    "messages": {"text": "hello"},
    "{seq}": {"text": "hello"},
    "{room}": {"topic": "hello"},
}
WORDS = {"seq": "1", "emoji": "👍", "name": "ben", "sid": "x", "id": "x"}


def said(route: Route) -> str:
    return f"{route.method} " + re.sub(r"{(\w+):[^}]*}", r"{\1}", route.path)


def filled(route: Route, **words: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: {**WORDS, **words}[found[1]], route.path)


def body(route: Route) -> Any:
    last = route.path.rpartition("/")[2]
    return BODIES.get(last) if route.method in {"POST", "PUT", "PATCH"} else None


def is_hardened(answer: ClientResponse) -> bool:
    policy = answer.headers["Content-Security-Policy"]
    return (
        "default-src 'none'" in policy
        and "frame-ancestors 'none'" in policy
        and "unsafe" not in policy
        and answer.headers["X-Content-Type-Options"] == "nosniff"
        and answer.headers["Referrer-Policy"] == "no-referrer"
        and answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        and answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        and answer.headers["Cache-Control"] in {"no-store", "no-cache"}
        and answer.headers["Server"] == "Hearth"
        and not [name for name in answer.headers if name.startswith("Access-Control")]
    )


@pytest.fixture
async def lair(ben: Person) -> AsyncIterator[str]:
    """A private room of Ben's, with a message in it."""
    room = await ben.makes("lair", "private")
    await ben.says(room, "a secret")
    before = await ben.room(room), await ben.page(room)
    yield room
    assert (await ben.room(room), await ben.page(room)) == before


def test_only_these_routes_are_public() -> None:
    assert {said(route) for route in ROUTES if is_public(route.handler)} == PUBLIC


@pytest.mark.parametrize("route", PRIVATE, ids=said)
async def test_a_private_route_asks_who_it_is(client: Client, route: Route) -> None:
    path = filled(route, room="general")
    for headers in ({}, {"Authorization": "Bearer no"}, {"Cookie": "hearth_session=x"}):
        ours = {"Origin": own_origin(client), **headers}
        async with client.request(
            route.method, path, json=body(route), headers=ours
        ) as answer:
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Hearth"'
            assert answer.headers["Cache-Control"] == "no-store"
            assert is_hardened(answer)
            assert await problem(answer) == (401, "unauthenticated")


async def test_the_socket_asks_who_it_is(client: Client) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    async with client.get("/api/socket", headers=headers) as answer:
        assert "WWW-Authenticate" in answer.headers
        assert await problem(answer) == (401, "unauthenticated")


@pytest.mark.parametrize("route", IN_ROOMS, ids=said)
@pytest.mark.parametrize("who", ["ann", "cat"])
async def test_a_private_room_is_to_strangers_as_if_it_were_not(
    ann: Person, cat: Person, lair: str, route: Route, who: str
) -> None:
    stranger = {"ann": ann, "cat": cat}[who]
    answers = []
    for room in (lair, "nowhere"):
        path = filled(route, room=room)
        async with await stranger.ask(route.method, path, body(route)) as answer:
            assert is_hardened(answer)
            answers.append((answer.status, await answer.text()))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


@pytest.mark.parametrize("route", IN_ROOMS, ids=said)
@pytest.mark.parametrize("room", ["%00", "%ff", "%ed%a0%80", "..%2f", "$ne", "x" * 3_000])
async def test_an_odd_room_is_not_there(ben: Person, route: Route, room: str) -> None:
    path = filled(route, room=room)
    assert await ben.refused(route.method, path, body(route)) == (404, "not_found")


@pytest.mark.parametrize(
    "route", [route for route in PRIVATE if route not in IN_ROOMS], ids=said
)
async def test_no_other_route_breaks_on_odd_words(ben: Person, route: Route) -> None:
    for word in ("%00", "%ff", "%ed%a0%80", "..%2f", "$ne", "x" * 3_000):
        path = filled(route, name=word, sid=word, id=word)
        async with await ben.ask(route.method, path, [{"$ne": None}]) as answer:
            assert answer.status < 500
            assert is_hardened(answer)
        if "logout" in path:
            return


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/api/config", "/join/code"])
async def test_public_answers_are_hardened_too(client: Client, path: str) -> None:
    async with client.get(path, allow_redirects=False) as answer:
        assert answer.status in {200, 303}
        assert is_hardened(answer)


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/api", "/api/", "/api/rooms/", "//", "/web/", "/web/nothing.js", "/%00"]
    + ["/web/%00", "/web/..%2f..%2fetc%2fpasswd", "/web/%2e%2e/server.py", "/web/%ff"]
    + ["/web//etc/passwd", "/web/" + "x" * 5_000, "/web/%ed%a0%80", "/join/", "/join/a.b"]
    + ["/web/vendor", "/web/index.html/", "/web/index.html%00.js", "/.git/config"],
    ids=lambda path: path[:30],
)
async def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    url = client.make_url("/").with_path(path, encoded=True)
    async with client.session.get(url) as answer:
        assert is_hardened(answer)
        assert await problem(answer) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/config", {"GET", "HEAD"}),
        ("PUT", "/api/auth/token", {"POST"}),
        ("GET", "/api/auth/register", {"POST"}),
        ("POST", "/api/users/me", {"GET", "HEAD", "PATCH"}),
        ("TRACE", "/api/rooms", {"GET", "HEAD", "POST"}),
        ("OPTIONS", "/api/rooms/general", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
        ("PURGE", "/", {"GET", "HEAD"}),
    ],
)
async def test_another_method_is_told_which_there_are(
    client: Client, method: str, path: str, allowed: set[str]
) -> None:
    async with client.request(method, path) as answer:
        assert set(answer.headers["Allow"].split(",")) == allowed
        assert is_hardened(answer)
        assert await problem(answer) == (405, "method_not_allowed")


async def test_the_config_says_the_limits(client: Client) -> None:
    async with client.get("/api/config") as answer:
        found = await answer.json()
    assert (found["name"], found["registration"]) == ("Hearth", "open")
    assert (found["limits"]["text"], found["limits"]["frame"]) == (8_000, 65_536)


async def test_an_answer_shows_nothing_of_the_inside(client: Client, ben: Person) -> None:
    for path in ("/nowhere", "/api/rooms/nowhere", "/web/nothing.js"):
        async with await ben.ask("GET", path) as answer:
            text = await answer.text()
        assert not re.search(r"Traceback|\.py|aiohttp|mongo", text, re.IGNORECASE)
