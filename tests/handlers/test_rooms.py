"""Rooms: making, finding, changing, archiving and deleting them."""

from typing import Any

import pytest
from aiohttp import web

from handlers.services import SERVICES
from tests.conftest import Start
from tests.people import Person, sign_up


async def test_who_makes_a_room_owns_it(ben: Person, cat: Person) -> None:
    form = {"name": "den", "title": " The   den ", "topic": "Naps", "members": ["cat"]}
    den = await ben.does("POST", "/api/rooms", form, status=201)
    assert den.items() >= {
        "type": "room", "name": "den", "title": "The den", "topic": "Naps",
        "kind": "public", "archived": False, "created_by": "ben", "seq": 0, "rev": 0,
        "role": "owner", "read": 0, "unread": 0, "mentions": 0, "favorite": False,
        "notify": "mentions",
    }.items()  # fmt: skip
    assert (await cat.room("den"))["role"] == "member"


async def test_a_title_left_out_is_the_name(ben: Person) -> None:
    await ben.does("POST", "/api/rooms", {"name": "den", "title": "  "}, status=201)
    assert (await ben.room("den"))["title"] == "den"


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"name": "Den"},
        {"name": "ann~ben"},
        {"name": "d" * 33},
        {"name": "../den"},
        {"name": "den\n"},
        {"name": {"$ne": None}},
        {"name": "den", "kind": "direct"},
        {"name": "den", "kind": "secret"},
        {"name": "den", "title": "x" * 81},
        {"name": "den", "topic": "x" * 301},
        {"name": "den", "topic": "two\nlines"},
        {"name": "den", "members": "cat"},
        {"name": "den", "members": ["cat"] * 201},
        {"name": "den", "members": [{"$ne": 1}]},
        {"name": "den", "created_by": "ann"},
        {"name": "den", "archived": True},
    ],
    ids=lambda form: str(form)[:50],
)
async def test_odd_rooms_are_not_made(ben: Person, form: dict[str, Any]) -> None:
    assert await ben.refused("POST", "/api/rooms", form) == (400, "invalid")
    assert [each["name"] for each in await ben.rooms()] == ["general"]


async def test_a_room_with_somebody_unknown_is_not_made(ben: Person) -> None:
    form = {"name": "den", "members": ["zoe"]}
    assert await ben.refused("POST", "/api/rooms", form) == (404, "not_found")
    assert await ben.refused("GET", "/api/rooms/den") == (404, "not_found")


async def test_a_name_is_given_once(ben: Person, cat: Person) -> None:
    await ben.makes("den", "private")
    assert await cat.refused("POST", "/api/rooms", {"name": "den"}) == (409, "conflict")
    assert await cat.refused("GET", "/api/rooms/den") == (404, "not_found")


async def test_a_list_has_mine_with_their_last_message_and_the_public_ones(
    ben: Person, cat: Person
) -> None:
    await ben.makes("den")
    await ben.makes("lair", "private")
    await ben.does("PUT", "/api/rooms/ben~cat")
    said = await ben.says("general", "hello")
    found = {each["name"]: each for each in await cat.rooms()}
    assert list(found) == ["ben~cat", "general", "den"]
    assert found["general"]["last_message"] == said
    assert found["ben~cat"]["last_message"] is None
    assert found["den"]["role"] is None
    assert not {"last_message", "unread", "read", "favorite"} & found["den"].keys()


async def test_a_public_room_is_seen_and_a_private_one_is_not(
    ben: Person, cat: Person
) -> None:
    await ben.makes("den")
    await ben.makes("lair", "private")
    assert (await cat.room("den"))["role"] is None
    assert await cat.refused("GET", "/api/rooms/lair") == (404, "not_found")


async def test_its_owners_and_admins_change_a_room(
    ann: Person, ben: Person, cat: Person
) -> None:
    await ben.makes("den", "private", "ann", "cat")
    changed = await ann.does("PATCH", "/api/rooms/den", {"topic": "New", "title": " A  b "})
    assert (changed["topic"], changed["title"]) == ("New", "A b")
    refused = await cat.refused("PATCH", "/api/rooms/den", {"topic": "Mine"})
    assert refused == (403, "forbidden")
    assert (await cat.room("den"))["topic"] == "New"
    assert (await ben.does("PATCH", "/api/rooms/den", {"title": ""}))["title"] == "den"
    assert await ben.does("PATCH", "/api/rooms/den", {}) == await ben.room("den")


@pytest.mark.parametrize(
    "form",
    [{"archived": "yes"}, {"archived": None}, {"kind": "public"}, {"name": "x"}]
    + [{"title": "x" * 81}, {"topic": None}, {"title": {"$set": 1}}],
    ids=str,
)
async def test_odd_changes_are_refused(ben: Person, form: dict[str, Any]) -> None:
    await ben.makes("den")
    assert await ben.refused("PATCH", "/api/rooms/den", form) == (400, "invalid")


async def test_an_archived_room_is_read_and_not_written(ben: Person, cat: Person) -> None:
    await ben.makes("den", "public", "cat")
    await ben.says("den", "hello")
    await ben.does("PATCH", "/api/rooms/den", {"archived": True})
    one = "/api/rooms/den/messages/1"
    for method, path, body in [
        ("POST", "/api/rooms/den/messages", {"text": "more"}),
        ("PATCH", one, {"text": "changed"}),
        ("DELETE", one, None),
        ("PUT", f"{one}/reactions/👍", None),
        ("PUT", "/api/rooms/den/members/ann", None),
    ]:
        assert await ben.refused(method, path, body) == (409, "conflict")
    assert [each["text"] for each in await cat.page("den")] == ["hello"]
    await cat.does("PUT", "/api/rooms/den/read", {"seq": 1})
    await cat.does("DELETE", "/api/rooms/den/members/me", status=204)
    await ben.does("PATCH", "/api/rooms/den", {"archived": False})
    await ben.says("den", "again")


async def test_a_deleted_room_is_gone_for_good(
    app: web.Application, ben: Person, cat: Person
) -> None:
    await ben.makes("den", "public", "cat")
    await ben.says("den", "hello")
    assert await cat.refused("DELETE", "/api/rooms/den") == (403, "forbidden")
    await ben.does("DELETE", "/api/rooms/den", status=204)
    for person in (ben, cat):
        assert await person.refused("GET", "/api/rooms/den") == (404, "not_found")
        assert await person.refused("GET", "/api/rooms/den/messages") == (404, "not_found")
        assert "den" not in [each["name"] for each in await person.rooms()]
    assert await app[SERVICES].db.messages.count_documents({"room": "den"}) == 0
    assert await app[SERVICES].db.members.count_documents({"_id.room": "den"}) == 0


async def test_the_name_of_a_deleted_room_is_not_used_again(
    ben: Person, cat: Person
) -> None:
    await ben.makes("den")
    await ben.does("DELETE", "/api/rooms/den")
    for person in (ben, cat):
        refused = await person.refused("POST", "/api/rooms", {"name": "den"})
        assert refused == (409, "conflict")


async def test_general_and_direct_rooms_stay(ann: Person, ben: Person) -> None:
    await ann.does("PUT", "/api/rooms/ann~ben")
    for room in ("general", "ann~ben"):
        assert await ann.refused("DELETE", f"/api/rooms/{room}") == (409, "conflict")
        form = {"archived": True}
        assert await ann.refused("PATCH", f"/api/rooms/{room}", form) == (409, "conflict")


async def test_nobody_makes_or_joins_more_rooms_than_one_may(start: Start) -> None:
    client = await start(rooms=2, new_rooms=100)
    ben, cat = [await sign_up(client, name) for name in ("ben", "cat")]
    await ben.makes("den")
    await ben.makes("lair")
    await cat.makes("nest")
    for method, path, body in [
        ("POST", "/api/rooms", {"name": "hall"}),
        ("PUT", "/api/rooms/ben~cat", None),
        ("PUT", "/api/rooms/nest/members/me", None),
    ]:
        assert await ben.refused(method, path, body) == (409, "conflict")
    await ben.does("DELETE", "/api/rooms/den/members/me")
    await ben.does("PUT", "/api/rooms/ben~cat", status=201)


async def test_nobody_is_filled_up_by_others(start: Start) -> None:
    client = await start(rooms=2, new_rooms=100)
    ben, cat, dan = [await sign_up(client, name) for name in ("ben", "cat", "dan")]
    for number in range(2):
        await ben.makes(f"den-{number}", "private", "cat")
    await dan.makes("lair", "private", "cat")
    await dan.does("PUT", "/api/rooms/cat~dan", status=201)
    await cat.does("PUT", "/api/rooms/ben~cat", status=201)
    await cat.makes("nest")
    assert len([room for room in await cat.rooms() if room["role"]]) == 7


async def test_rooms_made_and_people_invited_have_a_daily_limit(start: Start) -> None:
    client = await start(new_rooms=1)
    people = [await sign_up(client, f"dan{number}") for number in range(12)]
    ben, names = people[0], [each.name for each in people[1:]]
    await people[1].makes("hall")
    assert await ben.refused("POST", "/api/rooms", {"name": "hall"}) == (409, "conflict")
    await ben.makes("den", "public", *names[:9])
    invite = "/api/rooms/den/members/"
    await ben.does("PUT", invite + names[9], status=201)
    await ben.does("PUT", invite + names[9], status=200)
    assert await ben.refused("PUT", invite + names[10]) == (429, "too_many")
    for method, path, body in [
        ("POST", "/api/rooms", {"name": "lair"}),
        ("PUT", "/api/rooms/dan0~dan1", None),
    ]:
        assert await ben.refused(method, path, body) == (429, "too_many")
    await people[2].does("PUT", invite + names[10], status=201)
