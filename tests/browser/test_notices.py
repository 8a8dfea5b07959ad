"""Being told: desktop notifications for what calls, and only for that."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import LOSS, Visitor
from tests.people import Person

RECORD = """
    window.told = [];
    window.Notification = class {
        static permission = "granted";
        constructor(title, { body, tag }) { window.told.push([title, body, tag]); }
    };
"""


async def listening(visit: Visit, person: Person) -> Visitor:
    """Somebody who reads General, and whose browser lets us be told of the rest."""
    visitor = await visit(person)
    await visitor.context.add_init_script(RECORD)
    await visitor.enter("general")
    return visitor


async def told(visitor: Visitor) -> list[list[str]]:
    """What was told, once the code that tells is there."""
    await visitor.page.wait_for_function("() => window.told.length > 0")
    found: list[list[str]] = await visitor.measure("window.told")
    return found


async def test_a_mention_elsewhere_is_told_and_what_is_on_view_is_not(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    await ben.does("PUT", "/api/rooms/garden/notify", {"notify": "mentions"})
    visitor = await listening(visit, ben)
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
    visitor = await listening(visit, ben)
    await ann.says("ann~ben", "psst")
    await expect(visitor.room("Ann Archer").locator(".badge")).to_have_text("1")
    await ben.does("PUT", "/api/rooms/ann~ben/notify", {"notify": "nothing"})
    await expect(visitor.room("Ann Archer").locator(".badge")).to_have_count(0)
    await ann.says("ann~ben", "psst again")
    await ann.says("general", "and here")
    await visitor.sees("and here")
    assert [body for _, body, _ in await told(visitor)] == ["psst"]


async def test_a_new_member_of_a_room_is_told_of_mentions_only(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    visitor = await listening(visit, ben)
    await ann.says("garden", "a plain line")
    await ann.says("garden", "@ben a call")
    await expect(visitor.room("garden").locator(".badge")).to_have_text("1")
    assert [body for _, body, _ in await told(visitor)] == ["@ben a call"]


async def test_a_direct_room_offers_only_what_it_can_keep(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.does("PUT", "/api/rooms/ann~ben")
    await ben.does("PUT", "/api/rooms/ann~ben/notify", {"notify": "mentions"}, status=204)
    visitor = await visit(ben)
    await visitor.enter("ann~ben")
    await visitor.button("Notifications").click()
    choices = visitor.dialog("Notify me about")
    await expect(choices.get_by_role("radio")).to_have_count(2)
    await expect(choices.get_by_label("Everything")).to_be_checked()
    # What could not be kept is not shown as if it were.
    visitor.expect(LOSS)
    await visitor.page.route("**/notify", lambda route: route.abort())
    await choices.get_by_text("Nothing", exact=True).click()
    await expect(visitor.page.locator(".toast")).to_contain_text("cannot be reached")
    await expect(choices.get_by_label("Everything")).to_be_checked()
    await visitor.page.unroute("**/notify")
    await choices.get_by_text("Nothing", exact=True).click()
    await expect(visitor.page.locator(".toast").last).to_contain_text("Saved")
    await expect(choices.get_by_label("Nothing")).to_be_checked()


async def test_a_badge_follows_what_is_edited_and_deleted(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    first = await ann.says("garden", "@ben one")
    second = await ann.says("garden", "@ben two")
    visitor = await visit(ben)
    await visitor.enter("general")
    badge = visitor.room("garden").locator(".badge")
    await expect(badge).to_have_text("2")
    path = "/api/rooms/garden/messages"
    await ann.does("DELETE", f"{path}/{first['seq']}")
    await expect(badge).to_have_text("1")
    await ann.does("PATCH", f"{path}/{second['seq']}", {"text": "@carl two"})
    await expect(badge).to_have_count(0)
