"""How a room looks: where things stand, and what stands out."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.people import Person

COLUMN_PX = 960
ENDS = """() => {
    const { left } = document.querySelector(".message").getBoundingClientRect();
    const ends = [".message-main", ".unread-line", ".actions", ".compose"];
    return ends.map((one) => [...document.querySelectorAll(one)].map((element) =>
        element.getBoundingClientRect().right - left)).flat();
}"""
GROUND = "row => getComputedStyle(row.querySelector('.message-main')).backgroundColor"
WITHOUT_TOOLTIP = """() => [...document.querySelectorAll(".icon-button")]
    .filter((one) => one.checkVisibility() && !one.title && !one.textContent)
    .map((one) => one.outerHTML)"""


async def test_on_a_wide_screen_the_room_keeps_a_column_with_its_bar(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "many words " * 60)
    visitor = await visit(ann, viewport={"width": 1920, "height": 1000})
    await visitor.enter("general")
    await visitor.message("many words").hover()
    await expect(visitor.button("More")).to_be_visible()
    ends = await visitor.measure(ENDS)
    assert len(ends) == 4
    assert max(ends) <= COLUMN_PX


async def test_the_row_of_a_message_that_names_me_is_tinted(
    ann: Person, ben: Person, visit: Visit
) -> None:
    for text in ["@ann look", "@ben look"]:
        await ben.says("general", text)
    visitor = await visit(ann)
    await visitor.enter("general")
    mine = await visitor.message("@ann look").evaluate(GROUND)
    others = await visitor.message("@ben look").evaluate(GROUND)
    assert mine != others == "rgba(0, 0, 0, 0)"


async def test_one_more_reaction_is_given_at_the_end_of_those_that_are_there(
    ann: Person, ben: Person, visit: Visit
) -> None:
    said = await ben.says("general", "We did it")
    await ben.does("PUT", f"/api/rooms/general/messages/{said['seq']}/reactions/👍")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.button("Another reaction").click()
    await visitor.page.get_by_placeholder("Find an emoji").fill("tada")
    await visitor.page.keyboard.press("Enter")
    reactions = visitor.message("We did it").locator(".reaction")
    await expect(reactions).to_have_text(["👍1", "🎉1"])


async def test_each_message_that_waits_has_a_small_clock(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.cut()
    for text in ["one", "two", "three"]:
        await visitor.says(text)
    clocks = visitor.page.locator(".pending .icon-clock")
    await expect(clocks).to_have_count(3)
    await visitor.mend()
    await expect(clocks).to_have_count(0)


async def test_every_icon_says_what_it_does(ann: Person, ben: Person, visit: Visit) -> None:
    await ben.says("general", "hi")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.message("hi").hover()
    await expect(visitor.button("More")).to_be_visible()
    found = await visitor.measure(WITHOUT_TOOLTIP)
    await visitor.go("people")
    await visitor.page.locator(".card").first.wait_for()
    assert found + await visitor.measure(WITHOUT_TOOLTIP) == []
