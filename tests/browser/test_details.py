"""Small things that people notice: dates, marks of an edit, paper, contrast, notes."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.people import Person


async def test_a_week_is_seven_days_and_words_are_of_one_language(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.does("POST", "/api/invites", {"note": "x", "expires_in": 7 * 86_400})
    await ben.says("general", "hello")
    visitor = await visit(ann, locale="de-DE")
    await visitor.go("people")
    await visitor.button("Invite people").click()
    await expect(visitor.page.locator(".invites li")).to_contain_text("in 7 days")
    await visitor.enter("general")
    await expect(visitor.page.locator(".day")).to_have_text("Today")


async def test_the_message_under_edit_is_marked(ann: Person, visit: Visit) -> None:
    await ann.says("general", "as it was")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.act_on("as it was", "Edit")
    await expect(visitor.page.locator(".message.editing")).to_contain_text("as it was")
    await visitor.says("as it is")
    await expect(visitor.page.locator(".message.editing")).to_have_count(0)
    await visitor.page.mouse.move(0, 0)
    mark = visitor.message("as it is").locator(".text .edited")
    await expect(mark).to_be_visible()
    assert await visitor.message("as it is").evaluate("row => row.offsetHeight") < 120


async def test_paper_shows_the_messages_only(ann: Person, visit: Visit) -> None:
    for number in range(60):
        await ann.says("general", f"line {number}")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.page.emulate_media(media="print")
    await expect(visitor.page.locator(".sidebar")).to_be_hidden()
    await expect(visitor.page.locator(".compose")).to_be_hidden()
    height = await visitor.measure("document.querySelector('.scroller').offsetHeight")
    assert height > 1_200


async def test_who_asks_for_more_contrast_gets_it(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann, contrast="more")
    await visitor.enter("general")
    topic = visitor.page.locator(".room-words p")
    ink = await visitor.page.locator(".room-words h1").evaluate(
        "element => getComputedStyle(element).color"
    )
    await expect(topic).to_have_css("color", ink)


async def test_a_note_covers_neither_the_last_row_nor_the_box(
    ann: Person, visit: Visit
) -> None:
    await ann.says("general", "the last row")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.act_on("the last row", "More")
    await visitor.page.get_by_role("menuitem", name="Copy link").click()
    note = await visitor.page.locator(".toast").bounding_box()
    assert note is not None
    assert note["y"] + note["height"] < 70


async def test_the_colours_of_names_are_spread(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.go()
    hues = await visitor.measure("""() => {
        const names = ("ann ben cho dana eli fay gus hana ivo jo kim leo mia ned olga pia"
            + " quin rosa sam tom una vera will xena yuri").split(" ");
        const { src } = document.querySelector("script[type=module]");
        return import(new URL("state/people.js", src)).then(({ hue }) => names.map(hue));
    }""")
    assert len(set(hues)) >= 10
    assert max(hues.count(hue) for hue in hues) <= 4


async def test_a_room_that_nobody_made_says_only_since_when_it_is_there(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.page.locator(".room-title").click()
    await expect(visitor.dialog("About this room")).to_contain_text("Made on ")
