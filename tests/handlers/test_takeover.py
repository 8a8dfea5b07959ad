"""Who owns a room: however it loses its owners, somebody takes over, or it closes."""

import asyncio

import pytest
from aiohttp import web

from handlers.membership import mend_at_start
from handlers.services import SERVICES
from pytest_hearth.hearth import Hearth
from store import members, rooms, users
from tests.conftest import Start
from tests.people import Person, sign_up
from tests.programs import makes_bot, makes_hook

ME = "/api/rooms/den/members/me"


async def roles(person: Person, room: str = "den") -> dict[str, str]:
    found = (await person.does("GET", f"/api/rooms/{room}/members"))["members"]
    return {each["user"]: each["role"] for each in found}


async def disable(ann: Person, name: str, *, disabled: bool = True) -> None:
    await ann.does("PATCH", f"/api/users/{name}", {"disabled": disabled})


@pytest.fixture
async def bot(ann: Person) -> Person:
    return await makes_bot(ann, "robo")


@pytest.fixture
async def den(ben: Person, cat: Person, bot: Person, ann: Person) -> str:
    """A private room of Ben's, into which the bot came first, then Cat, then Ann."""
    await ben.makes("den", "private")
    for name in ("robo", "cat", "ann"):
        await ben.does("PUT", f"/api/rooms/den/members/{name}")
    await ben.says("den", "hello")
    return "den"


@pytest.mark.parametrize("way", ["leaves", "is removed", "is disabled", "makes it a bot's"])
async def test_the_longest_standing_enabled_person_takes_over(
    den: str, ann: Person, ben: Person, cat: Person, way: str
) -> None:
    async with cat.listening() as inbox:
        match way:
            case "leaves":
                await ben.does("DELETE", ME)
            case "is removed":
                await ann.does("DELETE", "/api/rooms/den/members/ben")
            case "is disabled":
                await disable(ann, "ben")
            case _:
                owner = {"role": "owner"}
                await ben.does("PUT", "/api/rooms/den/members/robo", owner)
                await ben.does("DELETE", ME)
        assert (await inbox.next("member", role="owner", user="cat"))["room"] == "den"
        assert (await inbox.next("room", name="den"))["role"] == "owner"
    found = await roles(cat)
    assert (found["cat"], found["ann"]) == ("owner", "member")


async def test_nobody_disabled_takes_over(
    den: str, ann: Person, ben: Person, cat: Person
) -> None:
    await disable(ann, "cat")
    await ben.does("DELETE", ME)
    assert (await roles(ann))["ann"] == "owner"


async def test_an_owner_does_not_step_down_for_a_bot_or_somebody_disabled(
    den: str, ann: Person, ben: Person, cat: Person
) -> None:
    for name in ("robo", "cat"):
        await ben.does("PUT", f"/api/rooms/den/members/{name}", {"role": "owner"})
    await disable(ann, "cat")
    assert await ben.refused("PUT", ME, {"role": "member"}) == (409, "conflict")


async def test_who_is_enabled_again_owns_what_nobody_does(
    ann: Person, ben: Person, cat: Person
) -> None:
    await ben.makes("den", "private", "cat")
    await disable(ann, "cat")
    await disable(ann, "ben")
    await disable(ann, "cat", disabled=False)
    cat = await _back(cat)
    assert await roles(cat) == {"ben": "owner", "cat": "owner"}


async def _back(person: Person) -> Person:
    form = {"name": person.name, "password": "correct horse battery"}
    async with person.client.post("/api/auth/token", json=form) as answer:
        return Person(person.client, person.name, (await answer.json())["access_token"])


async def test_a_private_room_that_its_last_person_leaves_is_archived(
    app: web.Application, ann: Person, ben: Person, bot: Person
) -> None:
    await ben.makes("den", "private", "robo")
    hook = await makes_hook(ben, room="den")
    await ben.says("den", "hello")
    await ben.does("DELETE", ME)
    assert (await rooms.require(app[SERVICES].db, "den")).archived
    assert await hook.says({"text": "x"}) == (410, "channel_is_archived")


async def test_an_abandoned_room_is_deleted_by_the_servers_owners_unread(
    ann: Person, ben: Person, cat: Person
) -> None:
    for room in ("den", "lair"):
        await ben.makes(room, "private")
        await ben.says(room, "a secret")
    await ben.does("DELETE", ME)
    found = (await ann.does("GET", "/api/abandoned-rooms"))["rooms"]
    assert [(room["name"], room["seq"]) for room in found] == [("den", 1)]
    assert await cat.refused("GET", "/api/abandoned-rooms") == (403, "forbidden")
    for path in ("/api/rooms/den", "/api/rooms/den/messages", "/api/rooms/den/members"):
        assert await ann.refused("GET", path) == (404, "not_found")
    for person, room in [(cat, "den"), (ann, "lair")]:
        refused = await person.refused("DELETE", f"/api/rooms/{room}")
        assert refused == (404, "not_found")
    await ann.does("DELETE", "/api/rooms/den", status=204)
    assert (await ann.does("GET", "/api/abandoned-rooms"))["rooms"] == []


async def test_an_abandoned_room_is_handed_on_by_the_servers_owners_unread(
    ann: Person, ben: Person, cat: Person, bot: Person
) -> None:
    await ben.makes("den", "private")
    await ben.says("den", "a secret")
    await disable(ann, "ben")
    for name in ("me", "robo", "ben"):
        refused = await ann.refused("PUT", f"/api/rooms/den/members/{name}")
        assert refused == (409, "conflict")
    await ann.does("PUT", "/api/rooms/den/members/cat", status=201)
    assert (await roles(cat))["cat"] == "owner"
    assert await ann.refused("GET", "/api/rooms/den/messages") == (404, "not_found")
    refused = await ann.refused("PUT", "/api/rooms/den/members/ann")
    assert refused == (404, "not_found")


async def test_a_public_room_waits_for_whoever_joins(ben: Person, cat: Person) -> None:
    await ben.makes("den")
    await ben.says("den", "hello")
    await ben.does("DELETE", ME)
    await cat.joins("den")
    assert await roles(cat) == {"cat": "owner"}


@pytest.mark.parametrize("kind", ["public", "private"])
async def test_a_room_without_people_in_which_nothing_was_said_goes(
    app: web.Application, ben: Person, cat: Person, kind: str
) -> None:
    await ben.makes("den", kind)
    await ben.does("DELETE", ME)
    assert await rooms.find(app[SERVICES].db, "den") is None
    await cat.makes("den")
    await cat.says("den", "hello")
    assert await ben.refused("GET", "/api/rooms/den/messages") == (404, "not_found")


async def test_ownerless_rooms_find_their_owners_at_the_start(start: Start) -> None:
    client = await start()
    ben, _ = [await sign_up(client, name) for name in ("ben", "cat")]
    for room in ("den", "lair", "nest"):
        await ben.makes(room, "private", *(["cat"] if room == "den" else []))
        await ben.says(room, "hello")
    db = client.app[SERVICES].db
    await db.users.update_one({"_id": "ben"}, {"$set": {"disabled": True}})
    await db.members.delete_one({"_id": {"room": "nest", "user": "ben"}})
    await client.close()
    client = await start()
    db = client.app[SERVICES].db
    async with asyncio.timeout(10):
        while not (await rooms.require(db, "nest")).archived:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert (await members.require(db, "den", "cat")).role == "owner"
    assert not (await rooms.require(db, "lair")).archived  # Ben may come back.
    assert await users.find(db, "ben")


async def test_notes_to_oneself(ann: Person, ben: Person) -> None:
    room = await ann.does("PUT", "/api/rooms/ann~ann", status=201)
    assert (room["name"], room["kind"]) == ("ann~ann", "direct")
    await ann.does("PUT", "/api/rooms/ann~ann", status=200)
    await ann.says("ann~ann", "milk")
    assert await roles(ann, "ann~ann") == {"ann": "member"}
    for method in ("GET", "PUT"):
        refused = await ben.refused(method, "/api/rooms/ann~ann")
        assert refused == (404, "not_found")


async def test_writing_to_somebody_disabled_says_so(
    ann: Person, ben: Person, cat: Person
) -> None:
    for names in ("ann~ben", "ann~ben~cat"):
        await ann.does("PUT", f"/api/rooms/{names}")
        await ann.says(names, "hello")
    await disable(ann, "ben")
    for method, path, body in [
        ("POST", "/api/rooms/ann~ben/messages", {"text": "are you there?"}),
        ("POST", "/api/rooms/ann~ben/files?name=a.txt", None),
    ]:
        assert await ann.refused(method, path, body) == (409, "conflict")
    assert await cat.refused("PUT", "/api/rooms/ben~cat") == (409, "conflict")
    await ann.does("PUT", "/api/rooms/ann~ben", status=200)
    assert len(await ann.page("ann~ben")) == 1
    await ann.does("PATCH", "/api/rooms/ann~ben/messages/1", {"text": "hello, Ben"})
    await ann.says("ann~ben~cat", "Cat reads this")
    await disable(ann, "ben", disabled=False)
    await ann.says("ann~ben", "welcome back")


async def test_a_room_that_is_being_made_is_not_swept_away(
    app: web.Application, ann: Person
) -> None:
    services = app[SERVICES]
    async with (
        services.membership_lock
    ):  # A sweep waits, and then so does whoever makes it.
        sweep = asyncio.create_task(mend_at_start(services))
        await asyncio.sleep(0.05)
        made = asyncio.create_task(ann.does("POST", "/api/rooms", {"name": "den"}))
        await asyncio.sleep(0.5)
    await sweep
    assert (await made)["name"] == "den"
    assert await roles(ann) == {"ann": "owner"}


async def test_a_room_whose_making_broke_off_can_be_made_by_trying_again(
    hearth: Hearth,
) -> None:
    ann = await hearth.person("ann")
    hearth.database.cut_before("joined_at")
    form = {"name": "den", "kind": "private"}
    assert (await ann.refused("POST", "/api/rooms", form))[0] == 503
    await hearth.database.resume()
    await hearth.ready()
    assert await rooms.find(hearth.app[SERVICES].db, "den"), "it is half made"
    await ann.makes("den", "private")
    assert await roles(ann) == {"ann": "owner"}
