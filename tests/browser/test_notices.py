"""Being told: desktop notifications for what calls, and only for that."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Person

RECORD = """
    window.told = [];
    window.Notification = class {
        static permission = "granted";
        constructor(title, { body, tag }) { window.told.push([title, body, tag]); }
    };
"""


async def told(visitor: Visitor) -> list[list[str]]:
    found: list[list[str]] = await visitor.measure("window.told")
    return found


async def test_a_mention_elsewhere_is_told_and_what_is_on_view_is_not(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    await ben.does("PUT", "/api/rooms/garden/notify", {"notify": "mentions"})
    visitor = await visit(ben)
    await visitor.context.add_init_script(RECORD)
    await visitor.enter("general")
    await ann.says("general", "@ben you see this")
    await ann.says("garden", "nothing for ben")
    said = await ann.says("garden", "@ben are you there?")
    await expect(visitor.room("garden").locator(".badge")).to_have_text("1")
    assert await told(visitor) == [
        [
            "\u2068Ann Archer\u2069 in \u2068garden\u2069",
            "@ben are you there?",
            f"garden/{said['seq']}",
        ]
    ]


async def test_a_direct_message_is_told_unless_its_room_is_quiet(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.does("PUT", "/api/rooms/ann~ben")
    visitor = await visit(ben)
    await visitor.context.add_init_script(RECORD)
    await visitor.enter("general")
    await ann.says("ann~ben", "psst")
    await expect(visitor.room("Ann Archer").locator(".badge")).to_have_text("1")
    await ben.does("PUT", "/api/rooms/ann~ben/notify", {"notify": "nothing"})
    await expect(visitor.room("Ann Archer").locator(".badge")).to_have_count(0)
    await ann.says("ann~ben", "psst again")
    await ann.says("general", "and here")
    await visitor.sees("and here")
    assert [body for _, body, _ in await told(visitor)] == ["psst"]
