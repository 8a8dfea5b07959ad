"""Reading a room: pages by seq, and changes by rev."""

from typing import Any

import pytest

from tests.people import Person

ALL = "/api/rooms/general/messages"


@pytest.fixture
async def ten(ben: Person) -> Person:
    """Somebody in a room of ten messages."""
    for number in range(1, 11):
        await ben.says("general", f"number {number}")
    return ben


async def page(person: Person, query: str) -> tuple[list[int], bool, bool]:
    found = await person.does("GET", f"{ALL}{query}")
    seqs = [message["seq"] for message in found["messages"]]
    return seqs, found["has_older"], found["has_newer"]


@pytest.mark.parametrize(
    ("query", "seqs", "has_older", "has_newer"),
    [
        ("", range(1, 11), False, False),
        ("?limit=10", range(1, 11), False, False),
        ("?limit=1", [10], True, False),
        ("?limit=3", [8, 9, 10], True, False),
        ("?limit=1000000000", range(1, 11), False, False),
        ("?before=4", [1, 2, 3], False, True),
        ("?before=4&limit=2", [2, 3], True, True),
        ("?before=1", [], False, True),
        ("?before=11&limit=2", [9, 10], True, False),
        ("?before=9007199254740992&limit=1", [10], True, False),
        ("?after=0&limit=2", [1, 2], False, True),
        ("?after=8", [9, 10], True, False),
        ("?after=10", [], True, False),
        ("?after=99", [], True, False),
        ("?around=5&limit=4", [3, 4, 5, 6], True, True),
        ("?around=5&limit=3", [4, 5, 6], True, True),
        ("?around=5&limit=1", [5], True, True),
        ("?around=1&limit=4", [1, 2, 3, 4], False, True),
        ("?around=10&limit=4", [8, 9, 10], True, False),
        ("?around=99&limit=4", [9, 10], True, False),
    ],
)
async def test_a_page_is_a_range_of_seqs(
    ten: Person, query: str, seqs: Any, has_older: bool, has_newer: bool
) -> None:
    assert await page(ten, query) == (list(seqs), has_older, has_newer)


async def test_an_empty_room_has_an_empty_page(ben: Person) -> None:
    for query in ("", "?before=5", "?after=0", "?after=5", "?around=1&limit=1"):
        assert await page(ben, query) == ([], False, False)


ODD = ["-1", "x", "", "1.5", "1e3", "１", "1_0", "%201", "1%0A", "9" * 19, "9" * 4000]


@pytest.mark.parametrize("name", ["before", "after", "around", "limit"])
@pytest.mark.parametrize("number", ODD, ids=lambda text: text[:9])
async def test_odd_numbers_are_refused(ben: Person, name: str, number: str) -> None:
    assert await ben.refused("GET", f"{ALL}?{name}={number}") == (400, "invalid")


@pytest.mark.parametrize(
    "query",
    ["before=0", "around=0", "limit=0", "before=1&after=2", "around=1&before=2", "page=1"]
    + [
        "before=1&before=2",
        "before[$gt]=1",
        "$where=1",
        "user[$ne]=",
        f"before={2**53 + 1}",
    ],
)
async def test_odd_questions_are_refused(ben: Person, query: str) -> None:
    assert await ben.refused("GET", f"{ALL}?{query}") == (400, "invalid")


async def test_a_page_has_fifty_messages_and_never_more_than_200(ben: Person) -> None:
    for number in range(210):
        await ben.says("general", f"number {number}")
    assert len(await ben.page("general")) == 50
    assert len(await ben.page("general", "?limit=9999")) == 200
    assert len(await ben.page("general", "?after=0&limit=9999")) == 200
    assert len(await ben.page("general", "?around=105&limit=9999")) == 200
    found = await ben.does("GET", "/api/rooms/general/changes?limit=9999")
    assert len(found["messages"]) == 200


async def changes(person: Person, query: str = "") -> tuple[list[int], int, bool]:
    found = await person.does("GET", f"/api/rooms/general/changes{query}")
    revs = [message["rev"] for message in found["messages"]]
    return revs, found["rev"], found["has_newer"]


async def test_changes_are_each_message_once_in_its_latest_state(ten: Person) -> None:
    await ten.does("PATCH", f"{ALL}/2", {"text": "edited"})
    await ten.does("PUT", f"{ALL}/1/reactions/👍")
    await ten.does("DELETE", f"{ALL}/2")
    assert await changes(ten) == ([*range(3, 11), 12, 13], 13, False)
    found = await ten.does("GET", "/api/rooms/general/changes?since=11")
    assert [(each["seq"], each["text"]) for each in found["messages"]] == [
        (1, "number 1"),
        (2, ""),
    ]


async def test_changes_come_in_portions(ten: Person) -> None:
    assert await changes(ten, "?limit=4") == ([1, 2, 3, 4], 4, True)
    assert await changes(ten, "?since=4&limit=6") == ([5, 6, 7, 8, 9, 10], 10, False)
    assert await changes(ten, "?since=10") == ([], 10, False)
    assert await changes(ten, "?since=99") == ([], 99, False)


@pytest.mark.parametrize("number", ODD, ids=lambda text: text[:9])
async def test_odd_cursors_are_refused(ben: Person, number: str) -> None:
    path = f"/api/rooms/general/changes?since={number}"
    assert await ben.refused("GET", path) == (400, "invalid")
