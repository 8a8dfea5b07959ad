"""The first hour: the way in says what it is, and the first screen says what to do."""

import pytest
from playwright.async_api import Browser, expect

from tests.attachments import picture
from tests.browser.conftest import PHONE, Visit
from tests.browser.site import Site
from tests.people import PASSWORD, Person


@pytest.fixture
def browser(whole_browser: Browser) -> Browser:
    """One that can notify."""
    return whole_browser


async def test_the_owners_first_screen_leads_until_each_step_is_done(
    ann: Person, site: Site, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.go()
    steps = visitor.page.get_by_role("region", name="First steps")
    await expect(steps.get_by_role("listitem")).to_have_count(4)
    await expect(visitor.page.locator(".way", has_text="New message")).to_be_hidden()
    await expect(visitor.button("New direct message")).to_have_count(0)  # to nobody
    await steps.get_by_role("button", name="Make a link").click()
    link = await steps.get_by_role("textbox", name="invite link").input_value()
    await expect(steps.get_by_role("button", name="Copy")).to_be_focused()
    [invite] = (await ann.does("GET", "/api/invites"))["invites"]
    assert invite["uses_left"] == 25

    await steps.get_by_role("link", name="Say hello").click()
    await visitor.says("Hello, all who come")
    await visitor.sees_sent("Hello, all who come")
    await visitor.go()
    await expect(steps).not_to_contain_text("Say hello")

    guest = await visit()
    await guest.page.goto(link)
    await expect(guest.page.locator(".enter")).to_contain_text("@ann invites you to")
    await guest.page.get_by_label("Full name").fill("Bea Byrne")
    await expect(guest.page.get_by_label("Username", exact=True)).to_have_value("bea")
    await guest.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await guest.button("Create account").click()
    await expect(guest.page.locator(".lobby h1")).to_contain_text("Bea Byrne")

    await expect(steps).not_to_contain_text("Invite your team")
    await expect(visitor.page.locator(".way", has_text="New message")).to_be_visible()
    face = {"name": "me.png", "mimeType": "image/png", "buffer": picture()}
    await steps.locator("input[type=file]").set_input_files(face)  # type: ignore[arg-type]
    await expect(steps).not_to_contain_text("Add a picture")


async def test_the_first_steps_are_there_on_a_phone_too(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann, **PHONE)
    await visitor.go()
    await expect(visitor.page.get_by_text("Invite your team")).to_be_visible()
    await expect(visitor.room("General")).to_be_in_viewport()
    assert await visitor.measure("document.documentElement.scrollWidth") == 390


async def test_the_owners_link_says_so_and_a_password_can_be_seen(
    site: Site, visit: Visit
) -> None:
    guest = await visit()
    await guest.page.goto(f"{site.url}join/{site.owner_code}")
    await expect(guest.page.locator(".enter")).to_contain_text("You will own this Hearth")
    password = guest.page.get_by_label("Password", exact=True)
    await password.fill("one two three")
    await guest.button("Show password").click()
    await expect(password).to_have_attribute("type", "text")
    await guest.button("Show password").click()
    await expect(password).to_have_attribute("type", "password")
