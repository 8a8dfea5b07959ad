"""Writing: drafts, completion, emoji, limits."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.people import Person


async def test_a_draft_survives_a_reload_and_each_room_has_its_own(
    ann: Person, visit: Visit
) -> None:
    await ann.makes("garden")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.fill("half a thought")
    await visitor.opens("garden")
    await expect(visitor.page.locator(".room-head h1")).to_have_text("garden")
    await expect(visitor.box).to_have_value("")
    await visitor.page.reload()
    await visitor.opens("General")
    await expect(visitor.box).to_have_value("half a thought")


@pytest.mark.main
async def test_a_name_is_completed_after_an_at_sign(
    ann: Person, ben: Person, visit: Visit
) -> None:
    here, there = await visit(ann), await visit(ben)
    await here.enter("general")
    await there.enter("general")
    await here.box.press_sequentially("Ask @bak")
    await expect(here.page.get_by_role("option", name="Ben Baker")).to_be_visible()
    await here.box.press("Tab")
    await expect(here.box).to_have_value("Ask @ben ")
    await here.sends()
    await expect(there.message("Ask").locator(".mention.me")).to_have_text("@ben")


async def test_a_room_is_completed_by_its_title_after_a_hash(
    ann: Person, visit: Visit
) -> None:
    await ann.makes("design-build")
    await ann.does("PATCH", "/api/rooms/design-build", {"title": "Design and Build"})
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.press_sequentially("See #bui")
    await expect(visitor.page.get_by_role("option")).to_have_text(
        "Design and Build#design-build"
    )
    await visitor.box.press("Tab")
    await visitor.box.press("Enter")
    link = visitor.message("See").get_by_role("link", name="#design-build")
    await expect(link).to_have_css("display", "inline")
    await link.click()
    # The name stands below the title, as that does not say it.
    await expect(visitor.page.locator(".room-head p")).to_have_text("#design-build")


async def test_the_box_shows_how_bold_and_code_are_written(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.button("Aa: how to write bold, code and lists").click()
    marks = visitor.dialog("How to write bold, code and lists")
    await expect(marks).to_contain_text("**bold**")
    await visitor.button("All shortcuts").click()
    await expect(visitor.dialog("Keyboard shortcuts")).to_be_visible()


async def test_escape_closes_the_suggestions_and_keeps_the_text(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.press_sequentially("Hi @b")
    await expect(visitor.page.get_by_role("listbox")).to_be_visible()
    await visitor.box.press("Escape")
    await expect(visitor.page.get_by_role("listbox")).to_be_hidden()
    await visitor.box.press("Enter")
    await visitor.sees_sent("Hi @b")


async def test_an_emoji_is_completed_after_a_colon(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.press_sequentially("Nice :rock")
    await visitor.page.get_by_role("option", name=":rocket:").wait_for()
    await visitor.box.press("Enter")
    await expect(visitor.box).to_have_value("Nice 🚀 ")


@pytest.mark.main
async def test_the_emoji_picker_finds_by_word_and_remembers(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.button("Emoji").click()
    picker = visitor.dialog("Emoji")
    await picker.get_by_role("searchbox").fill("tomato")
    await picker.get_by_role("searchbox").press("Enter")
    await expect(visitor.box).to_have_value("🍅")
    await expect(visitor.box).to_be_focused()
    await visitor.button("Emoji").click()
    used = picker.get_by_role("region", name="In use").get_by_role("button")
    await expect(used.first).to_have_text("🍅")
    await visitor.page.keyboard.press("Escape")
    await expect(picker).to_be_hidden()
    await expect(visitor.button("Emoji")).to_be_focused()


async def test_the_picker_is_used_by_arrow_keys(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.button("Emoji").click()
    await visitor.dialog("Emoji").wait_for()
    for key in ["ArrowDown", "ArrowRight", "ArrowRight", "Enter"]:
        await visitor.page.keyboard.press(key)
    await expect(visitor.box).to_have_value("😂")


async def test_shift_enter_makes_a_line_and_enter_sends(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.box.press_sequentially("one")
    await visitor.box.press("Shift+Enter")
    await visitor.box.press_sequentially("two")
    await visitor.box.press("Enter")
    await visitor.sees_sent("two")
    assert [message["text"] for message in await ann.page("general")] == ["one\ntwo"]


async def test_the_limit_is_counted_down_before_it_bites(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    counter = visitor.page.locator(".counter")
    await visitor.box.fill("x" * 7_000)
    await expect(counter).to_be_hidden()
    await visitor.box.fill("x" * 7_990)
    await expect(counter).to_have_text("10")
    await visitor.box.fill("🙂" * 8_001)
    await expect(counter).to_have_text("1 over")
    await expect(visitor.button("Send")).to_be_disabled()
    await visitor.box.press("Enter")
    await expect(visitor.page.locator(".toast")).to_have_text("Too long: 1 over the limit.")
    await visitor.box.fill("🙂" * 8_000)
    await visitor.box.press("Enter")
    await expect(visitor.page.locator(".messages > li[data-seq]")).to_have_count(1)
