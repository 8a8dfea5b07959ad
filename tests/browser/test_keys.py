"""The keyboard: letters belong to the box, but for messages reached by keyboard."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.attaching import held
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Person


async def selects(visitor: Visitor, text: str) -> None:
    """Drag over the words of a message, as one does to copy them."""
    box = await visitor.message(text).locator(".text").bounding_box()
    assert box is not None
    mouse = visitor.page.mouse
    await mouse.move(box["x"] + 2, box["y"] + 8)
    await mouse.down()
    await mouse.move(box["x"] + 60, box["y"] + 8, steps=4)
    await mouse.up()


async def test_what_is_typed_after_a_click_on_a_message_is_written(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "From Ben")
    await ann.says("general", "Something that Ann said long ago")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.message("From Ben").click()
    await visitor.page.keyboard.type("really, go on")
    await expect(visitor.box).to_have_value("really, go on")
    await expect(visitor.page.locator(".compose-about")).to_be_hidden()
    await visitor.box.fill("")
    await selects(visitor, "Something that Ann said")
    await visitor.page.keyboard.type("excellent")
    await expect(visitor.box).to_have_value("excellent")


async def test_delete_after_a_click_on_a_message_deletes_nothing(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "Ben's words")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.message("Ben's words").click()
    await visitor.page.keyboard.press("Delete")
    await expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    await visitor.sees("Ben's words")


async def test_deleting_another_person_s_message_asks_first(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "Ben's words")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.press("Shift+Tab")
    await expect(visitor.message("Ben's words")).to_be_focused()
    await visitor.page.keyboard.press("Delete")
    question = visitor.dialog("Delete this message?")
    await expect(question).to_contain_text("Ben's words")
    await question.get_by_role("button", name="Cancel").click()
    await visitor.sees("Ben's words")
    await visitor.act_on("Ben's words", "More")
    await visitor.page.get_by_role("menuitem", name="Delete").click()
    await question.get_by_role("button", name="Delete").click()
    await expect(visitor.message("Message deleted")).to_be_visible()


async def test_shift_tab_in_the_box_leads_to_the_messages(
    ann: Person, visit: Visit
) -> None:
    for text in ["first", "see https://example.org"]:
        await ann.says("general", text)
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.press("Shift+Tab")
    await expect(visitor.message("see")).to_be_focused()
    await visitor.page.keyboard.press("ArrowUp")
    await visitor.page.keyboard.press("e")
    await expect(visitor.box).to_have_value("first")


async def test_tab_leads_through_what_can_be_done_with_a_message_and_back_to_it(
    ann: Person, visit: Visit
) -> None:
    for text in ["first", "second", "third"]:
        await ann.says("general", text)
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.press("Shift+Tab")
    await visitor.page.keyboard.press("ArrowUp")
    await expect(visitor.button("More")).to_be_visible()
    await visitor.page.keyboard.press("Tab")
    await visitor.page.keyboard.press("Shift+Tab")
    await expect(visitor.message("second")).to_be_focused()
    await visitor.button("More").focus()
    await visitor.page.keyboard.press("Tab")
    await expect(visitor.box).to_be_focused()
    await visitor.page.keyboard.press("Shift+Tab")
    await expect(visitor.message("second")).to_be_focused()


async def test_letters_for_nobody_go_to_the_box(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.blur()
    await visitor.page.keyboard.type("hello")
    await expect(visitor.box).to_have_value("hello")
    await visitor.room("General").focus()
    await visitor.page.keyboard.type(" there")
    await expect(visitor.box).to_have_value("hellothere")


async def test_page_up_and_down_scroll_the_room_from_the_empty_box(
    ann: Person, visit: Visit
) -> None:
    for number in range(40):
        await ann.says("general", f"line {number}")
    visitor = await visit(ann)
    await visitor.enter("general")
    await expect(visitor.message("line 39")).to_be_in_viewport()
    await visitor.box.press("PageUp")
    await expect(visitor.message("line 39")).not_to_be_in_viewport()
    await visitor.box.press("PageDown")
    await expect(visitor.message("line 39")).to_be_in_viewport()


async def test_keys_mark_the_selected_words(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    for key, marked in [("b", "**word**"), ("i", "*word*"), ("k", "[word](https://)")]:
        await visitor.box.fill("word")
        await visitor.box.select_text()
        await visitor.box.press(f"Control+{key}")
        await expect(visitor.box).to_have_value(marked)
    await visitor.box.fill("word")
    await visitor.box.select_text()
    await visitor.box.press("Control+b")
    await visitor.box.press("Control+b")
    await expect(visitor.box).to_have_value("word")
    await visitor.box.press("Control+z")
    await visitor.box.press("Control+z")
    await expect(visitor.box).to_have_value("word")
    await visitor.box.fill("")
    await visitor.box.press("Control+k")
    await expect(visitor.dialog("Jump to")).to_be_visible()


async def test_the_help_tells_the_marks(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.blur()
    await visitor.page.keyboard.press("?")
    await expect(visitor.dialog("Keyboard shortcuts")).to_contain_text(
        re.compile(r"Text is Markdown:.*\*\*bold\*\*")
    )


@pytest.mark.parametrize("ends", ["", "Enter", "Escape"])
async def test_letters_for_the_switcher_wait_until_its_code_is_there(
    ann: Person, visit: Visit, ends: str
) -> None:
    await ann.makes("garden")
    visitor = await visit(ann)
    async with held(visitor, re.compile(r"/sidebar/switcher\.js")):
        await visitor.enter("general")
        await visitor.box.press("Control+k")
        await visitor.page.keyboard.type("gadr", delay=10)
        await visitor.page.keyboard.press("Backspace")
        await visitor.page.keyboard.press("Backspace")
        await visitor.page.keyboard.type("rd")
        if ends:
            await visitor.page.keyboard.press(ends)
    if ends == "Enter":
        await expect(visitor.page).to_have_url(re.compile("#/rooms/garden$"))
    elif ends == "Escape":
        await visitor.page.keyboard.type("hello")
        await expect(visitor.box).to_have_value("hello")
    else:
        seek = visitor.dialog("Jump to").get_by_role("combobox")
        await expect(seek).to_have_value("gard")
        await expect(visitor.page.get_by_role("option").first).to_contain_text("garden")
        await expect(visitor.box).to_have_value("")
