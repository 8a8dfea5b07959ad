"""People: who sees whom, and who may change what about whom."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Client
from tests.people import Person, sign_in, sign_up

PEOPLE = {"ann": "owner", "oz": "owner", "ada": "admin", "al": "admin", "ben": "member"}


@pytest.fixture
async def dan(client: Client, ann: Person) -> Person:
    return await sign_up(client, "dan")


@pytest.fixture
async def people(client: Client, ann: Person) -> dict[str, Person]:
    """Two owners, two admins and two members."""
    found = {"ann": ann}
    for name in ("oz", "ada", "al", "ben", "bo"):
        found[name] = await sign_up(client, name)
        role = {"role": PEOPLE.get(name, "member")}
        await ann.does("PATCH", f"/api/users/{name}", role)
    return found


async def test_everybody_sees_everybody_by_name(ann: Person, dan: Person) -> None:
    found = (await dan.does("GET", "/api/users"))["users"]
    assert [each["name"] for each in found] == ["ann", "dan"]
    assert found[0].keys() == {
        "type", "name", "display_name", "role", "disabled", "created_at",
        "version",
    }  # fmt: skip
    assert await dan.does("GET", "/api/users/ann") == found[0]
    assert await dan.does("GET", "/api/users/me") == found[1]


@pytest.mark.parametrize("name", ["zoe", "Ann", "%00", "%ff", "%ed%a0%80", "$ne", "x" * 99])
async def test_nobody_else_is_there(ann: Person, name: str) -> None:
    assert await ann.refused("GET", f"/api/users/{name}") == (404, "not_found")
    changed = await ann.refused("PATCH", f"/api/users/{name}", {"disabled": True})
    assert changed == (404, "not_found")


async def test_people_choose_their_own_display_name(ann: Person, dan: Person) -> None:
    await dan.does("PATCH", "/api/users/me", {"display_name": " <b>Dan</b>\u202e  D "})
    found = await ann.does("GET", "/api/users/dan")
    assert found["display_name"] == "<b>Dan</b> D"
    refused = await ann.refused("PATCH", "/api/users/dan", {"display_name": "Silly"})
    assert refused == (403, "forbidden")


@pytest.mark.parametrize(
    "form",
    [
        {"display_name": ""},
        {"display_name": "   "},
        {"display_name": "x" * 81},
        {"display_name": None},
        {"display_name": "two\nlines"},
        {"role": "god"},
        {"role": "bot"},
        {"role": None},
        {"disabled": "yes"},
        {"disabled": 1},
        {"disabled": {"$ne": True}},
        {"password_hash": "x"},
        {"founder": True},
        {"name": "dan"},
        [],
    ],
    ids=str,
)
async def test_odd_changes_are_refused(ann: Person, form: Any) -> None:
    before = await ann.does("GET", "/api/users/me")
    assert await ann.refused("PATCH", "/api/users/me", form) == (400, "invalid")
    assert await ann.does("GET", "/api/users/me") == before


ROLES = [
    ("ben", "bo", {"role": "admin"}, 403),
    ("ben", "ben", {"role": "admin"}, 403),
    ("ben", "bo", {"disabled": True}, 403),
    ("ben", "ann", {"disabled": True}, 403),
    ("ada", "ben", {"disabled": True}, 200),
    ("ada", "ben", {"role": "member"}, 200),
    ("ada", "ben", {"role": "admin"}, 403),
    ("ada", "ben", {"role": "owner"}, 403),
    ("ada", "ada", {"role": "owner"}, 403),
    ("ada", "al", {"role": "member"}, 403),
    ("ada", "al", {"disabled": True}, 403),
    ("ada", "ann", {"role": "member"}, 403),
    ("ada", "ann", {"disabled": True}, 403),
    ("ann", "ben", {"role": "admin"}, 200),
    ("ann", "ben", {"role": "owner"}, 200),
    ("ann", "ada", {"role": "member"}, 200),
    ("ann", "ada", {"disabled": True}, 200),
    ("ann", "oz", {"role": "member"}, 200),
    ("ann", "oz", {"disabled": True}, 200),
    ("ann", "ann", {"role": "member"}, 200),
    ("ann", "ann", {"disabled": True}, 200),
]


@pytest.mark.parametrize(("asker", "whom", "form", "status"), ROLES, ids=str)
async def test_who_may_make_what_of_whom(
    people: dict[str, Person], asker: str, whom: str, form: dict[str, Any], status: int
) -> None:
    async with await people[asker].ask("PATCH", f"/api/users/{whom}", form) as answer:
        assert answer.status == status, await answer.text()
    other = people["oz" if whom == "ann" else "ann"]
    found = await other.does("GET", f"/api/users/{whom}")
    was = {"role": PEOPLE.get(whom, "member"), "disabled": False}
    assert found.items() >= (form if status == 200 else was).items()


async def test_a_refused_change_changes_nothing_at_all(dan: Person) -> None:
    form = {"display_name": "Boss", "role": "owner"}
    assert (await dan.refused("PATCH", "/api/users/me", form))[0] == 403
    assert (await dan.does("GET", "/api/users/me"))["display_name"] == "dan"


async def test_who_is_disabled_is_signed_out_everywhere(
    client: Client, ann: Person, dan: Person
) -> None:
    phone = Person(client, "dan", (await sign_in(client, "dan"))[1]["access_token"])
    async with dan.listening() as inbox:
        _, code = await asyncio.gather(
            ann.does("PATCH", "/api/users/dan", {"disabled": True}), inbox.closed()
        )
        assert code == 4401
    assert (await dan.refused("GET", "/api/users/me"))[0] == 401
    assert (await phone.refused("GET", "/api/users/me"))[0] == 401
    assert (await sign_in(client, "dan"))[0] == 401


async def test_who_is_enabled_again_signs_in_again(
    client: Client, ann: Person, dan: Person
) -> None:
    for disabled in (True, False):
        await ann.does("PATCH", "/api/users/dan", {"disabled": disabled})
    assert (await dan.refused("GET", "/api/users/me"))[0] == 401
    assert (await sign_in(client, "dan"))[0] == 200


@pytest.mark.parametrize(
    "form", [{"role": "member"}, {"role": "admin"}, {"disabled": True}]
)
async def test_the_last_owner_stays_owner(ann: Person, form: dict[str, Any]) -> None:
    assert await ann.refused("PATCH", "/api/users/me", form) == (409, "conflict")
    assert (await ann.does("GET", "/api/users/me"))["role"] == "owner"


async def test_a_disabled_owner_is_nobodys_successor(ann: Person, dan: Person) -> None:
    await ann.does("PATCH", "/api/users/dan", {"role": "owner", "disabled": True})
    refused = await ann.refused("PATCH", "/api/users/me", {"role": "member"})
    assert refused == (409, "conflict")


async def test_two_last_owners_cannot_step_down_side_by_side(
    ann: Person, dan: Person
) -> None:
    await ann.does("PATCH", "/api/users/dan", {"role": "owner"})

    async def steps_down(person: Person) -> int:
        form = {"role": "member"}
        async with await person.ask("PATCH", "/api/users/me", form) as answer:
            return answer.status

    assert sorted(await asyncio.gather(steps_down(ann), steps_down(dan))) == [200, 409]


async def test_who_is_enabled_already_stays_signed_in(ann: Person, dan: Person) -> None:
    for name in ("ann", "dan"):
        await ann.does("PATCH", f"/api/users/{name}", {"disabled": False})
    await dan.says("general", "still here")
