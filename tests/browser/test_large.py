"""A large place: 500 rooms, 300 people with long names, and nothing slow or too wide."""

import asyncio
import sys
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from handlers.services import SERVICES
from store import members, rooms, users
from store.database import Database
from store.records import Kind
from tests.browser.conftest import PHONE, Visit
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.people import Person

ROOMS = 500
PEOPLE = 300
DIRECT = 100
MAX_KEY_MS = 50
MAX_GROWTH_BYTES = 4_000_000
# With a number behind it, of 60 letters.
LONG = "Wilhelmina Anastasia Konstantinopoulou-Featherstonehaugh the"
TOO_WIDE = """[document.documentElement, ...document.querySelectorAll(
    ".sidebar, .side-rooms, main, .scroller, dialog")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className)"""


def database(site: Site) -> Database:
    app = site.client.app
    assert app is not None
    db = app[SERVICES].db
    assert isinstance(db, Database)
    return db


@pytest_asyncio.fixture(loop_scope="session")
async def large(site: Site, ann: Person) -> None:
    db = database(site)

    async def person(number: int) -> None:
        shown = f"{LONG[:56]}{number:04}"
        await users.create(db, f"person{number}", display_name=shown, password_hash="none")

    async def room(number: int) -> None:
        name, title = f"room{number}", f"{LONG[:56]}{number:04}"
        await rooms.create(db, name, kind=Kind.PUBLIC, created_by="ann", title=title)
        await members.add(db, name, "ann")

    async def direct(number: int) -> None:
        name = f"ann~person{number}"
        await rooms.create(db, name, kind=Kind.DIRECT, created_by="ann")
        for user in name.split("~"):
            await members.add(db, name, user)

    await asyncio.gather(*map(person, range(PEOPLE)))
    await asyncio.gather(*map(room, range(ROOMS)))
    await asyncio.gather(*map(direct, range(DIRECT)))


async def key_ms(visitor: Visitor, *keys: str) -> float:
    """How long the page works for a key, as Chromium traces it, with all that follows.

    Time of its own thread: what others do on the machine does not count.
    """
    session = await visitor.context.new_cdp_session(visitor.page)
    events: list[dict[str, Any]] = []
    ended = asyncio.Event()
    session.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    session.on("Tracing.tracingComplete", lambda told: ended.set())
    categories = "disabled-by-default-devtools.timeline"
    await session.send("Tracing.start", {"categories": categories})
    for key in keys:
        await visitor.page.keyboard.press(key)
        await visitor.page.wait_for_timeout(120)
    await session.send("Tracing.end")
    await ended.wait()
    await session.detach()
    mains = {
        (one["pid"], one["tid"])
        for one in events
        if one.get("args", {}).get("name") == "CrRendererMain"
    }
    tasks = [one for one in events if one["name"] == "RunTask"]
    works = [
        one.get("tdur", 0) / 1000 for one in tasks if (one["pid"], one["tid"]) in mains
    ]
    return sum(works) / len(keys)


async def heap(visitor: Visitor) -> int:
    session = await visitor.context.new_cdp_session(visitor.page)
    await session.send("HeapProfiler.collectGarbage")
    answer: dict[str, Any] = await session.send("Runtime.getHeapUsage")
    return int(answer["usedSize"])


@pytest.mark.usefixtures("large")
async def test_a_large_place_answers_each_key_at_once(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await expect(visitor.page.locator(".room-row")).to_have_count(ROOMS + DIRECT + 2)
    took = {"the next room": await key_ms(visitor, *["Alt+ArrowDown"] * 12)}
    before = await heap(visitor)
    took["the room above"] = await key_ms(visitor, *["Alt+ArrowUp"] * 12)
    await visitor.page.keyboard.press("Control+k")
    await visitor.dialog("Jump to").wait_for()
    took["a letter to jump"] = await key_ms(visitor, *"kons", *["Backspace"] * 4, *"pers")
    took["the next of the found"] = await key_ms(visitor, *["ArrowDown"] * 6)
    await visitor.page.keyboard.press("Escape")
    for _ in range(4):
        await key_ms(visitor, *["Alt+ArrowDown"] * 6, *["Alt+ArrowUp"] * 6)
    took["a letter to write"] = await key_ms(visitor, *"hello there")
    grown = await heap(visitor) - before
    sys.stderr.write(f"{took} {grown}\n")
    assert {what: ms for what, ms in took.items() if not 0 < ms < MAX_KEY_MS} == {}
    assert grown < MAX_GROWTH_BYTES


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desk", "phone"])
async def test_nothing_of_a_large_place_is_too_wide(
    ann: Person, visit: Visit, screen: dict[str, Any]
) -> None:
    await ann.says("ann~person1", "Hello @person2, see #room3 and `" + "x" * 300 + "`")
    visitor = await visit(ann, **screen)
    found = {}
    for place in (
        "",
        "rooms/room1",
        "rooms/ann~person1",
        "people",
        "browse",
        "search/hello",
    ):
        await visitor.go(place)
        await visitor.page.wait_for_timeout(500)
        if wide := await visitor.measure(TOO_WIDE):
            found[place] = wide
    await visitor.page.keyboard.press("Control+k")
    await visitor.dialog("Jump to").wait_for()
    found["switcher"] = await visitor.measure(TOO_WIDE)
    assert found == {"switcher": []}
