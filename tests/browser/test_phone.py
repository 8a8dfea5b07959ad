"""On a phone: words instead of small icons, and nothing that breaks in a narrow column."""

import re

from playwright.async_api import expect

from tests.attachments import picture, uploads
from tests.browser.conftest import PHONE, Visit
from tests.people import Person


async def test_a_tap_on_a_message_opens_what_can_be_done_in_words(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "Who waters the tomatoes?")
    visitor = await visit(ann, **PHONE)
    await visitor.enter("general")
    await visitor.message("Who waters").locator(".text").tap()
    sheet = visitor.dialog("Message")
    await expect(sheet.locator(".menu button")).to_have_text(
        [
            "Reply",
            "Edit",
            "Copy text",
            "Copy link",
            "Pin",
            "Mark unread from here",
            "Delete",
        ]
    )
    await sheet.get_by_role("button", name="React with 👍").tap()
    await expect(visitor.message("Who waters").locator(".reaction")).to_have_text("👍1")
    await visitor.message("Who waters").locator(".text").tap()
    await sheet.get_by_role("button", name="Reply").tap()
    await visitor.box.fill("I do")
    await visitor.button("Send").tap()
    await expect(visitor.message("I do").locator(".quote")).to_contain_text("tomatoes")


async def test_a_tap_on_a_suggestion_takes_it_and_touches_nothing_behind_it(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "\n".join(f"- {number}" for number in range(40)))
    visitor = await visit(ann, **PHONE)
    await visitor.enter("general")
    sheet = visitor.dialog("Message")
    await visitor.page.locator(".text").tap()
    await sheet.get_by_role("button", name="Reply").tap()
    await visitor.box.press_sequentially("@be")
    await visitor.page.get_by_role("option", name="Ben Baker").tap()
    await expect(visitor.box).to_have_value("@ben ")
    await expect(visitor.box).to_be_focused()
    await expect(sheet).to_have_count(0)


async def test_a_tap_beside_the_emoji_only_closes_them(ann: Person, visit: Visit) -> None:
    await ann.says("general", "\n".join(f"- {number}" for number in range(40)))
    visitor = await visit(ann, **PHONE)
    await visitor.enter("general")
    await visitor.button("Emoji").tap()
    await expect(visitor.dialog("Emoji")).to_be_visible()
    await visitor.page.touchscreen.tap(195, 120)
    await expect(visitor.dialog("Emoji")).to_have_count(0)
    await expect(visitor.dialog("Message")).to_have_count(0)
    await visitor.page.touchscreen.tap(195, 120)
    await expect(visitor.dialog("Message")).to_be_visible()


async def test_a_table_scrolls_and_keeps_its_words_whole(ann: Person, visit: Visit) -> None:
    heads = "| " + " | ".join(f"heading{n}" for n in range(8)) + " |"
    cells = "| " + " | ".join("1,000,000.00" for _ in range(8)) + " |"
    await ann.says("general", f"{heads}\n{'|---' * 8}|\n{cells}")
    visitor = await visit(ann, **PHONE)
    await visitor.enter("general")
    table = visitor.page.locator(".text table")
    assert await table.evaluate("table => table.scrollWidth > table.clientWidth + 100")
    assert await table.evaluate("table => table.rows[1].offsetHeight") < 40
    assert await visitor.measure("document.documentElement.scrollWidth") <= 390


async def test_an_empty_box_is_one_line_high_whatever_the_room_is_called(
    ann: Person, visit: Visit
) -> None:
    await ann.makes("garden")
    await ann.does("PATCH", "/api/rooms/garden", {"title": "A room with a long title " * 3})
    visitor = await visit(ann, **PHONE)
    await visitor.enter("garden")
    assert await visitor.box.evaluate("box => box.offsetHeight") < 60


async def test_the_way_back_says_how_much_calls(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    visitor = await visit(ben, **PHONE)
    await visitor.enter("general")
    await ann.says("garden", "@ben come")
    back = visitor.page.get_by_role("link", name="Back to the rooms, 1 new")
    await expect(back.locator(".badge")).to_have_text("1")


async def test_a_drawing_on_transparent_ground_is_seen_in_the_dark(
    ann: Person, visit: Visit
) -> None:
    file = await uploads(ann, "general", picture())
    await ann.says("general", "look", files=[file["id"]])
    visitor = await visit(ann, color_scheme="dark")
    await visitor.enter("general")
    drawing = visitor.page.locator(".picture")
    await expect(drawing).to_have_class(re.compile("here"))
    await expect(drawing).to_have_css("background-color", "rgb(233, 226, 216)")
