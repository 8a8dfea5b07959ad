"""Members: joining, inviting, leaving; roles, marks, favourites and what is unread."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

import store.members
from handlers.services import SERVICES
from tests.people import Person


@pytest.fixture
async def den(ben: Person) -> str:
    """A public room of Ben's."""
    return await ben.makes("den")


@pytest.fixture
async def lair(ben: Person, cat: Person) -> str:
    """A private room of Ben's, with Cat in it."""
    return await ben.makes("lair", "private", "cat")


async def members(person: Person, room: str) -> dict[str, str]:
    """The roles in a room."""
    found = (await person.does("GET", f"/api/rooms/{room}/members"))["members"]
    return {each["user"]: each["role"] for each in found}


async def test_anybody_joins_a_public_room(den: str, ben: Person, cat: Person) -> None:
    await ben.says(den, "before Cat came")
    member = await cat.does("PUT", f"/api/rooms/{den}/members/me", status=201)
    assert member.items() >= {
        "type": "member", "room": den, "user": "cat", "joined": True, "role": "member"
    }.items()  # fmt: skip
    assert await cat.does("PUT", f"/api/rooms/{den}/members/cat", status=200) == member
    assert [each["text"] for each in await cat.page(den)] == ["before Cat came"]
    assert (await cat.room(den))["unread"] == 0
    assert await members(cat, den) == {"ben": "owner", "cat": "member"}


async def test_any_member_invites(lair: str, ann: Person, ben: Person, cat: Person) -> None:
    await cat.does("PUT", f"/api/rooms/{lair}/members/ann", status=201)
    assert await members(ann, lair) == {"ann": "member", "ben": "owner", "cat": "member"}
    unknown = await cat.refused("PUT", f"/api/rooms/{lair}/members/zoe")
    assert unknown == (404, "not_found")


async def test_strangers_invite_nobody(den: str, lair: str, ann: Person) -> None:
    for room, name in [(den, "cat"), (lair, "me"), (lair, "ann"), (lair, "cat")]:
        refused = await ann.refused("PUT", f"/api/rooms/{room}/members/{name}")
        assert refused == (404, "not_found")


async def test_owners_and_admins_give_roles(
    lair: str, ann: Person, ben: Person, cat: Person
) -> None:
    role = {"role": "owner"}
    for name in ("me", "ann"):
        refused = await cat.refused("PUT", f"/api/rooms/{lair}/members/{name}", role)
        assert refused == (403, "forbidden")
    await ben.does("PUT", f"/api/rooms/{lair}/members/cat", role, status=200)
    await cat.does("PUT", f"/api/rooms/{lair}/members/ann", status=201)
    await ann.does("PUT", f"/api/rooms/{lair}/members/ben", {"role": "member"}, status=200)
    assert await members(ann, lair) == {"ann": "member", "ben": "member", "cat": "owner"}


async def test_somebody_new_may_come_as_an_owner(lair: str, ben: Person) -> None:
    path = f"/api/rooms/{lair}/members/ann"
    member = await ben.does("PUT", path, {"role": "owner"}, status=201)
    assert member["role"] == "owner"


async def test_the_last_owner_of_a_room_stays_owner(lair: str, ben: Person) -> None:
    path = f"/api/rooms/{lair}/members/me"
    assert await ben.refused("PUT", path, {"role": "member"}) == (409, "conflict")
    assert (await ben.room(lair))["role"] == "owner"


@pytest.mark.parametrize("form", [{"role": "admin"}, {"role": None}, {"read": 5}, []])
async def test_odd_roles_are_refused(lair: str, ben: Person, form: Any) -> None:
    path = f"/api/rooms/{lair}/members/cat"
    assert await ben.refused("PUT", path, form) == (400, "invalid")


async def test_who_leaves_is_a_stranger(lair: str, ben: Person, cat: Person) -> None:
    await cat.does("DELETE", f"/api/rooms/{lair}/members/me", status=204)
    assert await cat.refused("GET", f"/api/rooms/{lair}/messages") == (404, "not_found")
    assert await cat.refused("DELETE", f"/api/rooms/{lair}/members/me") == (
        404,
        "not_found",
    )
    assert await members(ben, lair) == {"ben": "owner"}


async def test_owners_and_admins_remove_others(
    lair: str, ann: Person, ben: Person, cat: Person
) -> None:
    await cat.does("PUT", f"/api/rooms/{lair}/members/ann")
    refused = await cat.refused("DELETE", f"/api/rooms/{lair}/members/ben")
    assert refused == (403, "forbidden")
    await ann.does("DELETE", f"/api/rooms/{lair}/members/cat", status=204)
    gone = await ben.refused("DELETE", f"/api/rooms/{lair}/members/cat")
    assert gone == (404, "not_found")
    status, _ = await cat.refused("POST", f"/api/rooms/{lair}/messages", {"text": "hi"})
    assert status == 404


async def test_when_the_last_owner_leaves_the_longest_standing_member_follows(
    lair: str, ann: Person, ben: Person, cat: Person
) -> None:
    await ben.does("PUT", f"/api/rooms/{lair}/members/ann")
    await ben.does("DELETE", f"/api/rooms/{lair}/members/me")
    assert await members(ann, lair) == {"ann": "member", "cat": "owner"}


async def test_two_last_owners_may_leave_side_by_side(
    lair: str, ann: Person, ben: Person, cat: Person
) -> None:
    await ben.does("PUT", f"/api/rooms/{lair}/members/ann")
    await ben.does("PUT", f"/api/rooms/{lair}/members/cat", {"role": "owner"})
    path = f"/api/rooms/{lair}/members/me"
    await asyncio.gather(ben.does("DELETE", path), cat.does("DELETE", path))
    assert await members(ann, lair) == {"ann": "owner"}


async def test_favourites_are_ones_own(lair: str, ben: Person, cat: Person) -> None:
    for method, expected in [("PUT", True), ("PUT", True), ("DELETE", False)]:
        await cat.does(method, f"/api/rooms/{lair}/favorite", status=204)
        assert (await cat.room(lair))["favorite"] is expected
    assert (await ben.room(lair))["favorite"] is False


async def test_one_chooses_what_to_be_told_of(lair: str, ben: Person, cat: Person) -> None:
    path = f"/api/rooms/{lair}/notify"
    await cat.does("PUT", path, {"notify": "nothing"}, status=204)
    assert (await cat.room(lair))["notify"] == "nothing"
    assert (await ben.room(lair))["notify"] == "mentions"
    for form in ({"notify": "loud"}, {}, {"notify": None}, {"notify": {"$ne": ""}}):
        assert await cat.refused("PUT", path, form) == (400, "invalid")


async def test_unread_is_what_came_after_the_mark(
    lair: str, ben: Person, cat: Person
) -> None:
    for text in ("one", "two @cat", "three @all", "four @CAT, `@cat` @cat"):
        await ben.says(lair, text)
    seen = await cat.room(lair)
    assert (seen["read"], seen["unread"], seen["mentions"]) == (0, 4, 3)
    moved = await cat.does("PUT", f"/api/rooms/{lair}/read", {"seq": 2})
    assert moved == {
        "type": "read", "room": lair, "seq": 2, "unread": 2, "mentions": 2, "version": 1
    }  # fmt: skip
    seen = await cat.room(lair)
    assert (seen["read"], seen["unread"], seen["mentions"]) == (2, 2, 2)
    assert (await ben.room(lair))["unread"] == 0


async def test_a_mark_only_moves_forward_and_not_beyond_the_head(
    lair: str, ben: Person, cat: Person
) -> None:
    path = f"/api/rooms/{lair}/read"
    assert (await cat.does("PUT", path, {"seq": 9}))["seq"] == 0
    for text in ("one", "two", "three"):
        await ben.says(lair, text)
    assert (await cat.does("PUT", path, {"seq": 2}))["seq"] == 2
    assert (await cat.does("PUT", path, {"seq": 1}))["seq"] == 2
    assert (await cat.does("PUT", path, {"seq": 2**53}))["seq"] == 3
    await ben.says(lair, "four")
    assert (await cat.room(lair))["unread"] == 1


@pytest.mark.parametrize("seq", [-1, 1.5, "1", None, True, 2**53 + 1, 2**64, {"$gt": 0}])
async def test_a_mark_is_a_number(lair: str, ben: Person, seq: Any) -> None:
    assert await ben.refused("PUT", f"/api/rooms/{lair}/read", {"seq": seq}) == (
        400,
        "invalid",
    )


async def test_a_mention_that_was_deleted_or_edited_away_does_not_count(
    lair: str, ben: Person, cat: Person
) -> None:
    for _ in range(3):
        await ben.says(lair, "@cat")
    await ben.does("DELETE", f"/api/rooms/{lair}/messages/1")
    await ben.does("PATCH", f"/api/rooms/{lair}/messages/2", {"text": "nothing"})
    seen = await cat.room(lair)
    assert (seen["unread"], seen["mentions"]) == (2, 1)


async def test_who_leaves_and_joins_at_once_is_told_last_what_is_true(
    den: str, ben: Person, cat: Person
) -> None:
    await cat.joins(den)
    path = f"/api/rooms/{den}/members/me"
    async with ben.listening() as inbox:
        for _ in range(20):
            await asyncio.gather(ben.ask("DELETE", path), ben.ask("PUT", path))
            told = await inbox.until_pong("room", "gone")
            is_in = "ben" in await members(cat, den)
            assert told[-1]["type"] == ("room" if is_in else "gone")
            await ben.joins(den)
            await cat.does("PUT", f"/api/rooms/{den}/members/ben", {"role": "owner"})
            await inbox.until_pong()


async def test_marks_that_move_at_once_are_all_kept(
    app: web.Application, lair: str, ben: Person, cat: Person, ann: Person
) -> None:
    await cat.does("PUT", f"/api/rooms/{lair}/members/ann")
    for number in range(20):
        await ben.says(lair, f"number {number}")
        seq = {"seq": number + 1}
        path = f"/api/rooms/{lair}/read"
        await asyncio.gather(*(each.does("PUT", path, seq) for each in (ann, cat)))
        await app[SERVICES].read_marks.flush()
        found = [(await each.room(lair))["unread"] for each in (ann, ben, cat)]
        assert found == [0, 0, 0]


async def test_marks_for_which_it_takes_several_commands_are_all_stored(
    app: web.Application,
    monkeypatch: pytest.MonkeyPatch,
    lair: str,
    ben: Person,
    cat: Person,
    ann: Person,
) -> None:
    monkeypatch.setattr(store.members, "MAX_MARKS", 2)
    await cat.does("PUT", f"/api/rooms/{lair}/members/ann")
    await ben.says(lair, "hello")
    for each in (ann, cat):
        await each.does("PUT", f"/api/rooms/{lair}/read", {"seq": 1})
    await app[SERVICES].read_marks.flush()
    stored = app[SERVICES].db.members.find({"_id.room": lair})
    assert [each["read"] async for each in stored] == [1, 1, 1]
