"""Bots and tokens: programs come in as people do, until their token is revoked."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from handlers.services import SERVICES
from store import access
from tests.conftest import Client, Start
from tests.people import PASSWORD, Inbox, Person, problem, sign_in
from tests.programs import makes_bot, with_token

FORBIDDEN = (403, "forbidden")


async def listed(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await person.does("GET", "/api/tokens"))["tokens"]
    return found


async def test_a_token_opens_what_a_sign_in_opens(ann: Person, ben: Person) -> None:
    program, id = await with_token(ben, note="backup")
    assert program.token.startswith("hearth_")
    said = await program.says("general", "from a program")
    assert said["sender"] == "ben"
    async with program.listening() as inbox:
        assert inbox.welcome["user"]["name"] == "ben"
        await ann.says("general", "hello")
        await inbox.next("message", text="hello")
    who = await program.does("GET", "/api/auth/verify")
    assert (who["user"]["name"], who["token"]["id"]) == ("ben", id)
    assert "session" not in who


async def test_a_token_may_come_in_the_hello(ben: Person) -> None:
    program, _ = await with_token(ben)
    async with ben.client.ws_connect("/api/socket") as socket:
        inbox = Inbox(socket)
        await inbox.say({"type": "hello", "token": program.token})
        assert (await inbox.next("welcome"))["user"]["name"] == "ben"


async def test_a_secret_is_shown_once_and_stored_nowhere(
    app: web.Application, ben: Person
) -> None:
    program, id = await with_token(ben, note="backup")
    (token,) = await listed(ben)
    assert (token["id"], token["note"], token["created_by"]) == (id, "backup", "ben")
    assert "secret" not in token
    stored = await app[SERVICES].db.access.find_one({"_id": id})
    assert program.token not in str(stored)
    assert program.token.removeprefix("hearth_") not in str(stored)


async def test_the_last_use_of_a_token_is_seen(ben: Person) -> None:
    program, _ = await with_token(ben)
    assert (await listed(ben))[0]["last_used_at"] is None
    await program.rooms()
    used = (await listed(ben))[0]["last_used_at"]
    assert used
    async with program.listening():
        assert (await listed(ben))[0]["last_used_at"] > used
    assert (await listed(ben))[0]["last_used_at"] == used


async def test_another_secret_ends_the_sessions_and_leaves_the_tokens(
    ben: Person, start: Start
) -> None:
    program, _ = await with_token(ben)
    await ben.client.close()  # Two on one database must have the same secret.
    elsewhere = await start(secret="b" * 32)
    await Person(elsewhere, "ben", program.token).rooms()
    answer = await Person(elsewhere, "ben", ben.token).ask("GET", "/api/rooms")
    assert await problem(answer) == (401, "unauthenticated")
    assert (await sign_in(elsewhere, "ben"))[0] == 200


async def test_a_revoked_token_is_out_at_once(ben: Person) -> None:
    program, id = await with_token(ben)
    other, _ = await with_token(ben)
    async with program.listening() as inbox, other.listening() as kept:
        await ben.does("DELETE", f"/api/tokens/{id}", status=204)
        assert await inbox.closed() == 4401
        assert await kept.until_pong("error") == []
    assert await program.refused("GET", "/api/rooms") == (401, "unauthenticated")
    assert await ben.refused("DELETE", f"/api/tokens/{id}") == (404, "not_found")
    assert len(await listed(ben)) == 1


async def test_a_token_that_is_revoked_before_the_hello_opens_nothing(
    ben: Person,
) -> None:
    program, id = await with_token(ben)
    async with ben.client.ws_connect("/api/socket", headers=program.headers) as socket:
        await ben.does("DELETE", f"/api/tokens/{id}", status=204)
        inbox = Inbox(socket)
        await inbox.say({"type": "hello"})
        assert await inbox.closed() == 4401


async def test_a_made_up_token_opens_nothing(client: Client) -> None:
    for secret in ("hearth_", "hearth_no", "hearth_" + "x" * 43, "hearth_é", "Hearth_x"):
        headers = {"Authorization": f"Bearer {secret}"}
        async with client.get("/api/rooms", headers=headers) as answer:
            assert await problem(answer) == (401, "unauthenticated")


async def test_a_token_cannot_outlive_itself(ann: Person) -> None:
    program, _ = await with_token(ann)
    change = {"current": PASSWORD, "password": "another good one"}
    for method, path, body in [
        ("POST", "/api/tokens", {}),
        ("POST", "/api/bots", {"name": "echo"}),
        ("POST", "/api/auth/password", change),
        ("POST", "/api/auth/logout", None),
    ]:
        assert await program.refused(method, path, body) == FORBIDDEN
    assert len((await program.does("GET", "/api/sessions"))["sessions"]) == 1


async def test_a_new_password_leaves_tokens_alone(ben: Person) -> None:
    program, _ = await with_token(ben)
    async with program.listening() as inbox:
        change = {"current": PASSWORD, "password": "another good one"}
        await ben.does("POST", "/api/auth/password", change, status=204)
        assert await inbox.until_pong("error") == []
    await program.rooms()


async def test_the_tokens_of_a_disabled_user_open_nothing(ann: Person, ben: Person) -> None:
    program, _ = await with_token(ben)
    async with program.listening() as inbox:
        await ann.does("PATCH", "/api/users/ben", {"disabled": True})
        assert await inbox.closed() == 4401
    assert await program.refused("GET", "/api/rooms") == (401, "unauthenticated")
    await ann.does("PATCH", "/api/users/ben", {"disabled": False})
    assert await program.refused("GET", "/api/rooms") == (401, "unauthenticated")


async def test_others_tokens_cannot_be_made_seen_or_revoked(
    ann: Person, ben: Person, cat: Person
) -> None:
    _, id = await with_token(ben)
    for other in (ann, cat):
        assert await listed(other) == []
        assert await other.refused("DELETE", f"/api/tokens/{id}") == (404, "not_found")
        assert await other.refused("POST", "/api/tokens", {"user": "ben"}) == FORBIDDEN


async def test_a_user_has_so_many_tokens_at_most(
    ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "MAX_TOKENS", 2)
    for _ in range(2):
        await with_token(ben)
    assert await ben.refused("POST", "/api/tokens", {}) == (409, "conflict")


async def test_a_bot_is_a_user_with_a_token(ann: Person, ben: Person) -> None:
    async with ben.listening() as inbox:
        echo = await makes_bot(ann, display_name="Echo  Bot")
        heard = await inbox.next("user")
        assert (heard["name"], heard["role"]) == ("echo", "bot")
        assert heard["display_name"] == "Echo Bot"
        await echo.says("general", "beep, @ben")
        assert (await inbox.next("message"))["sender"] == "echo"
    await ben.makes("attic", "private", "echo")
    assert {room["name"] for room in await echo.rooms()} == {"general", "attic"}


async def test_a_bot_has_no_password(ann: Person) -> None:
    await makes_bot(ann)
    for password in ("", "echo", "x" * 60):
        assert (await sign_in(ann.client, "echo", password))[0] == 401


async def test_a_bot_is_no_admin_and_never_becomes_one(ann: Person) -> None:
    echo = await makes_bot(ann)
    assert await echo.refused("GET", "/api/invites") == FORBIDDEN
    for role in ("owner", "admin", "member"):
        body = {"role": role}
        assert await ann.refused("PATCH", "/api/users/echo", body) == (409, "conflict")
    assert await ann.refused("PATCH", "/api/users/ann", {"role": "bot"}) == (400, "invalid")


async def test_admins_look_after_bots(ann: Person, ben: Person, cat: Person) -> None:
    await ann.does("PATCH", "/api/users/ben", {"role": "admin"})
    echo = await makes_bot(ann)
    second, id = await with_token(ann, user="echo", note="second")
    assert (second.name, await second.rooms()) == ("echo", await echo.rooms())
    notes = [(each["user"], each["note"]) for each in await listed(ben)]
    assert notes == [("echo", "second"), ("echo", "")]
    assert await cat.refused("DELETE", f"/api/tokens/{id}") == (404, "not_found")
    assert await cat.refused("POST", "/api/tokens", {"user": "echo"}) == FORBIDDEN
    await ben.does("DELETE", f"/api/tokens/{id}", status=204)
    await ben.does("PATCH", "/api/users/echo", {"display_name": "Echo"})
    async with echo.listening() as inbox:
        await ben.does("PATCH", "/api/users/echo", {"disabled": True})
        assert await inbox.closed() == 4401
    assert await echo.refused("GET", "/api/rooms") == (401, "unauthenticated")


async def test_only_admins_make_bots(ben: Person) -> None:
    assert await ben.refused("POST", "/api/bots", {"name": "echo"}) == FORBIDDEN


async def test_odd_bots_and_tokens_are_not_made(ann: Person, ben: Person) -> None:
    assert await ann.refused("POST", "/api/bots", {"name": "ben"}) == (409, "conflict")
    for bot in (
        *({"name": name} for name in ("Echo", "all", "hook-1", "", {"$ne": ""}, None)),
        {"name": "echo", "role": "owner"},
        {"name": "echo", "password": PASSWORD},
        {},
    ):
        assert await ann.refused("POST", "/api/bots", bot) == (400, "invalid")
    for token in ({"note": "x" * 81}, {"note": 5}, {"user": {"$ne": ""}}, {"secret": "x"}):
        assert await ben.refused("POST", "/api/tokens", token) == (400, "invalid")


async def test_no_secret_is_in_the_log(
    ann: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    echo = await makes_bot(ann)
    async with echo.listening():
        await echo.says("general", "hello")
    await asyncio.gather(*(echo.ask("GET", "/api/nowhere") for _ in range(3)))
    assert echo.token not in caplog.text
