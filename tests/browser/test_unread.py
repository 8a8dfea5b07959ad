"""What is unread, in every open client: as the server counts it, without a reload."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.people import Person


async def test_counts_follow_what_others_delete_and_edit(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    visitor = await visit(ben)
    await visitor.go()
    badge = visitor.room("garden").locator(".badge")
    for text in ("one @ben", "two @ben", "three"):
        await ann.says("garden", text)
    await expect(badge).to_have_text("2")
    await ann.does("DELETE", "/api/rooms/garden/messages/1")
    await expect(badge).to_have_text("1")
    await ann.does("PATCH", "/api/rooms/garden/messages/3", {"text": "three @all"})
    await expect(badge).to_have_text("2")
    await ben.says("garden", "from a program of mine")
    await ann.does("DELETE", "/api/rooms/garden/messages/2")
    await expect(badge).to_have_text("1")
    await ann.does("PATCH", "/api/rooms/garden/messages/3", {"text": "three"})
    await expect(badge).to_be_hidden()
    await expect(visitor.room("garden")).to_have_class(re.compile("unread"))
    await ann.does("DELETE", "/api/rooms/garden/messages/3")
    await expect(visitor.room("garden")).not_to_have_class(re.compile("unread"))


async def test_a_message_is_marked_unread_on_all_devices_until_the_room_is_opened_again(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    for text in ("one", "two @ben", "three"):
        await ann.says("garden", text)
    here, there = await visit(ben), await visit(ben)
    await there.go()
    await here.enter("garden")
    await expect(there.room("garden")).not_to_have_class(re.compile("unread"))
    await here.does_more("two", "Mark unread from here")
    for visitor in (here, there):
        await expect(visitor.room("garden").locator(".badge")).to_have_text("1")
    await expect(here.page.locator(".unread-line")).to_be_visible()
    await here.go()
    assert (await ben.room("garden"))["unread"] == 2
    await here.enter("garden")
    for visitor in (here, there):
        await expect(visitor.room("garden")).not_to_have_class(re.compile("unread"))
