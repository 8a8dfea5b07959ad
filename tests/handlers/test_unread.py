"""Unread and mentions: a mark moves over what was shown, and counts follow every change."""

import asyncio

import pytest
from aiohttp import web

from handlers.services import SERVICES
from tests.model import Model, counts
from tests.people import SOON, Inbox, Json, Person

READ = "/api/rooms/porch/read"
MESSAGES = "/api/rooms/porch/messages"


@pytest.fixture
async def porch(ann: Person, ben: Person) -> str:
    return await ann.makes("porch", "private", "ben")


async def counts_of(who: Person) -> tuple[int, int, int]:
    """The mark, the unread and the mentions, as the API says."""
    return counts([await who.room("porch")])["porch"]


async def in_step(model: Model, inbox: Inbox, who: Person) -> tuple[int, int, int]:
    """What an open client counts, as soon as the API says the same."""
    async with asyncio.timeout(SOON):
        while True:
            for event in await inbox.until_pong():
                model.hear(event)
            if model.counts()["porch"] == await counts_of(who):
                return model.counts()["porch"]
            await asyncio.sleep(0.02)


async def test_what_is_sent_later_or_by_a_program_reads_nothing(
    porch: str, ann: Person, ben: Person
) -> None:
    await ann.says(porch, "one @ben")
    await ann.says(porch, "two @ben")
    await ben.says(porch, "from the outbox")
    token = await ben.does("POST", "/api/tokens", {"note": "a program"}, status=201)
    program = Person(ben.client, "ben", token["secret"])
    await program.says(porch, "from a program")
    assert await counts_of(ben) == (0, 2, 2)
    await ben.does("PUT", READ, {"seq": 2})
    assert await counts_of(ben) == (2, 0, 0)


async def test_who_has_read_all_and_answers_has_read_all(
    porch: str, ann: Person, ben: Person
) -> None:
    await ann.says(porch, "one")
    await ben.does("PUT", READ, {"seq": 1})
    await ben.says(porch, "two")
    await ben.says(porch, "three")
    assert await counts_of(ben) == (3, 0, 0)


async def test_what_my_hook_says_is_unread_by_me_and_may_mention_me(
    porch: str, ann: Person
) -> None:
    hook = await ann.does("POST", "/api/rooms/porch/hooks", {"display_name": "CI"})
    async with await ann.client.post(hook["path"], json={"text": "red, @ann"}) as answer:
        assert answer.ok
    assert await counts_of(ann) == (0, 1, 1)


CHANGES = [
    ("DELETE", f"{MESSAGES}/1", None, (0, 2, 1)),
    ("PATCH", f"{MESSAGES}/1", {"text": "nobody"}, (0, 3, 1)),
    ("PATCH", f"{MESSAGES}/2", {"text": "@ben"}, (0, 3, 3)),
    ("PATCH", f"{MESSAGES}/2", {"text": "@all"}, (0, 3, 3)),
    ("PATCH", f"{MESSAGES}/1", {"text": "@ben, again"}, (0, 3, 2)),
    ("DELETE", f"{MESSAGES}/2", None, (0, 2, 2)),
    ("PUT", f"{MESSAGES}/1/reactions/👍", None, (0, 3, 2)),
]


@pytest.mark.parametrize(("method", "path", "body", "expected"), CHANGES)
async def test_counts_follow_a_change_in_every_open_client(
    porch: str,
    ann: Person,
    ben: Person,
    method: str,
    path: str,
    body: Json | None,
    expected: tuple[int, int, int],
) -> None:
    laptop, phone = Model("ben"), Model("ben")
    await ann.says(porch, "one @ben")
    await ann.says(porch, "two")
    async with ben.listening() as first, ben.listening() as second:
        laptop.hear(first.welcome)
        phone.hear(second.welcome)
        await ann.says(porch, "three @ben")
        await ann.does(method, path, body)
        assert await in_step(laptop, first, ben) == expected
        assert await in_step(phone, second, ben) == expected
    async with ben.listening() as fresh:
        welcomed = Model("ben")
        welcomed.hear(fresh.welcome)
        assert welcomed.counts()["porch"] == expected


async def test_a_mark_goes_back_on_all_devices(
    app: web.Application, porch: str, ann: Person, ben: Person
) -> None:
    await ann.says(porch, "one @ben")
    await ben.does("PUT", READ, {"seq": 1})
    await ben.says(porch, "two, my own")
    await ann.says(porch, "three @ben")
    await ann.says(porch, "four")
    await ann.does("DELETE", f"{MESSAGES}/4")
    await ben.does("PUT", READ, {"seq": 4})
    laptop, phone = Model("ben"), Model("ben")
    async with ben.listening() as first, ben.listening() as second:
        laptop.hear(first.welcome)
        phone.hear(second.welcome)
        assert await in_step(laptop, first, ben) == (4, 0, 0)
        await second.say({"type": "read", "room": porch, "seq": 0, "back": True})
        await second.next("read")
        assert await in_step(laptop, first, ben) == (0, 2, 2)
        moved = await ben.does("PUT", READ, {"seq": 2})
        assert (moved["unread"], moved["mentions"]) == (1, 1)
        moved = await ben.does("PUT", READ, {"seq": 1, "back": True})
        assert (moved["seq"], moved["unread"], moved["mentions"]) == (1, 1, 1)
        assert await in_step(phone, second, ben) == (1, 1, 1)
    await app[SERVICES].read_marks.flush()
    app[SERVICES].db.cache.clear()
    assert await counts_of(ben) == (1, 1, 1)


async def test_a_mark_that_was_meant_to_go_on_never_goes_back(
    porch: str, ann: Person, ben: Person
) -> None:
    for text in ("one", "two"):
        await ann.says(porch, text)
    for seq in (2, 1, 0):
        assert (await ben.does("PUT", READ, {"seq": seq}))["seq"] == 2
    back = {"seq": 2, "back": True}
    assert (await ben.does("PUT", READ, back))["seq"] == 2


async def test_who_comes_back_to_a_room_begins_anew(
    app: web.Application, ann: Person, ben: Person
) -> None:
    await ann.makes("porch", "public", "ben")
    await ann.says("porch", "one")
    await ben.does("PUT", READ, {"seq": 0, "back": True})
    await ben.does("PUT", READ, {"seq": 1})
    for text in ("two", "three"):
        await ann.says("porch", text)
    await ben.does("DELETE", "/api/rooms/porch/members/me")
    await ben.joins("porch")
    await app[SERVICES].read_marks.flush()
    app[SERVICES].db.cache.clear()
    assert await counts_of(ben) == (3, 0, 0)
