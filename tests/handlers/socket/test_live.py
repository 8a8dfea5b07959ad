"""What is live but no message: typing, presence, read marks, signals, rooms and people."""

import asyncio

import pytest

import hub
from tests.people import Person


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "AWAY_SECONDS", 0.2)
    monkeypatch.setattr(hub, "PRESENCE_SECONDS", 0.1)


async def test_others_see_that_somebody_types(ann: Person, ben: Person) -> None:
    async with ann.listening() as anns, ben.listening() as bens:
        await anns.say({"type": "typing", "room": "general"})
        assert await bens.next("typing") == {
            "type": "typing",
            "room": "general",
            "user": "ann",
        }
        assert await anns.until_pong("typing") == []


async def test_nobody_types_where_they_are_no_member(ann: Person, ben: Person) -> None:
    await ann.makes("attic", "private")
    async with ann.listening() as anns, ben.listening() as bens:
        await bens.say({"type": "typing", "room": "attic"})
        assert (await bens.next("error"))["code"] == "not_found"
        assert await anns.until_pong("typing") == []


@pytest.mark.usefixtures("at_once")
async def test_people_come_and_go(ann: Person, ben: Person) -> None:
    async with ann.listening() as inbox:
        async with ben.listening():
            assert "ben" in (await inbox.next("presence"))["online"]
        assert (await inbox.next("presence"))["away"] == ["ben"]


@pytest.mark.usefixtures("at_once")
async def test_a_reconnect_is_no_absence(
    ann: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "AWAY_SECONDS", 3.0)  # time to reconnect, on a busy machine
    async with ann.listening() as inbox:
        async with ben.listening():
            await inbox.next("presence")
        async with ben.listening():
            await asyncio.sleep(3.3)
            assert await inbox.until_pong("presence") == []


async def test_comings_are_gathered(ann: Person, ben: Person, cat: Person) -> None:
    async with ann.listening() as inbox, ben.listening(), cat.listening():
        assert (await inbox.next("presence"))["online"] == ["ann", "ben", "cat"]


async def test_a_read_mark_reaches_the_other_devices(ann: Person, ben: Person) -> None:
    for text in ("one", "two @ben", "three"):
        await ann.says("general", text)
    async with (
        ben.listening() as laptop,
        ben.listening() as phone,
        ann.listening() as other,
    ):
        await laptop.say({"type": "read", "room": "general", "seq": 1})
        moved = await phone.next("read")
        assert moved == {
            "type": "read", "room": "general", "seq": 1, "unread": 2, "mentions": 1,
            "version": 1,
        }  # fmt: skip
        assert await other.until_pong("read") == []


async def test_a_read_mark_moves_only_forward_unless_it_is_meant(
    ann: Person, ben: Person
) -> None:
    for text in ("one", "two"):
        await ann.says("general", text)
    async with ben.listening() as inbox:
        for seq in (2, 1, 99):
            await inbox.say({"type": "read", "room": "general", "seq": seq})
            assert (await inbox.next("read"))["seq"] == 2


async def test_a_signal_reaches_one_user_only(
    ann: Person, ben: Person, cat: Person
) -> None:
    async with ann.listening() as a, ben.listening() as b, cat.listening() as c:
        await a.say({"type": "signal", "to": "ben", "data": {"offer": [1, 2]}})
        assert await b.next("signal") == {
            "type": "signal", "from": "ann", "connection": a.welcome["connection"],
            "data": {"offer": [1, 2]},
        }  # fmt: skip
        assert await c.until_pong("signal") == []
        await a.say({"type": "signal", "to": "dan", "data": 1})
        assert (await a.next("error"))["code"] == "not_found"


async def test_who_shares_no_room_gets_no_signal(ann: Person, ben: Person) -> None:
    await ben.does("DELETE", "/api/rooms/general/members/me", status=204)
    async with ann.listening() as a, ben.listening() as b:
        await a.say({"type": "signal", "to": "ben", "data": 1})
        assert (await a.next("error"))["code"] == "not_found"
        assert await b.until_pong("signal") == []


async def test_who_is_invited_hears_the_room_at_once(ann: Person, ben: Person) -> None:
    async with ben.listening() as inbox:
        await ann.makes("attic", "private", "ben")
        assert (await inbox.next("room", name="attic"))["role"] == "member"
        await ann.says("attic", "welcome")
        assert (await inbox.next("message"))["room"] == "attic"


async def test_members_hear_who_joins_and_leaves(ann: Person, ben: Person) -> None:
    await ann.makes("porch")
    async with ann.listening() as inbox:
        await ben.does("PUT", "/api/rooms/porch/members/me", status=201)
        assert (await inbox.next("member"))["joined"] is True
        await ben.does("DELETE", "/api/rooms/porch/members/me", status=204)
        assert await inbox.next("member") == {
            "type": "member", "room": "porch", "user": "ben", "joined": False, "version": 2
        }  # fmt: skip


async def test_members_hear_that_a_room_has_changed(ann: Person, ben: Person) -> None:
    await ann.makes("porch", "public", "ben")
    async with ben.listening() as inbox:
        await ann.does(
            "PATCH", "/api/rooms/porch", {"title": "The porch", "archived": True}
        )
        assert (await inbox.next("room"))["title"] == "The porch"


async def test_a_favourite_reaches_the_other_devices(ann: Person) -> None:
    async with ann.listening() as inbox:
        await ann.does("PUT", "/api/rooms/general/favorite", status=204)
        assert (await inbox.next("room"))["favorite"] is True


async def test_everybody_hears_of_a_new_name(ann: Person, ben: Person) -> None:
    async with ann.listening() as inbox:
        await ben.does("PATCH", "/api/users/me", {"display_name": "Benjamin"})
        assert (await inbox.next("user"))["display_name"] == "Benjamin"
