"""Loading: what has not changed is not asked for again; what cannot be loaded says so."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import LOSS
from tests.people import Person

ASKED = """performance.getEntriesByType("resource")
    .filter(({ name, transferSize }) => name.includes("/web/v-") && transferSize > 0)
    .map(({ name }) => name)"""
PACKED = """performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/web/"))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""


async def test_a_reload_asks_for_nothing_that_has_not_changed(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    assert len(await visitor.measure(ASKED)) > 40
    await visitor.page.reload()
    await visitor.box.wait_for()
    assert await visitor.measure(ASKED) == []


async def test_a_page_whose_code_does_not_come_can_be_asked_for_again(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    visitor.expect(LOSS)
    await visitor.enter("general")
    await visitor.page.route("**/views/search/*.js", lambda route: route.abort())
    await visitor.page.keyboard.press("Control+Shift+F")
    again = visitor.page.locator(".later").get_by_role("button", name="Try again")
    await expect(again).to_be_visible()
