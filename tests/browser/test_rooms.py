"""Rooms: making, finding, joining, leaving; what is unread in them."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.people import Person


@pytest.mark.main
async def test_a_room_is_made_with_a_name_from_its_title(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.go()
    await (
        visitor.page.locator(".sidebar").get_by_role("button", name="Create a room").click()
    )
    dialog = visitor.dialog("Create a room")
    await dialog.get_by_label("Title").fill("Garden plans & Éclairs!")
    await expect(dialog.get_by_label("Name", exact=True)).to_have_value(
        "garden-plans-eclairs"
    )
    await dialog.get_by_label("Private").check()
    await dialog.get_by_text("Add people now").click()
    await dialog.get_by_label("Ben Baker").check()
    await dialog.get_by_role("button", name="Create", exact=True).click()
    await expect(visitor.page.locator(".room-head h1")).to_have_text(
        "Garden plans & Éclairs!"
    )
    assert (await ben.room("garden-plans-eclairs"))["kind"] == "private"


@pytest.mark.main
async def test_a_public_room_is_found_and_joined(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden")
    await ann.says("garden", "welcome to the garden")
    visitor = await visit(ben)
    await visitor.go("browse")
    await visitor.page.get_by_label("Find a room").fill("gard")
    await visitor.button("Join garden").click()
    await visitor.sees("welcome to the garden")
    await visitor.says("thanks")
    await visitor.sees_sent("thanks")


async def test_a_link_to_a_room_of_others_offers_to_join(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden")
    visitor = await visit(ben)
    await visitor.go("rooms/garden")
    await visitor.button("Join it").click()
    await expect(visitor.box).to_be_visible()


@pytest.mark.main
async def test_a_direct_message_opens_from_the_list_of_people(
    ann: Person, ben: Person, visit: Visit
) -> None:
    here, there = await visit(ann), await visit(ben)
    await there.go()
    await here.go("people")
    await here.button("Write to \u2068Ben Baker\u2069").click()
    await expect(here.page.locator(".room-head h1")).to_have_text("Ben Baker")
    await here.says("Just for you")
    await expect(there.room("Ann Archer").locator(".badge")).to_have_text("1")
    await expect(there.page).to_have_title(re.compile(r"^\(1\)"))
    await there.room("Ann Archer").click()
    await there.sees("Just for you")
    await expect(there.room("Ann Archer").locator(".badge")).to_have_count(0)


async def test_several_people_can_be_written_to_at_once(
    ann: Person, ben: Person, site: Site, visit: Visit
) -> None:
    await site.person("cat")
    await site.person("dan")
    visitor = await visit(ann)
    await visitor.go()
    await visitor.button("New direct message").click()
    dialog = visitor.dialog("New message")
    await expect(dialog.get_by_role("button", name="Write", exact=True)).to_be_disabled()
    await dialog.get_by_role("checkbox", name="Ben Baker").check()
    await dialog.get_by_role("checkbox", name="@dan").check()
    await dialog.get_by_role("checkbox", name="@cat").check()
    chips = dialog.get_by_role("list", name="Chosen").get_by_role("listitem")
    await expect(chips).to_have_text(["Ben Baker", "dan", "cat"])
    await expect(dialog.locator("[type=submit]")).to_contain_text("and 2 others")
    await chips.nth(1).get_by_role("button").click()
    await expect(dialog.get_by_role("checkbox", name="@dan")).not_to_be_checked()
    await dialog.get_by_role("button", name="Write to \u2068Ben Baker\u2069 and").click()
    await expect(visitor.page).to_have_url(re.compile("#/rooms/ann~ben~cat$"))


@pytest.mark.main
async def test_unread_messages_and_mentions_are_counted_apart(
    ann: Person, ben: Person, visit: Visit
) -> None:
    for room in ["garden", "kitchen"]:
        await ann.makes(room, "public", "ben")
    visitor = await visit(ben)
    await visitor.enter("general")
    await ann.says("garden", "nothing special")
    await expect(visitor.room("garden")).to_have_class(re.compile("unread"))
    await expect(visitor.room("garden").locator(".badge")).to_have_count(0)
    await ann.says("kitchen", "@ben lunch!")
    await expect(visitor.room("kitchen").locator(".badge")).to_have_text("1")
    await visitor.opens("kitchen")
    await expect(visitor.page.locator(".unread-line")).to_be_visible()
    await expect(visitor.room("kitchen").locator(".badge")).to_have_count(0)
    await expect(visitor.room("kitchen")).not_to_have_class(re.compile("unread"))


async def test_a_quiet_room_does_not_call(ann: Person, ben: Person, visit: Visit) -> None:
    await ann.makes("garden", "public", "ben")
    visitor = await visit(ben)
    await visitor.enter("garden")
    await visitor.button("Notifications").click()
    await visitor.page.get_by_label("Nothing").check()
    await expect(visitor.page.locator(".toast")).to_have_text("Saved")
    await visitor.page.keyboard.press("Escape")
    await visitor.room("General").click()
    await ann.says("garden", "@ben are you there?")
    await ann.says("general", "something else")
    await visitor.sees("something else")
    await expect(visitor.room("garden").locator(".badge")).to_have_count(0)
    await expect(visitor.room("garden")).not_to_have_class(re.compile("unread"))


async def test_a_favourite_stands_first(ann: Person, visit: Visit) -> None:
    await ann.makes("zebra")
    visitor = await visit(ann)
    await visitor.enter("zebra")
    await visitor.button("Add to favourites").click()
    await expect(visitor.page.locator(".side-rooms .room-row").first).to_contain_text(
        "zebra"
    )
    await visitor.page.reload()
    await expect(visitor.page.locator(".side-rooms .room-row").first).to_contain_text(
        "zebra"
    )


async def test_the_switcher_goes_to_rooms_and_people(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.page.keyboard.press("Control+k")
    await visitor.dialog("Jump to").wait_for()
    await visitor.page.keyboard.type("gar")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.locator(".room-head h1")).to_have_text("garden")
    await visitor.page.keyboard.press("Control+k")
    await visitor.page.keyboard.type("baker")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.locator(".room-head h1")).to_have_text("Ben Baker")
    await expect(visitor.box).to_be_focused()


async def test_an_owner_renames_archives_and_deletes(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    here, there = await visit(ann), await visit(ben)
    await here.enter("garden")
    await there.enter("garden")
    settings = here.dialog("Room settings")
    await here.button("Room settings").click()
    await settings.get_by_label("Title").fill("The big garden")
    await settings.get_by_role("button", name="Save").click()
    await expect(there.page.locator(".room-head h1")).to_have_text("The big garden")
    await here.button("Room settings").click()
    await settings.get_by_role("button", name="Archive").click()
    await expect(there.page.locator(".closed")).to_be_visible()
    await here.button("Room settings").click()
    await settings.get_by_role("button", name="Delete…").click()
    await here.page.get_by_label("to go on").fill("not that")
    await here.button("Delete for good").click()
    await expect(here.dialog("Delete this room?")).to_contain_text("That is not")
    await here.page.get_by_label("to go on").fill("GARDEN ")
    await here.button("Delete for good").click()
    await expect(there.page.locator(".toast")).to_contain_text("no longer in that room")
    await expect(there.room("The big garden")).to_have_count(0)


@pytest.mark.main
async def test_members_are_added_made_owners_and_removed(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "private")
    here, there = await visit(ann), await visit(ben)
    await here.enter("garden")
    await there.go()
    await here.button("Members").click()
    await here.button("Add people").click()
    await here.dialog("Add people").get_by_label("Ben Baker").check()
    await here.dialog("Add people").get_by_role("button", name="Add", exact=True).click()
    await expect(there.room("garden")).to_be_visible()
    member = here.page.locator(".member", has_text="Ben Baker")
    await member.click()
    await here.page.get_by_role("menuitem", name="Make room owner").click()
    await expect(member).to_contain_text("owner")
    await member.click()
    await here.page.get_by_role("menuitem", name="Remove").click()
    await here.button("Remove").click()
    await expect(there.room("garden")).to_have_count(0)
    await expect(member).to_have_count(0)
