"""Talking: what one person does, another one sees at once."""

import asyncio
import json
import re

import pytest
from playwright.async_api import expect
from websockets.asyncio.client import connect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import SOON, Person


@pytest.mark.main
async def test_two_people_talk_and_see_each_other_type(
    ann: Person, ben: Person, visit: Visit
) -> None:
    here, there = await visit(ann), await visit(ben)
    await here.enter("general")
    await there.enter("general")
    await here.box.press_sequentially("Hel")
    await expect(there.page.locator(".typing")).to_have_text("Ann Archer is typing…")
    await here.says("Hello *Ben*")
    await there.sees("Hello Ben")
    await expect(there.page.locator(".typing")).to_be_empty()
    await expect(there.page.locator("#announcer")).to_contain_text("Hello Ben")
    await there.says("Hello Ann")
    await here.sees("Hello Ann")
    assert await here.texts() == await there.texts() == ["Hello Ben", "Hello Ann"]


async def test_two_pages_and_a_program_hear_the_same_in_the_same_order(
    ann: Person, ben: Person, visit: Visit
) -> None:
    here, there = await visit(ann), await visit(ben)
    await here.enter("general")
    await there.enter("general")
    address = f"{here.site.url.replace('http', 'ws')}api/socket"
    async with connect(address, additional_headers=ben.headers) as program:
        await program.send('{"type": "hello"}')
        await asyncio.gather(says_ten(here, "left"), says_ten(there, "right"))
        heard: list[str] = []
        async with asyncio.timeout(SOON):
            while len(heard) < 20:
                events = map(json.loads, str(await program.recv()).split("\n"))
                heard += [each["text"] for each in events if each["type"] == "message"]
    await here.sees(heard[-1])
    await there.sees(heard[-1])
    assert await here.texts() == await there.texts() == heard


async def says_ten(visitor: Visitor, word: str) -> None:
    for n in range(10):
        await visitor.says(f"{word} {n}")


async def test_messages_of_one_sender_stand_together(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "one")
    await ann.says("general", "two")
    await ben.says("general", "three")
    visitor = await visit(ben)
    await visitor.enter("general")
    await expect(visitor.page.locator(".messages > li.opens")).to_have_count(2)
    await expect(visitor.page.locator(".day")).to_have_text("Today")


async def test_up_edits_the_last_own_message(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "I sad it")
    await ben.says("general", "What?")
    here, there = await visit(ann), await visit(ben)
    await here.enter("general")
    await there.enter("general")
    await here.box.press("ArrowUp")
    await expect(here.box).to_have_value("I sad it")
    await here.says("I said it")
    await there.sees("I said it")
    await expect(there.message("I said it")).to_contain_text("edited")
    await expect(here.box).to_have_value("")


async def test_escape_leaves_an_edit_and_brings_the_draft_back(
    ann: Person, visit: Visit
) -> None:
    await ann.says("general", "as it was")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.fill("my draft")
    await visitor.act_on("as it was", "Edit")
    await visitor.box.fill("changed")
    await visitor.box.press("Escape")
    await expect(visitor.box).to_have_value("my draft")
    await visitor.sees("as it was")


@pytest.mark.main
async def test_a_deleted_message_can_be_brought_back_for_a_while(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "too much said")
    here, there = await visit(ann), await visit(ben)
    await here.page.clock.install()
    await here.enter("general")
    await there.enter("general")
    await here.does_more("too much said", "Delete")
    await expect(here.message("Message deleted")).to_be_visible()
    await here.button("Undo").click()
    await here.sees("too much said")
    await there.sees("too much said")
    await here.does_more("too much said", "Delete")
    await here.page.clock.fast_forward(7_000)
    await expect(there.message("Message deleted")).to_be_visible()
    await expect(there.message("too much said")).to_have_count(0)


async def test_who_deletes_and_leaves_the_page_meant_it(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "too much said")
    here, there = await visit(ann), await visit(ben)
    await here.enter("general")
    await there.enter("general")
    await here.box.press("Shift+Tab")
    await here.page.keyboard.press("Delete")
    await expect(here.page.get_by_role("button", name="Undo")).to_be_visible()
    await here.go_elsewhere()
    await expect(there.message("Message deleted")).to_be_visible()


@pytest.mark.main
async def test_an_answer_quotes_a_message_and_jumps_to_it(
    ann: Person, ben: Person, visit: Visit
) -> None:
    first = await ann.says("general", "Who waters the tomatoes?")
    for number in range(120):
        await ben.says("general", f"something else {number}")
    here = await visit(ann)
    await here.go(f"rooms/general/{first['seq']}")
    await here.sees("Who waters the tomatoes?")
    await here.act_on("Who waters the tomatoes?", "Reply")
    await here.says("I can do it")

    there = await visit(ben)
    await there.enter("general")
    answer = there.message("I can do it")
    await expect(answer.locator(".quote")).to_contain_text("Who waters the tomatoes?")
    await there.press(answer.locator(".quote"))
    original = there.page.locator(f".messages > li[data-seq='{first['seq']}']")
    await expect(original).to_be_in_viewport()
    await expect(original).to_have_class(re.compile("aimed"))
    await there.page.locator(".to-newest").click()
    await expect(answer).to_be_in_viewport()


@pytest.mark.main
async def test_reactions_come_and_go(ann: Person, ben: Person, visit: Visit) -> None:
    await ann.says("general", "We did it")
    here, there = await visit(ann), await visit(ben)
    await here.enter("general")
    await there.enter("general")
    await there.act_on("We did it", "React with 👍")
    reaction = here.message("We did it").locator(".reaction")
    await expect(reaction).to_have_text("👍1")
    await expect(reaction).to_have_attribute("aria-label", re.compile("Ben Baker"))
    await reaction.click()
    await expect(there.message("We did it").locator(".reaction")).to_have_text("👍2")
    await there.message("We did it").locator(".reaction").click()
    await expect(reaction).to_have_text("👍1")
    await reaction.click()
    await expect(reaction).to_have_count(0)


@pytest.mark.main
async def test_code_is_shown_as_code_and_links_leave_no_trace(
    ann: Person, visit: Visit
) -> None:
    await ann.says("general", "```python\nprint(1)\n```\nsee https://example.org/a")
    visitor = await visit(ann)
    await visitor.enter("general")
    await expect(visitor.page.locator(".code code")).to_have_text("print(1)\n")
    link = visitor.page.locator(".text a")
    await expect(link).to_have_attribute("rel", re.compile("noopener"))


async def test_the_keyboard_walks_over_messages(ann: Person, visit: Visit) -> None:
    for text in ["first", "second", "third"]:
        await ann.says("general", text)
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.press("Shift+Tab")
    await visitor.page.keyboard.press("ArrowUp")
    await expect(visitor.message("second")).to_be_focused()
    await visitor.page.keyboard.press("r")
    await expect(visitor.page.locator(".compose-about")).to_contain_text("second")
    await expect(visitor.box).to_be_focused()
