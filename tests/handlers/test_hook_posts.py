"""Posting by a hook: what other programs say, and what they are told."""

import asyncio
import json

import pytest
from aiohttp import web
from slack_sdk.webhook import WebhookClient

from handlers.services import SERVICES
from tests import payloads
from tests.conftest import Start
from tests.people import Person, sign_up
from tests.programs import Hook, makes_hook


async def test_what_a_hook_says_is_heard_in_its_room(ben: Person, hook: Hook) -> None:
    async with ben.listening() as inbox:
        said = {"text": "*Down*: <https://e.org|look> <!here>", "username": "Watch"}
        assert await hook.says({**said, "icon_emoji": ":fire:"}) == (200, "ok")
        heard = await inbox.next("message")
    assert heard["text"] == "**Down**: [look](https://e.org) @all"
    assert (heard["sender"], heard["via"]) == (hook.id, {"name": "Watch", "emoji": "🔥"})
    assert await ben.page("alerts") == [heard]
    assert (await ben.room("alerts"))["mentions"] == 1


async def test_a_hooks_own_name_stands_where_a_payload_says_none(
    ben: Person, hook: Hook
) -> None:
    await hook.says({"text": "x"})
    await (await makes_hook(ben)).says({"text": "x"})
    named, unnamed = await ben.page("alerts")
    assert (named["via"], unnamed["via"]) == ({"name": "Alerts"}, {"name": "Webhook"})
    assert "via" not in await ben.says("alerts", "thanks")


# slack_sdk 3.48 closes no answer that is an error, and urllib of Python 3.14 minds.
@pytest.mark.filterwarnings("ignore:Implicitly cleaning up <HTTPError:ResourceWarning")
async def test_slacks_own_library_posts_unchanged(
    ben: Person, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    slack = WebhookClient(str(hook.client.make_url(hook.path)))
    answer = await asyncio.to_thread(slack.send, text="Hello from *Slack*")
    assert (answer.status_code, answer.body) == (200, "ok")
    answer = await asyncio.to_thread(
        slack.send,
        text=payloads.BLOCKS["text"],
        blocks=payloads.BLOCKS["blocks"],
        attachments=payloads.GITEA["attachments"],
        unfurl_links=False,
    )
    assert answer.body == "ok"
    answer = await asyncio.to_thread(slack.send, text="")
    assert (answer.status_code, answer.body) == (400, "no_text")
    first, second = await ben.page("alerts")
    assert first["html"] == "<p>Hello from <strong>Slack</strong></p>"
    assert second["text"].startswith("**Shop is deployed 🚀**")


async def test_well_known_programs_post_unchanged(ben: Person, hook: Hook) -> None:
    for payload in (payloads.ALERTMANAGER, payloads.GRAFANA, payloads.GITEA):
        assert await hook.says(payload) == (200, "ok")
    names = [message["via"]["name"] for message in await ben.page("alerts")]
    assert names == ["Alertmanager", "Grafana", "Gitea"]


async def test_a_payload_may_come_as_json_or_in_a_form(ben: Person, hook: Hook) -> None:
    form, text = "application/x-www-form-urlencoded", json.dumps({"text": "é & ü"})
    async with hook.client.post(hook.path, data={"payload": text}) as answer:
        assert await answer.text() == "ok"
    for kind in ("application/json; charset=utf-8", "text/plain", form, "x"):
        assert await hook.sends(f" {text}".encode(), kind) == (200, "ok")
    assert {message["text"] for message in await ben.page("alerts")} == {"é & ü"}


async def test_what_is_not_understood_is_refused_and_posts_nothing(
    ben: Person, hook: Hook
) -> None:
    for body in [
        b"",
        b"{",
        b"[]",
        b"null",
        b"text=x",
        b"payload=",
        b"payload=%ff",
        b"payload=[]",
        b'{"text": "\xff"}',
        b'{"text": NaN}',
        b'{"text": ' + b"[" * 60_000,
        b"&" * 60_000,
    ]:
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            assert await hook.sends(body, kind) == (400, "invalid_payload"), body[:30]
    for empty in (
        {},
        {"text": " "},
        {"attachments": [{}]},
        {"attachments": {}},
        {"username": "x"},
    ):
        assert await hook.says(empty) == (400, "no_text")
    assert await hook.says({"text": "x" * 70_000}) == (413, "invalid_payload")
    assert await ben.page("alerts") == []


async def test_a_retry_with_the_same_key_posts_once(ben: Person, hook: Hook) -> None:
    for _ in range(2):
        assert await hook.says({"text": "once"}, "deploy 1/ü") == (200, "ok")
    assert await asyncio.gather(
        *(hook.says({"text": "at once"}, "deploy-2") for _ in range(5))
    ) == [(200, "ok")] * 5  # fmt: skip
    other = await makes_hook(ben)
    await other.says({"text": "another's"}, "deploy-2")
    texts = [message["text"] for message in await ben.page("alerts")]
    assert texts == ["once", "at once", "another's"]


async def test_too_much_at_once_is_told_when_to_come_back(start: Start) -> None:
    client = await start(sends=1, burst=3)
    ben = await sign_up(client, "ben")
    await ben.makes("alerts")
    hook = await makes_hook(ben)
    answers = [await hook.says({"text": "x"}) for _ in range(4)]
    assert answers == [(200, "ok")] * 3 + [(429, "rate_limited")]
    async with client.post(hook.path, json={"text": "x"}) as answer:
        assert int(answer.headers["Retry-After"]) >= 1
    await ben.says("alerts", "people may go on")


async def test_while_the_database_is_away_a_hook_is_told_to_come_back(
    app: web.Application, hook: Hook
) -> None:
    app[SERVICES].db.away = True
    async with hook.client.post(hook.path, json={"text": "x"}) as answer:
        assert (answer.status, await answer.text()) == (503, "service_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
    app[SERVICES].db.away = False
    assert await hook.says({"text": "x"}) == (200, "ok")
