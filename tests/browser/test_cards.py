"""From a message to the person: a small card behind names, faces and mentions."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.people import Person


@pytest.mark.parametrize("way", ["a.sender", ".face", "a.mention"])
async def test_a_name_a_face_and_a_mention_lead_to_the_person(
    ann: Person, ben: Person, visit: Visit, way: str
) -> None:
    await ben.says("general", "look, @ben")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.message("look").locator(way).click()
    card = visitor.dialog("Ben Baker")
    await expect(card).to_contain_text("@ben · Member · offline")
    await card.get_by_role("button", name="Write").click()
    await expect(visitor.page.locator(".room-head h1")).to_have_text("Ben Baker")


async def test_the_card_is_reached_by_keyboard(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "hello")
    there = await visit(ben)
    await there.enter("general")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.act_on("hello", "More")
    await visitor.page.get_by_role("menuitem", name="About").press("Enter")
    await expect(visitor.dialog("Ben Baker")).to_contain_text("online")
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.dialog("Ben Baker")).to_have_count(0)
