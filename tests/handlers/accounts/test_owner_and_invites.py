"""How people get in: the owner's link, invites, and open or closed registration."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from aiohttp import web

from handlers.services import SERVICES
from server import Greeting
from tests.conftest import Client, Start, owner_code
from tests.people import PASSWORD, Person, problem, sign_up


async def joined(client: Client, name: str, invite: str = "") -> int:
    """The status of signing up by an invite."""
    form = {"name": name, "password": PASSWORD, "invite": invite}
    async with client.post("/api/auth/register", json=form) as answer:
        return answer.status if answer.status == 201 else (await problem(answer))[0]


def app_of(client: Client) -> web.Application:
    assert client.app is not None
    return client.app


@pytest.fixture
async def invited(start: Start) -> Client:
    """A server that lets people in by invite, as it comes."""
    return await start(registration="invite")


@pytest.fixture
async def owner(invited: Client) -> Person:
    return await sign_up(invited, "ann", invite=owner_code(app_of(invited)))


async def test_whoever_has_the_link_first_is_the_owner(client: Client) -> None:
    code = owner_code(app_of(client))
    found = await asyncio.gather(*(joined(client, f"dan{n}", code) for n in range(10)))
    assert sorted(found) == [201] + [409] * 9
    documents = await app_of(client)[SERVICES].db.users.find().to_list(20)
    assert [each["role"] for each in documents] == ["owner"]


async def test_the_link_is_the_same_after_a_restart(start: Start) -> None:
    first = await start(registration="invite")
    code = owner_code(app_of(first))
    await first.close()
    second = await start(registration="invite")
    assert owner_code(app_of(second)) == code
    assert await joined(second, "ann", code) == 201


async def test_the_link_is_said_until_it_is_claimed(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    app = app_of(client)
    await Greeting(app[SERVICES], "http://here").say()
    assert f"http://here/join/{owner_code(app)}\n" in capsys.readouterr().out
    await sign_up(client, "ann", invite=owner_code(app))
    await Greeting(app[SERVICES], "http://here").say()
    assert "/join/" not in capsys.readouterr().out


async def test_the_link_works_though_registration_is_closed(start: Start) -> None:
    client = await start(registration="closed")
    assert await joined(client, "ann", owner_code(app_of(client))) == 201
    assert await joined(client, "ben") == 403
    assert await joined(client, "ben", "a-code") == 403


async def test_nobody_comes_in_without_an_invite(invited: Client) -> None:
    for code in ("", "a-code", "$ne", "\x00", "é", "x" * 100):
        assert await joined(invited, "dan", code) == 403


async def test_everybody_comes_in_when_registration_is_open(client: Client) -> None:
    dan = await sign_up(client, "dan")
    assert (await dan.does("GET", "/api/users/me"))["role"] == "member"


async def test_an_invite_lets_one_person_in(invited: Client, owner: Person) -> None:
    invite = await owner.does("POST", "/api/invites", {"uses": 1}, status=201)
    assert invite["path"] == f"/join/{invite['code']}"
    assert (invite["uses_left"], invite["created_by"]) == (1, "ann")
    lasts = datetime.fromisoformat(invite["expires_at"]) - datetime.fromisoformat(
        invite["created_at"]
    )
    assert lasts.total_seconds() == 604_800
    assert await joined(invited, "ben", invite["code"]) == 201
    assert await joined(invited, "cat", invite["code"]) == 403


async def test_uses_are_counted_though_many_come_at_once(
    invited: Client, owner: Person
) -> None:
    invite = await owner.does("POST", "/api/invites", {"uses": 3})
    code = invite["code"]
    found = await asyncio.gather(*(joined(invited, f"dan{n}", code) for n in range(10)))
    assert sorted(found) == [201] * 3 + [403] * 7
    assert (await owner.does("GET", "/api/invites"))["invites"] == []


async def test_a_taken_name_uses_no_invite_up(invited: Client, owner: Person) -> None:
    code = (await owner.does("POST", "/api/invites"))["code"]
    assert await joined(invited, "ann", code) == 409
    assert await joined(invited, "me", code) == 400
    assert await joined(invited, "ben", code) == 201


async def test_a_listed_invite_does_not_show_its_code(
    invited: Client, owner: Person
) -> None:
    made = await owner.does("POST", "/api/invites", {"uses": 2, "note": "for Ben"})
    await owner.does("POST", "/api/invites")
    newest, listed = (await owner.does("GET", "/api/invites"))["invites"]
    assert listed == {key: made[key] for key in made if key not in {"code", "path"}}
    assert listed["note"] == "for Ben"
    assert newest["id"] != listed["id"]
    stored = await app_of(invited)[SERVICES].db.invites.find_one({"_id": made["id"]})
    assert made["code"] not in str(stored)


async def test_a_revoked_invite_lets_nobody_in(invited: Client, owner: Person) -> None:
    invite = await owner.does("POST", "/api/invites", {"uses": 5})
    await owner.does("DELETE", f"/api/invites/{invite['id']}", status=204)
    assert await joined(invited, "ben", invite["code"]) == 403
    gone = await owner.refused("DELETE", f"/api/invites/{invite['id']}")
    assert gone == (404, "not_found")


async def test_an_expired_invite_lets_nobody_in(invited: Client, owner: Person) -> None:
    invite = await owner.does("POST", "/api/invites", {"expires_in": 1})
    await asyncio.sleep(1.1)
    assert await joined(invited, "ben", invite["code"]) == 403
    assert (await owner.does("GET", "/api/invites"))["invites"] == []


@pytest.mark.parametrize(
    "form",
    [
        {"uses": 0},
        {"uses": 1001},
        {"uses": 1.5},
        {"uses": "2"},
        {"uses": True},
        {"expires_in": 0},
        {"expires_in": 31_536_001},
        {"expires_in": {"$gt": 0}},
        {"note": "x" * 81},
        {"note": None},
        {"code": "mine"},
    ],
    ids=str,
)
async def test_odd_invites_are_not_made(ann: Person, form: dict[str, Any]) -> None:
    assert await ann.refused("POST", "/api/invites", form) == (400, "invalid")


async def test_only_admins_invite(ann: Person, ben: Person) -> None:
    invite = await ann.does("POST", "/api/invites")
    paths = [("GET", ""), ("POST", ""), ("DELETE", f"/{invite['id']}")]
    for method, path in paths:
        assert await ben.refused(method, f"/api/invites{path}") == (403, "forbidden")
    await ann.does("PATCH", "/api/users/ben", {"role": "admin"})
    for method, path in paths:
        await ben.does(method, f"/api/invites{path}")


async def test_an_invites_link_leads_to_the_web_client(client: Client) -> None:
    async with client.get("/join/a-code_1", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "../#/join/a-code_1")


async def state(client: Client, code: str) -> tuple[int, Any]:
    """What a link lets somebody become, or the detail of the refusal."""
    async with client.get(f"/api/join/{code}") as answer:
        seen = await answer.json(content_type=None)
        return answer.status, seen["role"] if answer.status == 200 else seen["detail"]


async def test_a_link_says_what_it_is_before_anybody_fills_in_a_form(
    invited: Client,
) -> None:
    code = owner_code(app_of(invited))
    assert await state(invited, code) == (200, "owner")
    owner = await sign_up(invited, "ann", invite=code)
    assert (await state(invited, code))[0] == 404
    made = await owner.does("POST", "/api/invites", {"uses": 1}, status=201)
    async with invited.get(f"/api/join/{made['code']}") as answer:
        seen = await answer.json()
    assert (seen["role"], seen["created_by"]) == ("member", "ann")
    assert seen["expires_at"] == made["expires_at"]
    await joined(invited, "ben", made["code"])
    used = await state(invited, made["code"])
    assert used == await state(invited, "a-guess")
    assert used == (404, "This invite has been used or has ended. Ask for a new one.")


async def test_an_invite_is_for_a_whole_team(owner: Person) -> None:
    assert (await owner.does("POST", "/api/invites", status=201))["uses_left"] == 25


async def test_a_link_to_join_says_when_nobody_may(start: Start) -> None:
    closed = await start(registration="closed")
    assert (await state(closed, "a-code"))[0] == 403


async def test_an_invite_of_who_is_no_admin_lets_nobody_in(
    invited: Client, owner: Person
) -> None:
    made = await owner.does("POST", "/api/invites", status=201)
    db = app_of(invited)[SERVICES].db  # As an earlier version has left it.
    await db.invites.update_one({"_id": made["id"]}, {"$set": {"created_by": "gone"}})
    assert (await state(invited, made["code"]))[0] == 404
    assert await joined(invited, "dan", made["code"]) == 403
