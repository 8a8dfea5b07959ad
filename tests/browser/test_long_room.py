"""A room of 20,000 messages: the page holds a window of it, and stays quick."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_attaching import held
from tests.people import Person

MANY = 20_000
AT_ONCE = 500
MOST_ROWS = 240
ROWS = "document.querySelectorAll('.messages > li').length"
WHERE = "document.querySelector('.scroller')"
UNNAMED = """[...document.querySelectorAll('button')]
    .filter((one) => one.checkVisibility() && !one.ariaLabel && !one.textContent).length"""
FIRST_SEEN = f"""() => {{
    const top = {WHERE}.getBoundingClientRect().top;
    const rows = [...document.querySelectorAll('.messages > li')];
    const row = rows.find((one) => one.getBoundingClientRect().bottom > top + 60);
    return [Number(row.dataset.seq), Math.round(row.getBoundingClientRect().top)];
}}"""


async def fill(person: Person, room: str, count: int) -> None:
    async with person.listening() as inbox:
        for start in range(0, count, AT_ONCE):
            sends: list[Any] = [
                {"type": "send", "id": f"m{n}", "room": room, "text": f"Message number {n}"}
                for n in range(start, min(start + AT_ONCE, count))
            ]
            for first in range(0, len(sends), 100):
                await inbox.say(*sends[first : first + 100])
            for _ in sends:
                await inbox.next("ok")


async def test_a_room_that_is_being_loaded_has_no_empty_buttons(
    ann: Person, visit: Visit
) -> None:
    await ann.says("general", "late")
    visitor = await visit(ann)
    async with held(visitor, re.compile("/api/rooms/general/messages")):
        await visitor.go("rooms/general")
        await expect(visitor.page.locator(".messages[aria-busy=true]")).to_have_count(1)
        assert await visitor.measure(UNNAMED) == 0
    await visitor.sees("late")


async def test_what_can_be_done_with_the_topmost_message_is_seen_in_full(
    ann: Person, ben: Person, visit: Visit
) -> None:
    for number in range(30):
        await ben.says("general", f"Message number {number}")
    visitor = await visit(ann)
    await visitor.enter("general")
    row = visitor.page.locator(".messages > li").nth(10)
    for hidden in (0, 12):
        await row.evaluate(f"""(row) => {{
            {WHERE}.scrollTop += row.getBoundingClientRect().top
                - {WHERE}.getBoundingClientRect().top + {hidden};
        }}""")
        await row.locator(".text").hover()
        bar, scroller = row.locator(".actions"), visitor.page.locator(".scroller")
        await bar.wait_for()
        inner, outer = await bar.bounding_box(), await scroller.bounding_box()
        assert inner is not None
        assert outer is not None
        assert inner["y"] >= outer["y"]
        await visitor.page.mouse.wheel(0, 8)  # also while it is looked at
        await visitor.page.wait_for_timeout(200)
        if inner := await bar.bounding_box():
            assert inner["y"] >= outer["y"]


async def test_twenty_thousand_messages_keep_the_page_small_and_in_place(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await visit(ben)
    await visitor.enter("general")
    await asyncio.wait_for(fill(ann, "general", MANY), 90)
    await visitor.sees(f"Message number {MANY - 1}")
    assert await visitor.measure(ROWS) <= MOST_ROWS
    assert await visitor.measure("document.querySelectorAll('*').length") < 4_000

    # Upwards, page by page: what is read stays where it is while more is put above it.
    for _ in range(8):
        before = await visitor.measure(f"{WHERE}.scrollHeight")
        await visitor.page.evaluate(f"{WHERE}.scrollTop = 300")
        seen = await visitor.page.evaluate(FIRST_SEEN)
        await visitor.page.wait_for_function(
            "(seq) => Number(document.querySelector('.messages > li').dataset.seq) < seq",
            arg=seen[0] - 10,
        )
        seq, top = await visitor.page.evaluate(FIRST_SEEN)
        assert seq == seen[0]
        assert abs(top - seen[1]) <= 1
        assert await visitor.measure(ROWS) <= MOST_ROWS
        assert before > 0

    await ann.says("general", "the very newest")
    await visitor.page.locator(".to-newest").click()
    await visitor.sees("the very newest")
    await visitor.go("rooms/general/10000")
    await expect(visitor.page.locator("[data-seq='10000']")).to_be_in_viewport()
    assert await visitor.measure(ROWS) <= MOST_ROWS


async def test_who_sends_from_far_back_is_taken_to_the_newest(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await fill(ann, "general", 400)
    visitor = await visit(ben)
    await visitor.go("rooms/general/10")
    await expect(visitor.page.locator("[data-seq='10']")).to_be_in_viewport()
    await visitor.says("Here I am")
    await expect(visitor.message("Here I am")).to_be_in_viewport()
    await visitor.sees_sent("Here I am")


@pytest.mark.parametrize(("page", "end"), [("after", "100000"), ("before", "0")])
async def test_a_page_that_comes_late_does_not_take_the_reader_back(
    ann: Person, ben: Person, visit: Visit, page: str, end: str
) -> None:
    await fill(ann, "general", 400)
    visitor = await visit(ben)
    pattern = re.compile(f"messages.*{page}=")
    async with held(visitor, pattern):
        async with visitor.page.expect_request(pattern) as late:
            await visitor.go("rooms/general/200")
            await expect(visitor.page.locator("[data-seq='200']")).to_be_in_viewport()
            await visitor.page.evaluate(f"{WHERE}.scrollTop = {end}")
        await visitor.says("Here I am")
        await expect(visitor.message("Here I am")).to_be_in_viewport()
    await (await (await late.value).response()).finished()
    await visitor.page.wait_for_timeout(100)
    await ann.says("general", "Welcome")
    await expect(visitor.message("Welcome")).to_be_in_viewport()
    seqs = "[...document.querySelectorAll('.messages > li')].map((row) => +row.dataset.seq)"
    shown = await visitor.measure(seqs)
    assert shown == list(range(shown[0], 403))


async def test_of_two_pages_the_one_asked_for_last_is_shown(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await fill(ann, "general", 400)
    visitor = await visit(ben)
    await visitor.go("rooms/general/200")
    newest = re.compile(r"messages\?limit=50$")
    async with held(visitor, newest):
        async with visitor.page.expect_request(newest) as late:
            await visitor.page.locator(".to-newest").click()
        await visitor.go("rooms/general/10")
        await expect(visitor.page.locator("[data-seq='10']")).to_be_in_viewport()
    await (await (await late.value).response()).finished()
    await visitor.page.wait_for_timeout(100)
    await expect(visitor.page.locator("[data-seq='10']")).to_be_in_viewport()


@pytest.mark.main
async def test_a_room_opens_at_the_first_unread_message(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await fill(ann, "general", 300)
    await ben.does("PUT", "/api/rooms/general/read", {"seq": 100})
    visitor = await visit(ben)
    await visitor.enter("general")
    await expect(visitor.page.locator("[data-seq='101']")).to_be_in_viewport()
    await expect(visitor.page.locator(".unread-line")).to_be_in_viewport()
    await visitor.page.locator(".to-newest").click()
    await expect(visitor.page.locator("[data-seq='300']")).to_be_in_viewport()
    await visitor.page.locator(".to-unread").click()
    await expect(visitor.page.locator("[data-seq='101']")).to_be_in_viewport()


@pytest.mark.main
async def test_a_room_that_was_open_before_opens_where_one_goes_on(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "\n".join(f"- {number}" for number in range(50)))
    visitor = await visit(ben)
    await visitor.enter("general")
    await visitor.go("people")
    for number in range(40):
        await ann.says("general", f"line {number}")
    await visitor.go("browse")
    await expect(visitor.room("General")).to_have_class(re.compile("unread"))
    await visitor.go("rooms/general")
    await expect(visitor.page.locator(".unread-line")).to_be_in_viewport()
    await visitor.go("people")
    await visitor.go("rooms/general/9")
    await expect(visitor.message("line 7")).to_be_in_viewport()
    await expect(visitor.message("line 7")).to_be_focused()
