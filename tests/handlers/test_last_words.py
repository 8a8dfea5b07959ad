"""Two change the same thing at the same moment: all end with what is stored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web

from handlers.services import SERVICES
from tests.model import Model
from tests.people import Inbox, Json, Person

ROUNDS, AT_ONCE = 80, 3
PORCH = "/api/rooms/porch"


class Watcher:
    """An open client that keeps the highest version, and what it was told last."""

    def __init__(self, person: Person, inbox: Inbox) -> None:
        self.model, self.inbox = Model(person.name), inbox
        self.last: dict[str, Json] = {}
        self.model.hear(inbox.welcome)

    async def catches_up(self) -> None:
        for event in await self.inbox.until_pong():
            self.model.hear(event)
            self.last[event["type"]] = event


@pytest.fixture
async def people(ann: Person, ben: Person, cat: Person) -> dict[str, Person]:
    """Ann, who owns the server, and Ben, who owns the porch with her, and Cat."""
    await ann.makes("porch", "public", "ben", "cat")
    await ann.does("PUT", f"{PORCH}/members/ben", {"role": "owner"})
    return {each.name: each for each in (ann, ben, cat)}


@pytest.fixture
async def watchers(people: dict[str, Person]) -> AsyncIterator[list[Watcher]]:
    async with AsyncExitStack() as stack:
        yield [
            Watcher(each, await stack.enter_async_context(each.listening()))
            for each in (*people.values(), people["ben"])
        ]


Race = Callable[[dict[str, Person], int, int], Awaitable[Any]]


async def change_room(people: dict[str, Person], round: int, turn: int) -> Any:
    who = people["ann" if turn % 2 else "ben"]
    field = "title" if turn < 2 else "topic"
    return await who.does("PATCH", PORCH, {field: f"{round} {turn}"})


async def change_role(people: dict[str, Person], round: int, turn: int) -> Any:
    who, role = (
        people["ann" if turn % 2 else "ben"],
        ("owner", "member")[(turn + round) % 2],
    )
    return await who.does("PUT", f"{PORCH}/members/cat", {"role": role})


async def come_and_go(people: dict[str, Person], round: int, turn: int) -> Any:
    who = people["cat" if turn % 2 else "ann"]
    return await who.ask("PUT" if (turn + round) % 2 else "DELETE", f"{PORCH}/members/cat")


async def change_user(people: dict[str, Person], round: int, turn: int) -> Any:
    if turn == 2:
        role = {"role": ("member", "admin")[round % 2]}
        return await people["ann"].does("PATCH", "/api/users/cat", role)
    name = {"display_name": f"Cat {round} {turn}"}
    return await people["cat"].does("PATCH", "/api/users/me", name)


async def disable(people: dict[str, Person], round: int, turn: int) -> Any:
    state = {"disabled": bool((turn + round) % 2)}
    return await people["ann"].does("PATCH", "/api/users/cat", state)


async def like(people: dict[str, Person], round: int, turn: int) -> Any:
    if turn == 2:
        choice = {"notify": ("all", "mentions", "nothing")[round % 3]}
        return await people["ben"].does("PUT", f"{PORCH}/notify", choice)
    return await people["ben"].does("PUT" if turn else "DELETE", f"{PORCH}/favorite")


async def rooms_agree(people: dict[str, Person], watchers: list[Watcher]) -> None:
    for watcher in watchers:
        stored = await people[watcher.model.me].room("porch")
        known = watcher.model.rooms.get("porch")
        if stored["role"] is None:
            assert known is None
        else:
            assert known == stored
            assert "room" not in watcher.last or watcher.last["room"] == stored


async def members_agree(people: dict[str, Person], watchers: list[Watcher]) -> None:
    listed = (await people["ann"].does("GET", f"{PORCH}/members"))["members"]
    roles = {member["user"]: member["role"] for member in listed}
    for watcher in watchers[:2]:
        if heard := watcher.model.members.get(("porch", "cat")):
            assert heard.get("role") == roles.get("cat")
            assert watcher.last["member"].get("role") == roles.get("cat")
    await rooms_agree(people, watchers[:2])


async def users_agree(people: dict[str, Person], watchers: list[Watcher]) -> None:
    stored = await people["ann"].does("GET", "/api/users/cat")
    for watcher in watchers[:2]:
        if "cat" in watcher.model.users:
            assert watcher.model.users["cat"] == watcher.last["user"] == stored


@pytest.mark.parametrize(
    ("race", "agree", "watching"),
    [
        (change_room, rooms_agree, 4),
        (change_role, members_agree, 4),
        (come_and_go, members_agree, 4),
        (change_user, users_agree, 4),
        (disable, users_agree, 2),
        (like, rooms_agree, 4),
    ],
)
async def test_all_end_with_what_is_stored(
    people: dict[str, Person],
    watchers: list[Watcher],
    race: Race,
    agree: Callable[[dict[str, Person], list[Watcher]], Awaitable[None]],
    watching: int,
) -> None:
    for round in range(ROUNDS):
        answers = await asyncio.gather(
            *(race(people, round, turn) for turn in range(AT_ONCE))
        )
        for watcher in watchers[:watching]:
            await watcher.catches_up()
        for answer in answers:  # They come later than what was told.
            if isinstance(answer, dict) and answer["type"] == "room":
                watchers[1].model.answered(answer)
        await agree(people, watchers[:watching])


async def test_marks_of_two_devices_end_where_the_server_has_them(
    app: web.Application, people: dict[str, Person], watchers: list[Watcher]
) -> None:
    for number in range(20):
        await people["ann"].says("porch", f"{number} @ben")
    ben, devices = people["ben"], [watchers[1], watchers[3]]
    for round in range(ROUNDS):
        asked = [
            {"seq": (7 * round) % 20},
            {"seq": (7 * round) % 20 + 1},
            {"seq": (3 * round) % 20, "back": True},
        ]
        await asyncio.gather(
            ben.does("PUT", f"{PORCH}/read", asked[0]),
            devices[0].inbox.say({"type": "read", "room": "porch", **asked[1]}),
            devices[1].inbox.say({"type": "read", "room": "porch", **asked[2]}),
        )
        for device in devices:
            await device.catches_up()
        for device in devices:
            await device.catches_up()
            stored = await ben.room("porch")
            known = device.model.rooms["porch"]
            assert known == stored
            last = device.last["read"]
            assert (last["seq"], last["version"]) == (
                stored["read"],
                stored["read_version"],
            )
    services = app[SERVICES]
    await services.read_marks.flush()
    services.db.cache.clear()
    assert await ben.room("porch") == devices[0].model.rooms["porch"]


async def test_a_name_that_is_free_again_is_heard_again(people: dict[str, Person]) -> None:
    """A room that was never used goes with its last member; the next one is no older."""
    ben, model = people["ben"], Model("ben")
    async with ben.listening() as inbox:
        model.hear(inbox.welcome)
        for _ in range(3):
            await ben.makes("shed", "private")
            await ben.does("PUT", "/api/rooms/shed/favorite")
            await ben.does("PATCH", "/api/rooms/shed", {"title": "The shed"})
            for event in await inbox.until_pong():
                model.hear(event)
            assert model.rooms["shed"] == await ben.room("shed")
            await ben.does("DELETE", "/api/rooms/shed/members/me")
            for event in await inbox.until_pong():
                model.hear(event)
            assert "shed" not in model.rooms
