"""Signing up, changing the password, and which names and passwords are taken."""

import asyncio
import json
from typing import Any

import pytest

from tests.conftest import Client, Start
from tests.people import PASSWORD, Person, problem, sign_in, sign_up

NEW = "quite another password"


async def registered(client: Client, **form: Any) -> tuple[int, str]:
    """The status of signing up, and what kind of refusal it was."""
    given = {"name": "dan", "password": PASSWORD, **form}
    async with client.post("/api/auth/register", json=given) as answer:
        return (201, "") if answer.status == 201 else await problem(answer)


async def test_who_signs_up_is_signed_in_and_in_general(
    client: Client, ann: Person
) -> None:
    form = {"name": "dan", "password": PASSWORD, "display_name": "  Dan   D. "}
    async with client.post("/api/auth/register", json=form) as answer:
        content = await answer.json()
        assert answer.status == 201
    dan = Person(client, "dan", content["access_token"])
    assert content["token_type"] == "bearer"
    assert content["expires_in"] == 30 * 86_400
    assert content["user"].items() >= {
        "type": "user", "name": "dan", "display_name": "Dan D.", "role": "member",
        "disabled": False,
    }.items()  # fmt: skip
    assert (await dan.does("GET", "/api/auth/verify"))["user"] == content["user"]
    assert (await dan.room("general"))["role"] == "member"


async def test_without_a_display_name_the_name_is_shown(ann: Person) -> None:
    assert (await ann.does("GET", "/api/users/me"))["display_name"] == "ann"


@pytest.mark.parametrize("name", ["d", "0", "d" * 32, "dan.o-neil_2", "don"])
async def test_names_are_short_plain_words(client: Client, name: str) -> None:
    assert await registered(client, name=name) == (201, "")


@pytest.mark.parametrize(
    "name",
    ["", "Dan", "d" * 33, ".dan", "-dan", "dan smith", "dan\n", "dan\x00", "ｄan", "dän"]
    + ["dan\u200b", "dan~ann", "dan/ann", "$dan", "../dan", 5, None, ["dan"], {"$ne": ""}],
)
async def test_no_other_names_are_taken(client: Client, name: Any) -> None:
    assert await registered(client, name=name) == (400, "invalid")


@pytest.mark.parametrize(
    "name", ["me", "all", "admin", "everyone", "here", "system", "hook-1"]
)
async def test_some_names_are_nobodys(client: Client, name: str) -> None:
    assert await registered(client, name=name) == (400, "invalid")


async def test_a_name_is_given_once_even_in_a_race(client: Client) -> None:
    found = await asyncio.gather(*(registered(client) for _ in range(8)))
    assert sorted(found) == [(201, "")] + [(409, "conflict")] * 7


@pytest.mark.parametrize(
    "password",
    ["seven77", "", "x" * 257, "x" * 60_000, "aaaaaaaaaaaa", "dandandan", 12345678, None]
    + [{"$ne": None}],
    ids=lambda password: str(password)[:20],
)
async def test_bad_passwords_are_refused(client: Client, password: Any) -> None:
    found = await registered(client, name="dandandan", password=password)
    assert found == (400, "invalid")


async def test_the_fault_names_its_field(client: Client) -> None:
    form = {"name": "dan", "password": "short"}
    async with client.post("/api/auth/register", json=form) as answer:
        refusal = await answer.json(content_type=None)
    assert refusal["faults"] == [
        {"field": "password", "reason": "At least 8 characters are needed."}
    ]


@pytest.mark.parametrize(
    "password",
    [
        "eight boats 888",
        "correct horse " * 18,
        "\N{HAMMER} and anvil",
        "tab\tand\x00nul",
    ],
)
async def test_any_other_password_opens_the_account(client: Client, password: str) -> None:
    assert await registered(client, password=password) == (201, "")
    assert (await sign_in(client, "dan", password))[0] == 200


async def test_every_character_of_a_long_password_counts(client: Client) -> None:
    long = "a very long sentence about the sunflowers that stand behind our old barn in "
    first, second = f"{long}june", f"{long}july"
    await registered(client, password=first)
    assert (await sign_in(client, "dan", second))[0] == 401


async def test_256_characters_are_the_most(client: Client) -> None:
    most = ("sunflowers stand behind our old barn; " * 10)[:256]
    assert await registered(client, password=most) == (201, "")
    assert await registered(client, name="don", password=most + "e") == (
        400,
        "invalid",
    )


@pytest.mark.parametrize("field", ["name", "password", "display_name", "invite"])
async def test_a_lone_surrogate_is_no_text(client: Client, field: str) -> None:
    form = {"name": "dan", "password": "correct horse", field: "pass\ud800word"}
    body = json.dumps(form)
    async with client.post(
        "/api/auth/register", data=body, headers={"Content-Type": "application/json"}
    ) as answer:
        assert await problem(answer) == (400, "invalid")


@pytest.mark.parametrize("field", ["role", "_id", "founder", "disabled", "created_at"])
async def test_nobody_gives_themselves_more_than_they_are_asked_for(
    client: Client, field: str
) -> None:
    assert await registered(client, **{field: "owner"}) == (400, "invalid")


@pytest.mark.parametrize("shown", ["x" * 81, "two\nlines", "\x1b[31mred", "nul\x00"])
async def test_a_display_name_is_one_short_line(client: Client, shown: str) -> None:
    assert await registered(client, display_name=shown) == (400, "invalid")


async def test_a_new_password_ends_all_other_sessions(client: Client, ann: Person) -> None:
    phone = Person(client, "ann", (await sign_in(client, "ann"))[1]["access_token"])
    form = {"current": PASSWORD, "password": NEW}
    await ann.does("POST", "/api/auth/password", form, status=204)
    assert (await phone.refused("GET", "/api/auth/verify"))[0] == 401
    await ann.does("GET", "/api/auth/verify")
    assert (await sign_in(client, "ann"))[0] == 401
    assert (await sign_in(client, "ann", NEW))[0] == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"current": "not this one", "password": NEW}, 403),
        ({"current": PASSWORD, "password": "short"}, 400),
        ({"current": PASSWORD, "password": "x" * 257}, 400),
        ({"password": NEW}, 400),
        ({"current": {"$ne": ""}, "password": NEW}, 400),
        ({"current": PASSWORD, "password": NEW, "user": "ben"}, 400),
    ],
)
async def test_a_password_is_changed_only_with_the_current_one(
    client: Client, ann: Person, form: dict[str, Any], status: int
) -> None:
    assert (await ann.refused("POST", "/api/auth/password", form))[0] == status
    assert (await sign_in(client, "ann"))[0] == 200


async def test_the_current_password_cannot_be_guessed_for_ever(start: Start) -> None:
    ann = await sign_up(await start(sign_ins=3), "ann")
    form = {"current": "wrong guess", "password": NEW}
    found = [(await ann.refused("POST", "/api/auth/password", form))[0] for _ in range(4)]
    assert found == [403, 403, 403, 429]


async def test_failed_sign_ups_are_counted(start: Start) -> None:
    client = await start(sign_ins=3)
    await sign_up(client, "dan")
    found = [(await registered(client))[0] for _ in range(4)]
    assert found == [409, 409, 409, 429]


async def test_whole_teams_may_sign_up_from_one_address(start: Start) -> None:
    client = await start(sign_ins=2)
    for number in range(5):
        assert await registered(client, name=f"dan{number}") == (201, "")
