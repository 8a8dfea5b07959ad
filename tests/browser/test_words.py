"""What a message says in one line: words, not marks; and who said it."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_notices import listening, told
from tests.people import Person

MARKED = "# Plan\n\n- **water** the `beds`\n\n| a | b |\n|---|:-:|\n| one | two |"
WORDS = "Plan water the beds a b one two"


async def test_quotes_and_the_lobby_show_words_and_not_their_marks(
    ann: Person, ben: Person, visit: Visit
) -> None:
    said = await ann.says("general", MARKED)
    visitor = await visit(ben)
    await visitor.go()
    await expect(visitor.page.locator(".lobby-last")).to_contain_text(WORDS)
    await ann.says("general", "done", reply_to=said["seq"])
    await visitor.enter("general")
    await expect(visitor.message("done").locator(".quote-words")).to_have_text(WORDS)


async def test_a_notification_shows_words_and_not_their_marks(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    visitor = await listening(visit, ben)
    await ann.says("garden", "**@ben** look at `this`")
    await expect(visitor.room("garden").locator(".badge")).to_have_text("1")
    assert [body for _, body, _ in await told(visitor)] == ["@ben look at this"]


async def test_what_a_search_found_shows_no_marks(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "## Plan\n\nthe **wheelbarrow** is `here`")
    visitor = await visit(ben)
    await visitor.go("search/wheelbarrow")
    await expect(visitor.page.locator(".hit-text")).to_have_text(
        "Plan the wheelbarrow is here"
    )


async def test_the_lobby_skips_what_was_deleted_and_counts_what_is_new(
    ann: Person, ben: Person, visit: Visit
) -> None:
    for text in ["one", "two", "three"]:
        said = await ann.says("general", text)
    await ann.does("DELETE", f"/api/rooms/general/messages/{said['seq']}")
    visitor = await visit(ben)
    await visitor.go()
    room = visitor.page.locator(".lobby-room")
    await expect(room.locator(".lobby-last")).to_contain_text("two")
    await expect(room.locator(".lobby-count")).to_have_text("2 new")


async def test_the_author_in_a_quote_is_cut_only_where_there_is_no_room(
    ann: Person, ben: Person, visit: Visit
) -> None:
    said = await ann.says("general", "ok")
    await ben.says("general", "good", reply_to=said["seq"])
    visitor = await visit(ben)
    await visitor.enter("general")
    author = visitor.message("good").locator(".quote .sender")
    await expect(author).to_have_text("Ann Archer")
    assert await author.evaluate("element => element.scrollWidth <= element.clientWidth")
