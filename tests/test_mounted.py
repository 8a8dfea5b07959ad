"""Mounted in another app: the same Hearth, under a prefix."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from pytest_hearth.databases import Databases
from pytest_hearth.hearth import changed
from pytest_hearth.people import PASSWORD, Person, problem, sign_up
from server import create_app
from settings import Settings

AT = "/team/chat"
Client = TestClient[Any, web.Application]


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello from the other app")


def mounted(*apps: tuple[str, web.Application]) -> web.Application:
    """An app with a page of its own, and others under prefixes."""
    root = web.Application()
    root.router.add_get("/", hello)
    for prefix, app in apps:
        root.add_subapp(prefix, app)
    return root


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    app = mounted((AT, create_app(settings)))
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def ann(client: Client) -> Person:
    return await sign_up(client, "ann", AT)


async def test_people_chat_in_it(client: Client, ann: Person) -> None:
    ben = await sign_up(client, "ben", AT)
    await ann.says("general", "hi")
    await ben.hears("hi")
    await ann.goes()
    await ben.goes()
    async with client.get("/") as answer:
        assert await answer.text() == "hello from the other app"


async def test_its_cookie_is_for_its_prefix_alone(client: Client, ann: Person) -> None:
    origin = str(client.make_url("/")).rstrip("/")
    form = {"name": "ann", "password": PASSWORD}
    async with client.post(
        AT + "/api/auth/token", json=form, headers={"Origin": origin}
    ) as answer:
        assert f"Path={AT}/;" in answer.headers["Set-Cookie"]
    async with client.get(AT + "/api/auth/verify") as answer:
        assert answer.status == 200
    async with client.post(AT + "/api/auth/logout", headers={"Origin": origin}) as answer:
        assert f"Path={AT}/" in answer.headers["Set-Cookie"]
    async with client.get(AT + "/api/auth/verify") as answer:
        assert answer.status == 401


@pytest.mark.parametrize("path", [AT, AT + "/"])
async def test_its_web_client_finds_its_files(client: Client, path: str) -> None:
    async with client.get(path) as answer:
        assert answer.status == 200
        assert answer.url.path == AT + "/"
        page = await answer.text()
        named = re.search(r'src="(web/[^"]+/main\.js)"', page)
        assert named
        script = answer.url.join(URL(named[1]))
    async with client.session.get(script) as answer:
        assert answer.content_type == "text/javascript"


async def test_its_description_names_its_prefix(client: Client) -> None:
    async with client.get(AT + "/api/openapi.json") as answer:
        (server,) = (await answer.json())["servers"]
    assert URL(server["url"]) == client.make_url(AT)


async def test_an_invite_s_link_leads_to_it(client: Client) -> None:
    async with client.get(AT + "/join/abc", allow_redirects=False) as answer:
        assert answer.url.join(URL(answer.headers["Location"])).path == AT + "/"


async def test_its_refusals_and_limits_are_its_own(client: Client, ann: Person) -> None:
    async with client.get(AT + "/api/nothing") as answer:
        assert await problem(answer) == (404, "not_found")
        assert "Content-Security-Policy" in answer.headers
    async with client.get("/nothing") as answer:
        assert (answer.status, answer.content_type) == (404, "text/plain")
    path = "/api/rooms/general/messages"
    assert await ann.refused("POST", path, {"text": "x" * 70_000}) == (413, "too_large")


async def test_two_live_side_by_side_in_one_app(
    settings: Settings, hearth_databases: Databases
) -> None:
    url = hearth_databases.take()
    other = changed(settings, mongodb_url=url)
    app = mounted(("/one", create_app(settings)), ("/two", create_app(other)))
    async with TestClient(TestServer(app)) as client:
        ann, ben = (
            await sign_up(client, "ann", "/one"),
            await sign_up(client, "ben", "/two"),
        )
        await ann.says("general", "here")
        assert await ben.page("general") == []
    hearth_databases.give_back(url)
