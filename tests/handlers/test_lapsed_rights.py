"""Rights do not widen, and what somebody made ends with their right to make it."""

from typing import Any

import pytest
from aiohttp import web

from handlers.services import SERVICES
from tests.conftest import Client
from tests.people import Person, sign_in
from tests.programs import makes_bot, with_token

FORBIDDEN = (403, "forbidden")
TOLD = "ben has made a new key to me."
LAPSES = [{"role": "member"}, {"disabled": True}]


async def test_an_admin_reads_no_private_room_by_a_bot_in_it(
    ann: Person, admin: Person, cat: Person
) -> None:
    await makes_bot(ann)
    await cat.makes("attic", "private", "echo")
    await cat.says("attic", "a secret")
    assert await admin.refused("POST", "/api/tokens", {"user": "echo"}) == FORBIDDEN
    assert [each["text"] for each in await cat.page("attic")] == ["a secret"]


async def test_who_is_in_a_room_with_a_bot_is_told_of_its_new_keys(
    ann: Person, admin: Person, cat: Person
) -> None:
    await makes_bot(admin)
    await cat.makes("attic", "private", "echo")
    await cat.makes("cellar", "private", "echo")
    await cat.does("PATCH", "/api/rooms/cellar", {"archived": True})
    async with cat.listening() as inbox:
        await with_token(admin, user="echo")
        assert (await inbox.next("message", room="attic"))["text"] == TOLD
    assert [each["text"] for each in await cat.page("general")] == [TOLD]
    assert await cat.page("cellar") == []


async def test_owners_make_keys_to_every_bot(ann: Person, admin: Person) -> None:
    await makes_bot(admin)
    program, _ = await with_token(ann, user="echo")
    assert await program.rooms()


@pytest.mark.parametrize("lapse", LAPSES, ids=str)
async def test_invites_end_with_the_right_to_make_them(
    client: Client, ann: Person, admin: Person, lapse: dict[str, Any]
) -> None:
    mine = await ann.does("POST", "/api/invites", {"uses": 5}, status=201)
    await admin.does("POST", "/api/invites", {"uses": 5}, status=201)
    await ann.does("PATCH", "/api/users/ben", lapse)
    left = (await ann.does("GET", "/api/invites"))["invites"]
    assert [each["id"] for each in left] == [mine["id"]]
    await ann.does("PATCH", "/api/users/ben", {"role": "admin", "disabled": False})
    assert len((await ann.does("GET", "/api/invites"))["invites"]) == 1


@pytest.mark.parametrize("lapse", LAPSES, ids=str)
async def test_keys_to_bots_end_with_the_right_to_make_them(
    ann: Person, admin: Person, lapse: dict[str, Any]
) -> None:
    first = await makes_bot(admin)
    anns, _ = await with_token(ann, user="echo")
    async with first.listening() as inbox, anns.listening() as other:
        await ann.does("PATCH", "/api/users/ben", lapse)
        assert await inbox.closed() == 4401
        assert await other.until_pong("error") == []
    assert await first.refused("GET", "/api/rooms") == (401, "unauthenticated")
    await ann.does("PATCH", "/api/users/ben", {"role": "admin", "disabled": False})
    assert await first.refused("GET", "/api/rooms") == (401, "unauthenticated")


async def test_an_owner_who_becomes_an_admin_keeps_the_keys_to_bots_of_their_own(
    ann: Person, admin: Person
) -> None:
    await ann.does("PATCH", "/api/users/ben", {"role": "owner"})
    own, others = await makes_bot(admin, "own"), await makes_bot(ann, "others")
    to_others, _ = await with_token(admin, user="others")
    await ann.does("PATCH", "/api/users/ben", {"role": "admin"})
    assert await own.rooms()
    assert await others.rooms()
    assert await to_others.refused("GET", "/api/rooms") == (401, "unauthenticated")


async def test_ones_own_keys_do_not_come_back_to_life(
    client: Client, ann: Person, ben: Person
) -> None:
    program, _ = await with_token(ben)
    await ann.does("PATCH", "/api/users/ben", {"disabled": True})
    await ann.does("PATCH", "/api/users/ben", {"disabled": False})
    assert await program.refused("GET", "/api/rooms") == (401, "unauthenticated")
    again = Person(client, "ben", (await sign_in(client, "ben"))[1]["access_token"])
    assert (await again.does("GET", "/api/tokens"))["tokens"] == []


async def test_keys_of_who_was_disabled_by_an_earlier_version_stay_dead(
    app: web.Application, ann: Person, ben: Person
) -> None:
    program, _ = await with_token(ben)
    db = app[SERVICES].db
    await db.users.update_one({"_id": "ben"}, {"$set": {"disabled": True}})
    db.cache.clear()
    await ann.does("PATCH", "/api/users/ben", {"disabled": False})
    assert await program.refused("GET", "/api/rooms") == (401, "unauthenticated")


async def test_a_bot_that_is_enabled_again_works_again(ann: Person) -> None:
    echo = await makes_bot(ann)
    for disabled in (True, False):
        await ann.does("PATCH", "/api/users/echo", {"disabled": disabled})
    assert await echo.rooms()
