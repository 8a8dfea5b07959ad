"""Hooks: who makes them, and when they are closed."""

import pytest
from aiohttp import web

from handlers.services import SERVICES
from store import hooks, rooms
from tests.conftest import Client
from tests.people import Person
from tests.programs import Hook, makes_hook

FORBIDDEN = (403, "forbidden")


async def test_a_revoked_hook_is_closed_at_once(ben: Person, hook: Hook) -> None:
    await hook.says({"text": "before"})
    await ben.does("DELETE", f"/api/rooms/alerts/hooks/{hook.id}", status=204)
    assert await hook.says({"text": "after"}) == (404, "no_service")
    gone = await ben.refused("DELETE", f"/api/rooms/alerts/hooks/{hook.id}")
    assert gone == (404, "not_found")
    assert len(await ben.page("alerts")) == 1


async def test_an_archived_room_takes_nothing_and_a_deleted_one_has_no_hooks(
    ben: Person, hook: Hook
) -> None:
    for archived, reply in ((True, (410, "channel_is_archived")), (False, (200, "ok"))):
        await ben.does("PATCH", "/api/rooms/alerts", {"archived": archived})
        assert await hook.says({"text": "x"}) == reply
    await ben.does("DELETE", "/api/rooms/alerts", status=204)
    assert await hook.says({"text": "x"}) == (404, "no_service")


async def test_nobody_guesses_an_address(client: Client) -> None:
    for secret in ("x", "x" * 43, "%00", "%ff", "$ne", "x" * 3_000):
        async with client.post(f"/hooks/{secret}", json={"text": "x"}) as answer:
            assert (answer.status, await answer.text()) == (404, "no_service")


async def test_an_address_is_shown_once_and_its_secret_stored_nowhere(
    app: web.Application, ben: Person, hook: Hook
) -> None:
    (listed,) = (await ben.does("GET", "/api/rooms/alerts/hooks"))["hooks"]
    assert (listed["id"], listed["display_name"]) == (hook.id, "Alerts")
    assert (listed["created_by"], listed["last_used_at"]) == ("ben", None)
    assert not {"secret", "path"} & listed.keys()
    secret = hook.path.removeprefix("/hooks/")
    assert secret not in str(await app[SERVICES].db.hooks.find_one({"_id": hook.id}))
    await hook.says({"text": "x"})
    (listed,) = (await ben.does("GET", "/api/rooms/alerts/hooks"))["hooks"]
    assert listed["last_used_at"]
    assert secret not in str(await app[SERVICES].db.messages.find_one({"room": "alerts"}))


async def test_the_rooms_owners_and_admins_look_after_hooks(
    ann: Person, ben: Person, cat: Person, hook: Hook
) -> None:
    ways = [("GET", ""), ("POST", ""), ("DELETE", f"/{hook.id}")]
    await ben.does("PUT", "/api/rooms/alerts/members/cat")
    for method, path in ways:
        refusals = [await each.refused(method, f"/api/rooms/alerts/hooks{path}")
                    for each in (cat, ann)]  # fmt: skip
        assert refusals == [FORBIDDEN, (404, "not_found")]
    await ben.does("PUT", "/api/rooms/alerts/members/ann")
    for method, path in ways:
        await ann.does(method, f"/api/rooms/alerts/hooks{path}")


async def test_what_a_hook_said_is_deleted_by_the_rooms_owner_and_edited_by_nobody(
    ben: Person, hook: Hook
) -> None:
    await hook.says({"text": "wrong"})
    place = "/api/rooms/alerts/messages/1"
    assert await ben.refused("PATCH", place, {"text": "right"}) == FORBIDDEN
    tombstone = await ben.does("DELETE", place)
    assert (tombstone["text"], tombstone["via"]) == ("", {"name": "Alerts"})


async def test_odd_hooks_are_not_made(
    ben: Person, cat: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ben.makes("alerts")
    await ben.does("PUT", "/api/rooms/ben~cat")
    place = "/api/rooms/alerts/hooks"
    for form in ({"display_name": "x" * 81}, {"display_name": "a\nb"}, {"room": "x"}):
        assert await ben.refused("POST", place, form) == (400, "invalid")
    assert await ben.refused("POST", "/api/rooms/ben~cat/hooks", {}) == FORBIDDEN
    monkeypatch.setattr(hooks, "MAX_HOOKS", 1)
    await makes_hook(ben)
    assert await ben.refused("POST", place, {}) == (409, "conflict")
    await ben.does("PATCH", "/api/rooms/alerts", {"archived": True})
    assert await ben.refused("POST", place, {}) == (409, "conflict")


async def test_a_mistake_of_ours_does_not_log_the_address(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(rooms, "require", fail)
    async with hook.client.post(hook.path, json={"text": "x"}) as answer:
        assert answer.status == 500
    assert "POST /hooks/{secret} failed" in caplog.text
    assert hook.path not in caplog.text
