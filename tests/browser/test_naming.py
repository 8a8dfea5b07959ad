"""What rooms are called, in full; and links that lead nowhere."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.visitor import REFUSAL
from tests.people import Person


async def test_a_wrong_link_offers_nothing_that_cannot_work(
    ann: Person, ben: Person, site: Site, visit: Visit
) -> None:
    await site.person("cho")
    await ann.does("PUT", "/api/rooms/ann~cho")
    visitor = await visit(ben)
    visitor.expect(REFUSAL)
    for place in ["rooms/no-such-room", "rooms/ann~cho"]:
        await visitor.go(place)
        await expect(visitor.page.get_by_role("heading")).to_contain_text(["No such room"])
        await expect(visitor.button("Join it")).to_have_count(0)
    await visitor.go("rooms/ben~cho")
    await visitor.button("Write").click()
    await visitor.says("hello")
    await visitor.sees_sent("hello")


async def test_a_link_to_no_message_says_so(ann: Person, visit: Visit) -> None:
    await ann.says("general", "the only one")
    visitor = await visit(ann)
    await visitor.enter("general/99")
    await expect(visitor.page.locator(".toast")).to_contain_text("no such message")


async def test_a_title_and_a_description_can_be_read_in_full_and_followed(
    ann: Person, visit: Visit
) -> None:
    await ann.makes("garden")
    long = f"{'A long word of welcome. ' * 9}See https://example.org/plan."
    await ann.does("PATCH", "/api/rooms/garden", {"title": "G" * 80, "topic": long})
    visitor = await visit(ann)
    await visitor.enter("garden")
    await visitor.page.locator(".room-title").click()
    about = visitor.dialog("About this room")
    await expect(about.locator(".details-title")).to_have_text("G" * 80)
    await expect(about.locator(".details-topic")).to_have_text(long)
    await expect(about.get_by_role("link")).to_have_attribute(
        "href", "https://example.org/plan"
    )


async def test_a_new_title_is_followed_where_one_writes(ann: Person, visit: Visit) -> None:
    await ann.makes("garden")
    visitor = await visit(ann)
    await visitor.enter("garden")
    await ann.does("PATCH", "/api/rooms/garden", {"title": "Orchard"})
    await expect(visitor.box).to_have_attribute(
        "placeholder", "Message \u2068Orchard\u2069"
    )


async def test_a_room_titled_in_another_script_gets_a_name_by_itself(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.go("browse")
    await visitor.button("New room").click()
    dialog = visitor.dialog("Create a room")
    await dialog.get_by_label("Title").fill("设计")
    await dialog.get_by_role("button", name="Create").click()
    await expect(visitor.page.locator(".room-head h1")).to_have_text("设计")
