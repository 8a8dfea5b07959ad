"""Loading: little at first, later only what has changed; what cannot be loaded says so."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_without_a_line import until_kept, who_has_kept
from tests.browser.visitor import LOSS
from tests.people import Person

ASKED = """performance.getEntriesByType("resource")
    .filter(({ transferSize }) => transferSize > 0)
    .map(({ name }) => name)"""
PACKED = """performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/web/"))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""
# What is fetched a second later is not counted, however slow the machine is.
NOT_LATER = """const soon = setTimeout;
    setTimeout = (act, ms, ...more) => soon(act, ms < 1000 ? ms : ms + 60000, ...more)"""
MAX_REQUESTS = 40
MAX_PACKED_BYTES = 100_000
BESIDE = 2  # requests that no list here has: the page, the socket
IDLE_MS = 2_500  # after which a page has fetched what it wants to have at hand


@pytest.mark.parametrize("place", ["rooms/general", ""])
async def test_a_first_view_is_small_and_comes_in_few_requests(
    ann: Person, ben: Person, visit: Visit, place: str
) -> None:
    await ben.says("general", "Hello, *Ann*")
    visitor = await visit(ann)
    await visitor.context.add_init_script(NOT_LATER)
    await visitor.go(place)
    for shown in [".messages .text"] if place else [".lobby-room", ".first strong"]:
        await visitor.page.locator(shown).first.wait_for()
    asked = await visitor.measure(ASKED)
    assert len(asked) + BESIDE <= MAX_REQUESTS, "\n".join(asked)
    assert await visitor.measure(PACKED) < MAX_PACKED_BYTES


async def test_the_way_in_is_small_and_comes_in_few_requests(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit()
    await visitor.go()
    await visitor.page.get_by_label("Username").wait_for()
    asked = await visitor.measure(ASKED)
    assert len(asked) + BESIDE <= MAX_REQUESTS, "\n".join(asked)
    assert await visitor.measure(PACKED) < MAX_PACKED_BYTES


@pytest.mark.parametrize("place", ["rooms/general", ""])
async def test_a_reload_asks_for_nothing_that_has_not_changed(
    ann: Person, ben: Person, visit: Visit, place: str
) -> None:
    await ann.makes("garden", "public", "ben")
    await ben.says("garden", "The beans are ripe")
    await ben.says("general", "Hello, Ann")
    visitor = await visit(ann)
    await visitor.go(place)
    await until_kept(visitor, "garden", "The beans are ripe")
    await until_kept(visitor, "general", "Hello, Ann")
    assert len(await visitor.measure(ASKED)) > 30
    await visitor.page.reload()
    await expect(visitor.page.locator(".text, .lobby-last").first).to_be_visible()
    await visitor.page.wait_for_timeout(IDLE_MS)
    assert await visitor.measure(ASKED) == []


async def test_a_reload_asks_for_people_once_one_of_them_has_changed(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await who_has_kept(ann, ben, visit, "Hello, Ann")
    await visitor.go_elsewhere()
    await ben.does("PATCH", "/api/users/ben", {"display_name": "Benjamin"})
    await visitor.enter("general")
    await expect(visitor.message("Hello, Ann").locator(".sender")).to_have_text("Benjamin")
    asked = await visitor.measure(ASKED)
    assert [re.sub(".*/api", "/api", url) for url in asked] == ["/api/users"]


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
