"""Resets: a link by which somebody sets a new password, once."""

from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from handlers.services import SERVICES
from store import resets
from tests.conftest import Client
from tests.people import PASSWORD, Json, Person, own_origin, problem, sign_in
from tests.programs import makes_bot, with_token

NEW = "sunflowers behind the barn"
ENDED = (404, "not_found")


async def makes(admin: Person, name: str = "cat") -> str:
    made = await admin.does("POST", f"/api/users/{name}/reset", status=201)
    assert made["path"] == f"/reset/{made['code']}"
    return str(made["code"])


async def uses(
    client: Client, code: str, password: str = NEW, **headers: str
) -> tuple[int, str]:
    path, form = f"/api/reset/{code}", {"password": password}
    async with client.post(path, json=form, headers=headers) as answer:
        return (204, "") if answer.status == 204 else await problem(answer)


async def shown(client: Client, path: str) -> tuple[int, Json]:
    async with client.get(path) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_a_person_sets_a_new_password_once_and_is_told(
    client: Client, admin: Person, cat: Person
) -> None:
    code = await makes(admin)
    status, seen = await shown(client, f"/api/reset/{code}")
    assert (status, seen["user"], seen["created_by"]) == (200, "cat", "ben")
    assert "code" not in seen
    async with cat.listening() as inbox:
        assert await uses(client, code) == (204, "")
        assert await inbox.closed() == 4401
    assert await cat.refused("GET", "/api/rooms") == (401, "unauthenticated")
    assert (await sign_in(client, "cat", PASSWORD))[0] == 401
    status, told = await sign_in(client, "cat", NEW)
    assert (status, told["password_reset"]["created_by"]) == (200, "ben")
    assert "password_reset" not in (await sign_in(client, "cat", NEW))[1]
    assert await uses(client, code, "quite another password") == ENDED
    assert (await shown(client, f"/api/reset/{code}"))[0] == 404


async def test_a_link_signs_nobody_in(client: Client, admin: Person, cat: Person) -> None:
    path = f"/api/reset/{await makes(admin)}"
    headers = {"Origin": own_origin(client)}
    async with client.post(path, json={"password": NEW}, headers=headers) as answer:
        assert (answer.status, await answer.text()) == (204, "")
        assert "Set-Cookie" not in answer.headers


async def test_who_made_a_link_or_is_somebody_else_does_not_use_it(
    client: Client, ann: Person, admin: Person, cat: Person
) -> None:
    code = await makes(admin)
    program, _ = await with_token(admin)
    for other in (admin, ann, program):
        assert await uses(client, code, **other.headers) == (403, "forbidden")
    cookie = {"Cookie": f"hearth_session={admin.token}", "Origin": own_origin(client)}
    assert await uses(client, code, **cookie) == (403, "forbidden")
    assert (await sign_in(client, "cat", PASSWORD))[0] == 200
    assert await uses(client, code, **cat.headers) == (204, "")


async def test_only_owners_reset_owners_and_admins(
    client: Client, ann: Person, admin: Person, cat: Person
) -> None:
    assert await admin.refused("POST", "/api/users/ann/reset") == (403, "forbidden")
    assert await cat.refused("POST", "/api/users/ben/reset") == (403, "forbidden")
    assert await ann.refused("POST", "/api/users/ann/reset") == (409, "conflict")
    await makes_bot(ann)
    assert await ann.refused("POST", "/api/users/echo/reset") == (409, "conflict")
    assert await uses(client, await makes(ann, "ben")) == (204, "")


@pytest.mark.parametrize(
    "change",
    [
        ("ann", "PATCH", "/api/users/ben", {"role": "member"}),
        ("ann", "PATCH", "/api/users/ben", {"disabled": True}),
        ("ann", "PATCH", "/api/users/cat", {"role": "admin"}),
        ("ann", "PATCH", "/api/users/cat", {"disabled": True}),
        ("cat", "POST", "/api/auth/password", {"current": PASSWORD, "password": NEW}),
        ("ben", "POST", "/api/users/cat/reset", None),
    ],
    ids=str,
)
async def test_a_link_ends_with_what_it_was_made_for(
    client: Client, ann: Person, admin: Person, cat: Person, change: tuple[Any, ...]
) -> None:
    code = await makes(admin)
    who, *asked = change
    await {"ann": ann, "ben": admin, "cat": cat}[who].does(*asked)
    assert (await shown(client, f"/api/reset/{code}"))[0] == 404
    assert await uses(client, code, "quite another password") == ENDED
    await ann.does("PATCH", "/api/users/cat", {"disabled": False})
    assert await uses(client, code, "quite another password") == ENDED


async def test_a_link_ends_after_a_day(
    client: Client, app: web.Application, admin: Person, cat: Person
) -> None:
    code = await makes(admin)
    over = {"$set": {"reset.expires_at": resets.now() - timedelta(seconds=1)}}
    await app[SERVICES].db.users.update_one({"_id": "cat"}, over)
    assert await uses(client, code) == ENDED
    assert timedelta(hours=24) == resets.LASTS


async def test_a_weak_password_leaves_the_link(
    client: Client, admin: Person, cat: Person
) -> None:
    code = await makes(admin)
    for weak in ("short", "elizabeth", "cat-cat-cat"):
        assert await uses(client, code, weak) == (400, "invalid")
    assert await uses(client, code, Origin="https://evil.example") == (403, "forbidden")
    assert await uses(client, code) == (204, "")


async def test_guessing_at_links_is_counted(client: Client, admin: Person) -> None:
    found = [(await uses(client, f"guess{n}"))[0] for n in range(2)]
    assert found == [404, 404]
    assert (await shown(client, "/api/reset/guess"))[0] == 404


async def test_the_code_is_stored_nowhere(
    app: web.Application, admin: Person, cat: Person
) -> None:
    code = await makes(admin)
    assert code not in str(await app[SERVICES].db.users.find_one({"_id": "cat"}))


async def test_the_link_leads_to_the_web_client(client: Client) -> None:
    async with client.get("/reset/a-code", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "../#/reset/a-code")


async def test_an_operators_link_needs_no_account_and_tells_nobody_off(
    client: Client, app: web.Application, cat: Person
) -> None:
    _, code = await resets.create(app[SERVICES].db, "cat", "")
    assert (await shown(client, f"/api/reset/{code}"))[1]["created_by"] == ""
    assert await uses(client, code) == (204, "")
    assert "password_reset" not in (await sign_in(client, "cat", NEW))[1]
