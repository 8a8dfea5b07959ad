"""The sidebar and the switcher: what was last used comes first, what is over is folded."""

import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.people import Person


def direct(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("region", name="Direct messages").locator(
        ".room-row-title"
    )


async def test_direct_rooms_stand_in_the_order_of_their_last_words(
    ann: Person, ben: Person, site: Site, visit: Visit
) -> None:
    cho = await site.person("cho", display_name="Cho Young")
    for person, room in [(ben, "ann~ben"), (cho, "ann~cho")]:
        await person.does("PUT", f"/api/rooms/{room}")
        await person.says(room, "hello")
    visitor = await visit(ann)
    await visitor.go()
    await expect(direct(visitor)).to_have_text(["Cho Young", "Ben Baker"])
    await ben.says("ann~ben", "and again")
    await expect(direct(visitor)).to_have_text(["Ben Baker", "Cho Young"])


async def test_a_hidden_direct_room_comes_back_with_its_next_message(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.does("PUT", "/api/rooms/ann~ben")
    await ben.says("ann~ben", "hello")
    visitor = await visit(ann)
    await visitor.enter("ann~ben")
    await visitor.button("Room settings").click()
    await visitor.button("Hide").click()
    await expect(direct(visitor)).to_have_count(0)
    await visitor.page.reload()
    await expect(visitor.room("General")).to_be_visible()
    await expect(direct(visitor)).to_have_count(0)
    await ben.says("ann~ben", "still there?")
    await expect(direct(visitor)).to_have_text(["Ben Baker"])


async def test_archived_rooms_are_folded(ann: Person, visit: Visit) -> None:
    await ann.makes("attic")
    await ann.does("PATCH", "/api/rooms/attic", {"archived": True})
    visitor = await visit(ann)
    await visitor.go()
    await expect(visitor.room("attic")).to_be_hidden()
    await visitor.page.locator(".side-archived summary").click()
    await expect(visitor.room("attic")).to_be_visible()
    await ann.makes("garden")
    await expect(visitor.room("garden")).to_be_visible()
    await expect(visitor.room("attic")).to_be_visible()


async def test_a_group_shows_faces_and_first_names(
    ann: Person, ben: Person, site: Site, visit: Visit
) -> None:
    await site.person("cho", display_name="Cho Young")
    await ann.does("PUT", "/api/rooms/ann~ben~cho")
    await ann.says("ann~ben~cho", "hello")
    visitor = await visit(ann)
    await visitor.go()
    await expect(direct(visitor)).to_have_text(["Ben, Cho"])
    await expect(visitor.room("Ben, Cho").locator(".avatar.many .avatar")).to_have_count(2)


async def test_the_switcher_takes_signs_and_leaves_out_what_only_looks_alike(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("attic")
    await ann.makes("garden")
    await ann.does("PATCH", "/api/rooms/attic", {"archived": True})
    visitor = await visit(ann)
    await visitor.enter("garden")
    await visitor.page.keyboard.press("Control+k")
    seek = visitor.dialog("Jump to").get_by_role("combobox")
    options = visitor.dialog("Jump to").get_by_role("option")
    await expect(options.first).to_contain_text("garden")
    await expect(options.last).to_contain_text("attic")
    for sought, first in [("@ben", "Ben Baker"), ("#gen", "General"), ("search", "Search")]:
        await seek.fill(sought)
        await expect(options.first).to_contain_text(first)
    await seek.fill("gd")
    await expect(options).to_have_text(["Search messages for gd"])
    await seek.press("Enter")
    await expect(visitor.page).to_have_url(re.compile(r"#/search/gd$"))


async def test_people_are_a_press_away_and_an_empty_list_says_what_to_do(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.go()
    await visitor.page.get_by_role("link", name="People", exact=True).click()
    await expect(visitor.page.locator(".card", has_text="Ben Baker")).to_be_visible()
    await visitor.button("Write to somebody").click()
    await expect(visitor.dialog("New message")).to_be_visible()
