"""Membership under one lock: races of rooms, and what is mended at the start."""

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import web

import handlers
from handlers.schemas.error_codes import STATUS
from handlers.services import SERVICES
from handlers.web.errors import error_event
from store import members, rooms
from store.errors import ApiError, Conflict, Invalid, NotFound
from tests.conftest import Start
from tests.people import SOON, Person, sign_up

HANDLERS = Path(handlers.__file__).parent
ROUNDS = 60  # of which some three ended with somebody in a room that was gone


async def test_nobody_joins_a_room_that_is_being_deleted(
    app: web.Application, ann: Person, ben: Person, cat: Person
) -> None:
    for number in range(ROUNDS):
        room = await ben.makes(f"den-{number}", "public", "ann")
        path = f"/api/rooms/{room}"
        await asyncio.gather(
            ben.ask("DELETE", path),
            cat.ask("PUT", f"{path}/members/me"),
            ann.ask("PUT", f"{path}/members/cat"),
        )
    db = app[SERVICES].db
    gone = {"_id.room": {"$in": await rooms.retired(db)}}
    assert await db.members.count_documents(gone) == 0


async def test_memberships_in_rooms_that_are_gone_are_swept_at_the_start(
    start: Start,
) -> None:
    client = await start()
    ben = await sign_up(client, "ben")
    await ben.makes("den")
    db = client.app[SERVICES].db
    await rooms.delete(db, await rooms.require(db, "den"))  # and then it crashed
    assert len(await members.of_user(db, "ben")) == 2
    await client.close()
    client = await start()
    db = client.app[SERVICES].db
    async with asyncio.timeout(SOON):
        while len(await members.of_user(db, "ben")) != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_newcomer_hears_the_rooms_that_they_are_settled_in(
    ann: Person, ben: Person
) -> None:
    async with ben.listening() as inbox:
        await sign_up(ben.client, "dan")
        told = [await inbox.next("user"), await inbox.next("member")]
    assert [each.get("name", each.get("user")) for each in told] == ["dan", "dan"]
    assert (told[1]["room"], told[1]["joined"]) == ("general", True)


@pytest.mark.parametrize(
    ("pattern", "where"),
    [
        (r"\bmembers\.(?:add|remove|remove_all|give_role|ensure_owner)\(", "membership.py"),
        (r"\bmembership_lock\b", "membership.py services/__init__.py"),
        # What is handed to the log goes through the one helper that checks the right last.
        (r"\blog\.(?:post|change)\(", ""),
    ],
)
def test_what_is_ordered_has_one_place(pattern: str, where: str) -> None:
    found = {
        path.relative_to(HANDLERS).as_posix()
        for path in HANDLERS.rglob("*.py")
        if re.search(pattern, path.read_text())
    }
    assert found <= set(where.split())


@pytest.mark.parametrize("parent", [Invalid, NotFound, Conflict])
def test_a_kind_of_refusal_is_worded_like_its_parent(parent: type[ApiError]) -> None:
    kind = type("Odd", (parent,), {})
    assert error_event(kind("so")).code == STATUS[parent][1]
