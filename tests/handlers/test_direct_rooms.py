"""Direct rooms: one for each set of people, and for nobody else."""

import asyncio

from tests.conftest import Client
from tests.people import Person, sign_up


async def test_a_direct_room_is_the_same_in_any_order_of_names(
    ann: Person, ben: Person, cat: Person
) -> None:
    room = await cat.does("PUT", "/api/rooms/cat~ben~ann~ben", status=201)
    assert (room["name"], room["kind"], room["role"]) == ("ann~ben~cat", "direct", "member")
    for person, names in [(ann, "ann~ben~cat"), (ben, "ben~cat~ann")]:
        again = await person.does("PUT", f"/api/rooms/{names}", status=200)
        assert again["name"] == "ann~ben~cat"


async def test_a_direct_room_opened_at_once_is_one(ann: Person, ben: Person) -> None:
    async def opens(person: Person) -> int:
        async with await person.ask("PUT", "/api/rooms/ben~ann") as answer:
            return answer.status

    found = await asyncio.gather(*(opens(each) for each in [ann, ben] * 4))
    assert sorted(found) == [200] * 7 + [201]


async def test_two_to_eight_are_in_a_direct_room(client: Client, ann: Person) -> None:
    names = [(await sign_up(client, f"dan{number}")).name for number in range(8)]
    full = "~".join(["ann", *names[:7]])
    await ann.does("PUT", f"/api/rooms/{full}", status=201)
    assert await ann.refused("PUT", f"/api/rooms/{full}~dan7") == (400, "invalid")
    for names_given in ("ann", "ann~", "~ann", "ann~zoe", "ann~me", "ann~Ben"):
        refused = await ann.refused("PUT", f"/api/rooms/{names_given}")
        assert refused == (404, "not_found")


async def test_nobody_opens_the_direct_rooms_of_others(
    ann: Person, ben: Person, cat: Person
) -> None:
    await ann.does("PUT", "/api/rooms/ann~ben")
    await ann.says("ann~ben", "a secret")
    for method, path in [
        ("PUT", ""), ("GET", ""), ("GET", "/messages"), ("GET", "/members"),
        ("PUT", "/members/me"), ("PUT", "/members/cat"), ("GET", "/changes"),
    ]:  # fmt: skip
        refused = await cat.refused(method, f"/api/rooms/ann~ben{path}")
        assert refused == (404, "not_found")
    assert "ann~ben" not in [each["name"] for each in await cat.rooms()]


async def test_a_direct_room_keeps_its_members(
    ann: Person, ben: Person, cat: Person
) -> None:
    await ann.does("PUT", "/api/rooms/ann~ben")
    for method, name in [("PUT", "cat"), ("DELETE", "ben"), ("DELETE", "me")]:
        status, _ = await ann.refused(method, f"/api/rooms/ann~ben/members/{name}")
        assert status in {403, 409}
    found = (await ann.does("GET", "/api/rooms/ann~ben/members"))["members"]
    assert [each["user"] for each in found] == ["ann", "ben"]
