"""Pins: what a room's members want all to find."""

import asyncio

from tests.people import Person

DEN = "/api/rooms/den"


async def pins(person: Person) -> list[int]:
    found = (await person.does("GET", f"{DEN}/pins"))["messages"]
    return [each["seq"] for each in found]


async def test_a_member_pins_a_message_and_all_hear(ben: Person, cat: Person) -> None:
    await ben.makes("den", "public", "cat")
    for text in ("one", "two", "three"):
        await ben.says("den", text)
    async with ben.listening() as inbox:
        pinned = await cat.does("PUT", f"{DEN}/messages/2/pin")
        assert (pinned["pinned"]["by"], pinned["rev"]) == ("cat", 4)
        assert await inbox.next("message") == pinned
        again = await ben.does("PUT", f"{DEN}/messages/2/pin")
        assert again == pinned  # It was, and nothing changed.
        await ben.does("PUT", f"{DEN}/messages/1/pin")
        assert await pins(cat) == [1, 2]
        await ben.does("PATCH", f"{DEN}/messages/2", {"text": "two, mended"})
        assert await pins(cat) == [1, 2]
        unpinned = await ben.does("DELETE", f"{DEN}/messages/1/pin")
        assert "pinned" not in unpinned
        assert (await inbox.next("message", rev=unpinned["rev"])) == unpinned
    await ben.does("DELETE", f"{DEN}/messages/2")
    assert await pins(cat) == []


async def test_who_was_away_learns_of_pins_by_resuming(ben: Person, cat: Person) -> None:
    await ben.makes("den", "public", "cat")
    await ben.says("den", "one")
    await ben.does("PUT", f"{DEN}/messages/1/pin")
    async with cat.listening(cursors={"den": 1}) as inbox:
        assert (await inbox.next("message"))["pinned"]["by"] == "ben"


async def test_a_room_has_at_most_fifty_pins_also_at_once(ben: Person) -> None:
    await ben.makes("den")
    for number in range(53):
        await ben.says("den", str(number))
    asked = [ben.ask("PUT", f"{DEN}/messages/{seq}/pin") for seq in range(1, 54)]
    statuses = [answer.status for answer in await asyncio.gather(*asked)]
    assert (statuses.count(200), statuses.count(409)) == (50, 3)
    left = statuses.index(409) + 1
    await ben.does("PUT", f"{DEN}/messages/{statuses.index(200) + 1}/pin")
    await ben.does("DELETE", f"{DEN}/messages/{statuses.index(200) + 1}/pin")
    await ben.does("PUT", f"{DEN}/messages/{left}/pin")


async def test_what_cannot_be_pinned(ann: Person, ben: Person, cat: Person) -> None:
    await ben.makes("den")
    await ben.says("den", "one")
    await ben.does("DELETE", f"{DEN}/messages/1")
    pin = f"{DEN}/messages/1/pin"
    assert await ben.refused("PUT", pin) == (409, "conflict")
    for path in (f"{DEN}/messages/2/pin", f"{DEN}/messages/x/pin"):
        assert await ben.refused("PUT", path) == (404, "not_found")
    for method, path in [("PUT", pin), ("DELETE", pin), ("GET", f"{DEN}/pins")]:
        assert await cat.refused(method, path) == (404, "not_found")
    await ben.does("PATCH", DEN, {"archived": True})
    assert await ben.refused("PUT", pin) == (409, "conflict")
