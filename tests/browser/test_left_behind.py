"""Rooms that somebody is no longer in, or may not enter: what others see of them."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.people import Person


async def test_the_servers_owner_hands_on_or_deletes_rooms_without_people(
    ann: Person, ben: Person, site: Site, visit: Visit
) -> None:
    cat = await site.person("cat", display_name="Cat")
    for name in ("cellar", "attic"):
        await ben.makes(name, "private")
        await ben.says(name, "hello")
        await ben.does("DELETE", f"/api/rooms/{name}/members/me")
    there = await visit(ben)
    await there.go("browse")
    await expect(there.page.locator(".card", has_text="general")).to_be_visible()
    await expect(there.page.get_by_text("Rooms without people")).to_have_count(0)
    here = await visit(ann)
    await here.go("browse")
    await here.button("Hand on \u2068cellar\u2069").click()
    dialog = here.dialog("Hand on \u2068cellar\u2069")
    await dialog.get_by_label("Cat").check()
    await dialog.get_by_role("button", name="Hand on", exact=True).click()
    await expect(here.button("Hand on \u2068cellar\u2069")).to_have_count(0)
    assert (await cat.room("cellar"))["role"] == "owner"
    await here.button("Delete \u2068attic\u2069").click()
    await here.button("Delete").click()
    await expect(here.page.get_by_text("Rooms without people")).to_have_count(0)
    assert (await ann.does("GET", "/api/abandoned-rooms"))["rooms"] == []


async def test_nobody_writes_to_an_account_that_is_disabled(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.does("PUT", "/api/rooms/ann~ben", status=201)
    here = await visit(ann)
    await here.enter("ann~ben")
    await ann.does("PATCH", "/api/users/ben", {"disabled": True})
    await expect(here.page.locator(".closed")).to_contain_text("account is disabled")
    await expect(here.box).to_have_count(0)
    await ann.does("PATCH", "/api/users/ben", {"disabled": False})
    await expect(here.box).to_be_visible()
    await expect(here.page.locator(".closed")).to_have_count(0)


async def test_only_who_may_enter_a_private_room_sees_a_link_to_it(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("secret", "private")
    await ann.says("general", "see #secret and #general")
    here, there = await visit(ann), await visit(ben)
    for visitor, links in ((here, ["#secret", "#general"]), (there, ["#general"])):
        await visitor.enter("general")
        await visitor.sees("see #secret and #general")
        await expect(visitor.message("see").locator(".text a")).to_have_text(links)
    await here.page.get_by_role("link", name="#secret").click()
    await expect(here.page.locator(".room-head h1")).to_have_text("secret")
