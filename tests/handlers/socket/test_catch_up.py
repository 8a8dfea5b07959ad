"""Catching up: nothing missing, nothing doubled, whatever happened meanwhile."""

import asyncio
import random
from typing import Any

import pytest
from aiohttp import web

from handlers.services import SERVICES
from tests.conftest import Client, Start
from tests.model import Model
from tests.people import Inbox, Json, Person, sign_up

GENERAL = "/api/rooms/general/messages"


async def caught_up(inbox: Inbox) -> list[Json]:
    return await inbox.until_pong("message", "reset", "gone")


async def test_who_was_away_gets_what_is_newer_once_and_in_its_latest_state(
    ann: Person, ben: Person
) -> None:
    for text in ("one", "two", "three", "four"):
        await ann.says("general", text)
    async with ben.listening() as inbox:
        cursor = inbox.welcome["rooms"][0]["rev"]
    await ann.does("PATCH", f"{GENERAL}/1", {"text": "one, edited"})
    await ann.does("PUT", f"{GENERAL}/2/reactions/👍")
    await ann.does("DELETE", f"{GENERAL}/3")
    await ann.says("general", "five")
    await ann.does("PATCH", f"{GENERAL}/1", {"text": "one, edited twice"})
    async with ben.listening(cursors={"general": cursor}) as inbox:
        heard = await caught_up(inbox)
    assert [(each["seq"], each["rev"]) for each in heard] == [
        (2, 6),
        (3, 7),
        (5, 8),
        (1, 9),
    ]
    assert heard[0]["reactions"] == {"👍": ["ann"]}
    assert (heard[1]["text"], heard[1]["deleted"]) == ("", True)
    assert heard[3]["text"] == "one, edited twice"


async def test_who_missed_nothing_gets_nothing(ann: Person) -> None:
    await ann.says("general", "one")
    async with ann.listening(cursors={"general": 1}) as inbox:
        assert await caught_up(inbox) == []


async def test_changes_over_http_are_the_same(ann: Person) -> None:
    for number in range(7):
        await ann.says("general", f"n{number}")
    since, seen = 2, []
    while True:
        found = await ann.does("GET", f"/api/rooms/general/changes?since={since}&limit=2")
        seen += [each["rev"] for each in found["messages"]]
        since = found["rev"]
        if not found["has_newer"]:
            break
    assert seen == [3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("hello", "answer"),
    [
        ({"cursors": {"general": 99}}, {"type": "reset", "room": "general"}),
        (
            {"cursors": {"general": 0}, "epoch": "other"},
            {"type": "reset", "room": "general"},
        ),
        ({"cursors": {"nowhere": 0}}, {"type": "gone", "room": "nowhere", "version": 0}),
    ],
    ids=["cursor above the head", "another epoch", "no room of mine"],
)
async def test_a_cursor_that_does_not_fit(ann: Person, hello: Json, answer: Json) -> None:
    await ann.says("general", "one")
    async with ann.listening(**hello) as inbox:
        assert await caught_up(inbox) == [answer]


async def test_who_is_over_1000_changes_behind_starts_afresh(
    app: web.Application, ann: Person
) -> None:
    async with ann.listening() as inbox:
        for start in range(0, 1001, 91):
            sends = [
                {"type": "send", "id": f"n{n}", "room": "general", "text": "x"}
                for n in range(start, start + 91)
            ]
            await inbox.say(*sends)
            for _ in sends:
                await inbox.next("ok")
    async with ann.listening(cursors={"general": 0}) as inbox:
        assert [each["type"] for each in await caught_up(inbox)] == ["reset"]
    async with ann.listening(cursors={"general": 1}, epoch=app[SERVICES].db.epoch) as inbox:
        heard = [each async for each in _messages(inbox, 1001)]
    assert [each["rev"] for each in heard] == list(range(2, 1002))


async def _messages(inbox: Inbox, until: int) -> Any:
    while True:
        message = await inbox.next("message")
        yield message
        if message["rev"] >= until:
            return


async def test_coming_and_going_under_load_loses_and_doubles_nothing(
    start: Start,
) -> None:
    client = await start(connections=50)
    ann = await sign_up(client, "ann")
    chance = random.Random(7)  # noqa: S311 - the same course every time
    total = 400

    async def talk() -> None:
        for number in range(total // 4):
            said = [ann.says("general", f"{number} {part}") for part in range(4)]
            await asyncio.gather(*said)

    async def come_and_go(listener: Person) -> list[int]:
        revs: list[int] = []
        while not revs or revs[-1] < total:
            cursor = revs[-1] if revs else 0
            async with listener.listening(cursors={"general": cursor}) as inbox:
                for _ in range(chance.randrange(1, 60)):
                    revs.append((await inbox.next("message"))["rev"])
                    if revs[-1] == total:
                        break
        return revs

    listeners = [await sign_up(client, f"l{number}") for number in range(6)]
    talking = asyncio.create_task(talk())
    heard = await asyncio.gather(*map(come_and_go, listeners))
    await talking
    assert heard == [list(range(1, total + 1))] * len(listeners)


async def test_what_a_client_has_heard_equals_what_it_would_fetch(
    client: Client, ann: Person, ben: Person
) -> None:
    """The state built from events, over random acts, against a fresh look."""
    chance = random.Random(11)  # noqa: S311 - the same course every time
    await ann.makes("porch", "public", "ben")
    rooms = ["general", "porch"]

    async def act() -> None:
        who, room = chance.choice([ann, ben]), chance.choice(rooms)
        seq = chance.randrange(1, 12)
        place = f"/api/rooms/{room}/messages/{seq}"
        match chance.randrange(6):
            case 0:
                await who.ask("PATCH", place, {"text": f"edited {chance.random()}"})
            case 1:
                await who.ask("PUT", f"{place}/reactions/{chance.choice('👍🎉❤')}")
            case 2:
                await who.ask("DELETE", f"{place}/reactions/👍")
            case 3:
                await who.ask("DELETE", place)
            case 4:
                await who.ask("PUT", f"/api/rooms/{room}/read", {"seq": seq})
            case _:
                await who.says(room, f"hello **{chance.random()}** @ann")

    model = Model("ben")
    async with ben.listening() as inbox:
        model.hear(inbox.welcome)
        for _ in range(200):
            await act()
        for event in await inbox.until_pong():
            model.hear(event)
    fetched = {
        (each["room"], each["seq"]): each
        for room in rooms
        for each in await ben.page(room, "?limit=200")
    }
    assert model.messages == fetched
    listed = (await ben.does("GET", "/api/rooms"))["rooms"]
    known = {name: told(room) for name, room in model.rooms.items()}
    assert known == {room["name"]: told(room) for room in listed}


def told(room: Json) -> Json:
    # That of the mark moves with each of one's own messages, too.
    unsaid = {"last_message", "read_version"}
    return {key: value for key, value in room.items() if key not in unsaid}
