"""Pins and answers, and notes to oneself, as people see them."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.people import Person


@pytest.mark.main
async def test_a_message_is_pinned_and_found_in_the_rooms_head(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    await ann.says("garden", "the **gate code** is 1234")
    await ann.says("garden", "something else")
    visitor = await visit(ben)
    await visitor.go("rooms/garden")
    row = visitor.message("gate code")
    await visitor.does_more("gate code", "Pin")
    await expect(row.locator(".pinned")).to_have_text("Pinned")
    if visitor.has_touch:
        await visitor.page.locator(".room-title").tap()
    await visitor.button("Pinned messages").click()
    dialog = visitor.dialog("Pinned messages")
    await expect(dialog.locator("li strong")).to_have_text("gate code")
    await dialog.get_by_role("button", name="Unpin").click()
    await expect(dialog.get_by_text("Nothing is pinned.")).to_be_visible()
    await expect(row.locator(".pinned")).to_have_count(0)


@pytest.mark.main
async def test_answers_are_counted_and_shown_in_order(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    await ann.says("garden", "who waters?")
    visitor = await visit(ben)
    await visitor.go("rooms/garden")
    row = visitor.message("who waters?")
    await ann.says("garden", "I do", reply_to=1)
    await expect(row.get_by_role("button", name="1 answer")).to_be_visible()
    await ann.says("garden", "not an answer")
    await ann.says("garden", "and Cat", reply_to=1)
    await row.get_by_role("button", name="2 answers").click()
    dialog = visitor.dialog("Answers")
    await expect(dialog.locator(".asked")).to_contain_text("who waters?")
    await expect(dialog.locator("li")).to_have_count(2)
    await expect(dialog.locator("li").first).to_contain_text("I do")
    await expect(dialog.locator("li").last).to_contain_text("and Cat")
    await ann.says("garden", "and Dan", reply_to=1)
    await expect(dialog.locator("li")).to_have_count(3)
    await ann.does("DELETE", "/api/rooms/garden/messages/2")
    await expect(dialog.locator("li")).to_have_count(2)


async def test_notes_to_oneself_have_a_name(ann: Person, visit: Visit) -> None:
    await ann.does("PUT", "/api/rooms/ann~ann")
    visitor = await visit(ann)
    await visitor.go("rooms/ann~ann")
    await expect(visitor.page.locator(".room-head h1")).to_have_text("Notes to self")
    await visitor.says("milk")
    await visitor.sees_sent("milk")
