"""The team's name: in titles, in the installed app, and in what pages ask for."""

import json

import pytest
from aiohttp import web

from settings import Settings, SettingsError
from tests.conftest import Client, Start, owner_code
from tests.people import sign_up


async def test_a_team_s_name_stands_wherever_it_is_shown(start: Start) -> None:
    name = 'Bees & "Wasps" </title>'
    client = await start(name=name)
    async with client.get("/") as page:
        title = "<title>Bees &amp; &quot;Wasps&quot; &lt;/title&gt;</title>"
        assert title in await page.text()
    async with client.get("/web/manifest.webmanifest") as answer:
        manifest = json.loads(await answer.read())
        assert (manifest["name"], manifest["short_name"]) == (name, name)
        assert answer.headers["Cache-Control"] == "no-cache"
    async with client.get("/api/config") as answer:
        assert (await answer.json())["name"] == name


async def test_it_is_told_whether_anybody_is_there(
    client: Client, app: web.Application
) -> None:
    async def is_empty() -> bool:
        async with client.get("/api/config") as answer:
            told: bool = (await answer.json())["nobody_yet"]
            return told

    assert await is_empty()
    await sign_up(client, "ann", invite=owner_code(app))
    assert not await is_empty()


@pytest.mark.parametrize("name", ["x" * 41, "two\nlines", "tab\there"])
def test_a_name_that_no_title_can_show_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="HEARTH_NAME must be at most 40"):
        Settings.from_env({"HEARTH_NAME": name})


async def test_the_worker_is_asked_for_each_time(client: Client) -> None:
    async with client.get("/worker.js") as answer:
        assert (answer.status, answer.content_type) == (200, "text/javascript")
        assert answer.headers["Cache-Control"] == "no-cache"
