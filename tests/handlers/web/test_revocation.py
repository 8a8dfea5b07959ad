"""Revocation: whoever may no more, hears and says nothing more, at once."""

import asyncio

import pytest

from tests.people import PASSWORD, Inbox, Person

GONE = {"type": "gone", "room": "attic"}


async def test_signing_out_closes_the_sockets_of_that_session_only(
    ann: Person, ben: Person
) -> None:
    async with ben.client.post(
        "/api/auth/token", json={"name": "ben", "password": PASSWORD}
    ) as answer:
        phone = Person(ben.client, "ben", (await answer.json())["access_token"])
    async with ben.listening() as inbox, phone.listening() as other:
        await ben.does("POST", "/api/auth/logout", status=204)
        assert await inbox.closed() == 4401
        assert await other.until_pong("error") == []
    assert await ben.refused("GET", "/api/rooms") == (401, "unauthenticated")


async def test_ending_another_session_closes_its_sockets(ann: Person) -> None:
    async with ann.client.post(
        "/api/auth/token", json={"name": "ann", "password": PASSWORD}
    ) as answer:
        lost = Person(ann.client, "ann", (await answer.json())["access_token"])
    sid = (await lost.does("GET", "/api/auth/verify"))["session"]["id"]
    async with lost.listening() as inbox:
        await ann.does("DELETE", f"/api/sessions/{sid}", status=204)
        assert await inbox.closed() == 4401


async def test_a_new_password_closes_the_others_sockets(ann: Person) -> None:
    async with ann.client.post(
        "/api/auth/token", json={"name": "ann", "password": PASSWORD}
    ) as answer:
        thief = Person(ann.client, "ann", (await answer.json())["access_token"])
    async with thief.listening() as inbox, ann.listening() as mine:
        body = {"current": PASSWORD, "password": "another good one"}
        await ann.does("POST", "/api/auth/password", body, status=204)
        assert await inbox.closed() == 4401
        assert await mine.until_pong("error") == []


async def test_disabling_closes_everything(ann: Person, ben: Person) -> None:
    async with ben.listening() as one, ben.listening() as two:
        await ann.does("PATCH", "/api/users/ben", {"disabled": True})
        assert await one.closed() == await two.closed() == 4401


async def test_who_is_removed_hears_nothing_more(ann: Person, ben: Person) -> None:
    await ann.makes("attic", "private", "ben")
    async with ben.listening() as inbox:
        await ann.does("DELETE", "/api/rooms/attic/members/ben", status=204)
        await ann.says("attic", "he is gone")
        assert await inbox.until_pong("gone", "message") == [
            {"type": "gone", "room": "attic", "version": 3}
        ]
        await inbox.say({"type": "send", "id": "x", "room": "attic", "text": "let me in"})
        assert (await inbox.next("error"))["code"] == "not_found"
    async with ben.listening(cursors={"attic": 0}) as inbox:
        assert await inbox.until_pong("gone", "message") == [
            {"type": "gone", "room": "attic", "version": 0}
        ]


async def test_who_leaves_hears_nothing_more(ann: Person, ben: Person) -> None:
    async with ben.listening() as inbox:
        await ben.does("DELETE", "/api/rooms/general/members/me", status=204)
        await ann.says("general", "bye")
        assert await inbox.until_pong("message") == []


async def test_a_deleted_room_is_gone_for_everybody(ann: Person, ben: Person) -> None:
    await ann.makes("attic", "private", "ben")
    await ann.says("attic", "secret")
    async with ben.listening() as inbox:
        await ann.does("DELETE", "/api/rooms/attic", status=204)
        gone = await inbox.next("gone")
        assert gone == {"type": "gone", "room": "attic", "version": 3}
    assert await ben.refused("GET", "/api/rooms/attic/messages") == (404, "not_found")


@pytest.mark.parametrize("round_", range(3))
async def test_nothing_of_the_removed_follows_the_answer_to_their_removal(
    ann: Person, ben: Person, round_: int
) -> None:
    await ann.makes("attic", "private", "ben")
    async with ben.listening() as inbox:
        sends = [
            {
                "type": "send",
                "id": f"n{number}",
                "room": "attic",
                "text": "and another thing",
            }
            for number in range(300)
        ]
        for at in range(0, 300, 30):
            await inbox.say(*sends[at : at + 30])
        await asyncio.sleep(0.01 * round_)
        await ann.does("DELETE", "/api/rooms/attic/members/ben", status=204)
        head = (await ann.room("attic"))["seq"]
        answers = [await answer(inbox) for _ in sends]
        acknowledged = [each["seq"] for each in answers if each["type"] == "ok"]
        assert all(seq <= head for seq in acknowledged)
        assert (await ann.room("attic"))["seq"] == head
        assert len(await ann.page("attic", "?limit=200")) == min(head, 200)


async def answer(inbox: Inbox) -> dict[str, object]:
    while True:
        heard = await inbox.any()
        if heard["type"] in {"ok", "error"}:
            return heard


async def test_a_session_that_ends_before_the_hello_opens_nothing(ann: Person) -> None:
    async with ann.client.ws_connect("/api/socket", headers=ann.headers) as socket:
        await ann.does("POST", "/api/auth/logout", status=204)
        inbox = Inbox(socket)
        await inbox.say({"type": "hello"})
        assert await inbox.closed() == 4401
