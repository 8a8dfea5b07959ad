"""Searching in the browser: by the keyboard, from the words to the message's place."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.visitor import Visitor
from tests.people import Person


def hits(visitor: Visitor) -> Locator:
    return visitor.page.locator(".hit")


@pytest.mark.main
async def test_somebody_searches_jumps_to_a_hit_and_comes_back(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "The déploiement of <b>kettle</b> is done")
    for number in range(70):
        await ben.says("general", f"line {number}")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.page.keyboard.press("Control+Shift+F")
    box = visitor.page.get_by_label("Search messages", exact=True).and_(
        visitor.page.locator("input")
    )
    await expect(box).to_be_focused()
    await box.press_sequentially("depl kett")
    await expect(hits(visitor)).to_have_count(1)
    await expect(hits(visitor).locator("mark")).to_have_text(["dépl", "kett"])
    await expect(hits(visitor)).to_contain_text("The déploiement of <b>kettle</b> is done")
    await expect(hits(visitor)).to_contain_text("Ben Baker")
    await expect(hits(visitor)).to_contain_text("General")
    await box.press("ArrowDown")
    await expect(hits(visitor)).to_be_focused()
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.message("déploiement")).to_be_focused()
    await expect(visitor.page.locator(".message.aimed")).to_have_attribute("data-seq", "1")
    await visitor.page.go_back()
    await expect(box).to_have_value("depl kett")
    await expect(hits(visitor)).to_have_count(1)


async def test_there_is_more_to_show_and_a_way_back_to_the_box(
    ann: Person, ben: Person, visit: Visit
) -> None:
    for number in range(25):
        await ben.says("general", f"kettle {number}")
    visitor = await visit(ann)
    await visitor.go("search/kettle")
    await expect(hits(visitor)).to_have_count(20)
    await expect(hits(visitor).first).to_contain_text("kettle 24")
    await visitor.button("Show more").click()
    await expect(hits(visitor)).to_have_count(25)
    await expect(hits(visitor).nth(20)).to_be_focused()
    await expect(visitor.button("Show more")).to_be_hidden()
    await visitor.page.keyboard.press("ArrowUp")
    await expect(hits(visitor).nth(19)).to_be_focused()
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.page.locator(".search .seek")).to_be_focused()


async def test_the_search_says_what_it_understands_and_that_nothing_was_found(
    ann: Person, visit: Visit
) -> None:
    await ann.says("general", "kettle")
    visitor = await visit(ann)
    visitor.expect(r"status of 400")
    await visitor.go()
    await visitor.page.keyboard.press("/")
    await visitor.button("from:ann").click()
    box = visitor.page.locator(".search .seek")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("from:")
    await box.press_sequentially("me")
    await expect(hits(visitor)).to_have_count(1)
    await box.fill("zebra")
    note = visitor.page.locator(".search-note")
    await expect(note).to_contain_text("Nothing found")
    await box.fill("kettle before:soon")
    await expect(note).to_contain_text("'soon' is no date")
    await box.press("Escape")
    await expect(box).to_have_value("")
    await expect(visitor.page).to_have_url(re.compile(r"#/search/$"))
    await expect(visitor.page.locator(".search-hints")).to_be_visible()


async def test_on_a_phone_a_search_fits(ann: Person, visit: Visit) -> None:
    await ann.says("general", f"kettle {'W' * 300}")
    visitor = await visit(ann, **PHONE)
    await visitor.go()
    await visitor.page.get_by_role("link", name="Search messages").tap()
    await visitor.page.locator(".search .seek").fill("kettle")
    await expect(hits(visitor)).to_have_count(1)
    assert await visitor.measure("document.documentElement.scrollWidth") <= 390
    await hits(visitor).tap()
    await visitor.sees("kettle")


async def test_the_column_keeps_its_width(ann: Person, visit: Visit) -> None:
    await ann.says("general", "kettle " + "and more " * 40)
    visitor = await visit(ann)
    await visitor.go("search/")
    box = visitor.page.locator(".search .seek")
    await box.wait_for()
    empty = await box.bounding_box()
    await box.fill("kettle")
    await expect(hits(visitor)).to_have_count(1)
    assert await box.bounding_box() == empty
    assert empty is not None
    assert empty["width"] > 600


async def test_operators_are_completed_by_title_and_by_name(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    await ann.does("PATCH", "/api/rooms/garden", {"title": "Orchard plans"})
    await ben.says("garden", "apples")
    visitor = await visit(ann)
    await visitor.go("search/")
    box = visitor.page.locator(".search .seek")
    await box.press_sequentially("from:bak")
    await expect(visitor.page.get_by_role("option")).to_have_text(["Ben Baker@ben"])
    await box.press("Tab")
    await box.press_sequentially("in:plans")
    await box.press("Enter")
    await expect(box).to_have_value("from:ben in:garden ")
    await expect(hits(visitor)).to_have_count(1)
    await box.press_sequentially("has:")
    await expect(visitor.page.get_by_role("option")).to_have_text(["A file", "A link"])


async def test_what_cannot_be_found_is_said_plainly(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    note = visitor.page.locator(".search-note")
    for sought, words in [
        ("from:nobody x", "Nobody is called nobody."),
        ("in:nowhere x", "You are in no room called nowhere."),
        ("to:nobody x", "Nobody is called nobody."),
    ]:
        await visitor.go(f"search/{sought}")
        await expect(note).to_have_text(words)


async def test_a_day_is_the_reader_s_own(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann, timezone_id="Asia/Tokyo")
    await visitor.go("search/")
    async with visitor.page.expect_request("**/api/search?*") as asked:
        await visitor.page.locator(".search .seek").fill("after:2026-11-27")
    assert "after%3A2026-11-26T15%3A00Z" in (await asked.value).url


async def test_an_excerpt_shows_words_and_no_marks(ann: Person, visit: Visit) -> None:
    await ann.says(
        "general",
        "# A *plan* for the **garden** in [May](https://example.org/may) `x_y` 5 * 3 _now_",
    )
    visitor = await visit(ann)
    for sought, hit in (("garden", "garden"), ("plan", "plan"), ("may", "May")):
        await visitor.go(f"search/{sought}")
        text = visitor.page.locator(".hit-text")
        await expect(text).to_have_text("A plan for the garden in May x_y 5 * 3 now")
        await expect(text.locator("mark").first).to_have_text(hit)
