"""Copying, also on plain HTTP, where browsers offer a page no clipboard."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Person

PLAIN_HTTP = "Object.defineProperty(navigator, 'clipboard', { value: undefined });"


async def pastes(visitor: Visitor) -> str:
    await visitor.enter("general")
    await visitor.box.press("Control+v")
    return await visitor.box.input_value()


@pytest.mark.parametrize("script", [PLAIN_HTTP, ""])
async def test_an_invite_is_copied(ann: Person, visit: Visit, script: str) -> None:
    visitor = await visit(ann, permissions=["clipboard-read", "clipboard-write"])
    await visitor.context.add_init_script(script)
    await visitor.go("people")
    await visitor.button("Invite people").click()
    await visitor.dialog("Invite people").get_by_role("button", name="Make a link").click()
    await visitor.button("Copy invite link").click()
    await expect(visitor.page.locator(".toast")).to_have_text("Copied")
    await visitor.page.keyboard.press("Escape")
    assert "/join/" in await pastes(visitor)


async def test_a_message_is_copied_on_plain_http(ann: Person, visit: Visit) -> None:
    await ann.says("general", "copy me")
    visitor = await visit(ann)
    await visitor.context.add_init_script(PLAIN_HTTP)
    await visitor.enter("general")
    await visitor.act_on("copy me", "More")
    await visitor.page.get_by_role("menuitem", name="Copy text").click()
    await expect(visitor.page.locator(".toast")).to_have_text("Copied")
    assert await pastes(visitor) == "copy me"
