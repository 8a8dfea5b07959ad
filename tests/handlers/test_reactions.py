"""Reactions: emoji that come and go below a message."""

from urllib.parse import quote

import pytest
from aiohttp import web

from handlers.services import SERVICES
from tests.people import Person

ALL = "/api/rooms/general/messages"
ONE = f"{ALL}/1"


async def test_reactions_come_and_go(ben: Person, cat: Person) -> None:
    await ben.says("general", "hello")
    await cat.does("PUT", f"{ONE}/reactions/👍", status=200)
    await ben.does("PUT", f"{ONE}/reactions/👍")
    found = await ben.does("PUT", f"{ONE}/reactions/🎉")
    assert found["reactions"] == {"👍": ["cat", "ben"], "🎉": ["ben"]}
    assert await ben.does("PUT", f"{ONE}/reactions/🎉") == found
    await ben.does("DELETE", f"{ONE}/reactions/🎉")
    found = await cat.does("DELETE", f"{ONE}/reactions/👍")
    assert found["reactions"] == {"👍": ["ben"]}
    assert await cat.does("DELETE", f"{ONE}/reactions/👍") == found


async def test_a_message_has_twenty_kinds_of_reactions_at_most(
    ben: Person, cat: Person
) -> None:
    await ben.says("general", "hello")
    for code in range(0x1F600, 0x1F614):
        await ben.does("PUT", f"{ONE}/reactions/{chr(code)}")
    assert await ben.refused("PUT", f"{ONE}/reactions/👍") == (409, "conflict")
    found = await cat.does("PUT", f"{ONE}/reactions/{chr(0x1F600)}")
    assert found["reactions"][chr(0x1F600)] == ["ben", "cat"]


@pytest.mark.parametrize(
    "emoji",
    ["👍", "👍🏽", "❤️", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "1️⃣", "#️⃣"]
    + ["‼️", "ℹ️", "🩷", "☺️", "〰️", "↔️", "©️"],
)
async def test_an_emoji_is_a_reaction(ben: Person, emoji: str) -> None:
    await ben.says("general", "hello")
    found = await ben.does("PUT", f"{ONE}/reactions/{quote(emoji)}")
    assert found["reactions"] == {emoji: ["ben"]}


@pytest.mark.parametrize(
    "text",
    ["x", "+1", "hello", "é", "%20", "%00", "👍%20", "👍x", "👍" * 17, "%E2%80%AE", "$set"]
    + ["%E2%80%AE👍", "%E2%80%8D", "%EF%B8%8F", "\u0301" * 9, "1", "%ff", "%ed%a0%80"]
    + ["a.b", "%EE%80%80", "👍%0A", "__proto__", "½", "%E2%80%8B", "👍%E2%80%AE"]
    + ["👍👍", "👍🎉", "🇩", "🇩🇪🇩", "🏽", "👍🏽🏽", "❤️❤️"],
)
async def test_nothing_else_is_a_reaction(ben: Person, text: str) -> None:
    await ben.says("general", "hello")
    assert await ben.refused("PUT", f"{ONE}/reactions/{text}") == (400, "invalid")


@pytest.mark.parametrize(
    ("one", "other"), [("❤", "❤️"), ("1⃣", "1️⃣"), ("☺️", "☺"), ("🤷‍♂", "🤷‍♂️")]
)
async def test_an_emoji_is_one_kind_however_it_is_written(
    ben: Person, cat: Person, one: str, other: str
) -> None:
    await ben.says("general", "hello")
    first = await ben.does("PUT", f"{ONE}/reactions/{quote(one)}")
    found = await cat.does("PUT", f"{ONE}/reactions/{quote(other)}")
    (kind,) = first["reactions"]
    assert found["reactions"] == {kind: ["ben", "cat"]}
    await ben.does("DELETE", f"{ONE}/reactions/{quote(other)}")
    assert "reactions" not in await cat.does("DELETE", f"{ONE}/reactions/{quote(one)}")


async def test_reactions_of_before_are_gathered_and_can_be_taken_back(
    app: web.Application, ben: Person, cat: Person
) -> None:
    await ben.says("general", "hello")
    odd = [("❤", ["ben"]), ("❤️", ["cat", "ben"]), ("👍👍", ["ben"])]
    await app[SERVICES].db.messages.update_one(
        {"room": "general", "seq": 1},
        {"$set": {"reactions": [{"emoji": emoji, "users": who} for emoji, who in odd]}},
    )
    found = await cat.does("PUT", f"{ONE}/reactions/🎉")
    assert found["reactions"] == {"❤️": ["ben", "cat"], "👍👍": ["ben"], "🎉": ["cat"]}
    found = await ben.does("DELETE", f"{ONE}/reactions/{quote('👍👍')}")
    assert found["reactions"] == {"❤️": ["ben", "cat"], "🎉": ["cat"]}
