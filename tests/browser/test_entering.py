"""Coming in and going out."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.attaching import held
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.visitor import LOSS, REFUSAL, Visitor
from tests.people import PASSWORD, Person


async def fill_in(visitor: Visitor, name: str, password: str = PASSWORD) -> None:
    await visitor.page.get_by_label("Username", exact=True).fill(name)
    await visitor.page.get_by_label("Password", exact=True).fill(password)
    await visitor.page.locator("form button[type=submit]").click()


@pytest.mark.main
async def test_the_first_person_becomes_the_owner_by_the_printed_link(
    site: Site, visit: Visit
) -> None:
    visitor = await visit()
    await visitor.page.goto(site.url)
    lead = visitor.page.locator(".enter-else")
    await expect(lead).to_contain_text("hearth owner-link")
    await visitor.page.goto(f"{site.url}join/{site.owner_code}")
    await visitor.page.get_by_label("Full name").fill("Olive Owner")
    await fill_in(visitor, "olive")
    await expect(visitor.page.locator("h1")).to_contain_text("Olive Owner")
    await visitor.go("people")
    await expect(visitor.page.locator(".card", has_text="Olive")).to_contain_text("Owner")


@pytest.mark.main
async def test_an_invite_link_lets_somebody_in_once(ann: Person, visit: Visit) -> None:
    owner = await visit(ann)
    await owner.go("people")
    await owner.button("Invite people").click()
    await owner.dialog("Invite people").get_by_label("For whom").fill("Carla")
    await owner.dialog("Invite people").get_by_role("button", name="Make a link").click()
    link = await owner.page.get_by_role("textbox", name="Invite link").input_value()

    guest = await visit()
    await guest.page.goto(link)
    await fill_in(guest, "carla")
    await expect(guest.page.locator("h1")).to_contain_text("carla")
    await guest.enter("general")
    await guest.says("I am in!")
    await guest.sees_sent("I am in!")


async def test_faults_stand_beside_their_fields(
    ann: Person, site: Site, visit: Visit
) -> None:
    guest = await visit()
    guest.expect(REFUSAL)
    await guest.go("join/whatever")
    await fill_in(guest, "Not A Name", "short")
    name = guest.page.locator(".field", has=guest.page.get_by_label("Username", exact=True))
    password = guest.page.locator(
        ".field", has=guest.page.get_by_label("Password", exact=True)
    )
    await expect(name).to_contain_text("Only lower-case letters")
    await expect(password).to_contain_text("At least 8 characters, please")
    await expect(guest.page.get_by_label("Username", exact=True)).to_be_focused()


async def test_a_taken_name_is_said_beside_the_name(
    ann: Person, site: Site, visit: Visit
) -> None:
    guest = await visit()
    guest.expect(REFUSAL)
    invite = await ann.does("POST", "/api/invites", {})
    await guest.go(f"join/{invite['code']}")
    await fill_in(guest, "ann")
    await expect(guest.page.locator(".field.faulty")).to_contain_text("taken")


@pytest.mark.main
async def test_a_wrong_password_is_said_and_the_right_one_lets_in(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit()
    visitor.expect(REFUSAL)
    await visitor.go()
    await fill_in(visitor, "ann", "not her password")
    await expect(visitor.page.get_by_role("alert")).to_contain_text("do not match")
    await fill_in(visitor, "ann")
    await expect(visitor.page.locator("h1")).to_contain_text("Ann Archer")
    await visitor.page.reload()
    await expect(visitor.page.locator("h1")).to_contain_text("Ann Archer")


@pytest.mark.main
async def test_signing_out_leaves_nothing_behind(ann: Person, visit: Visit) -> None:
    visitor = await visit()
    await visitor.go("rooms/general")
    await fill_in(visitor, "ann")
    await visitor.box.fill("half a thought")
    await visitor.go("profile")
    await visitor.button("Sign out").click()
    await expect(visitor.button("Sign in")).to_be_visible()
    assert await visitor.measure("Object.keys(localStorage)") == []
    await visitor.page.reload()
    await expect(visitor.button("Sign in")).to_be_visible()


async def test_who_signs_out_asks_nothing_more(ann: Person, visit: Visit) -> None:
    """Also where the server ends the socket before its answer is here."""
    visitor = await visit(ann)
    await visitor.enter("general")
    shut, shown = asyncio.Event(), asyncio.Event()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        shut.set()
        await shown.wait()
        await route.fulfill(response=answer)

    asked: list[str] = []
    await visitor.page.route("**/api/auth/logout", answer_late)
    await visitor.go("profile")
    await visitor.button("Sign out").click()
    await shut.wait()
    visitor.page.on("request", lambda request: asked.append(request.url))
    await visitor.page.wait_for_timeout(300)
    assert asked == []
    shown.set()
    await expect(visitor.page.get_by_role("heading", name="Hearth")).to_be_visible()
    await fill_in(visitor, "ann")
    await visitor.enter("general")


async def test_a_sign_out_of_which_the_server_has_not_heard_is_finished_later(
    ann: Person, visit: Visit
) -> None:
    async def sessions() -> int:
        return len((await ann.does("GET", "/api/sessions"))["sessions"])

    before = await sessions()
    visitor = await visit()
    visitor.expect(LOSS)
    await visitor.go("rooms/general")
    await fill_in(visitor, "ann")
    await visitor.enter("general")
    await visitor.go("profile")
    assert await sessions() == before + 1
    await visitor.page.route("**/api/auth/logout", lambda route: route.abort())
    await visitor.button("Sign out").click()
    await expect(visitor.button("Sign in")).to_be_visible()
    assert await sessions() == before + 1
    await visitor.page.unroute("**/api/auth/logout")
    await visitor.page.reload()
    await expect(visitor.button("Sign in")).to_be_visible()
    assert await sessions() == before
    assert await visitor.measure("Object.keys(localStorage)") == []


async def test_what_was_deleted_just_before_a_sign_out_is_deleted(
    ann: Person, visit: Visit
) -> None:
    await ann.says("general", "a slip")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.does_more("a slip", "Delete")
    await visitor.go("profile")
    await visitor.button("Sign out").click()
    await expect(visitor.button("Sign in")).to_be_visible()
    (message,) = await ann.page("general")
    assert message["deleted"]


async def test_code_that_comes_after_a_sign_out_draws_nothing(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.go()
    async with held(visitor, re.compile("/tokens.js")):
        await visitor.go("profile")
        await visitor.button("Sign out").click()
        await expect(visitor.button("Sign in")).to_be_visible()
    await visitor.page.wait_for_load_state("networkidle")


async def test_a_session_ended_elsewhere_asks_to_sign_in_again(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    visitor.expect(REFUSAL)
    await visitor.enter("general")
    await visitor.button("Create a room").click()
    await expect(visitor.dialog("Create a room")).to_be_visible()
    sessions = (await ann.does("GET", "/api/sessions"))["sessions"]
    for session in sessions:
        if not session["current"]:
            await ann.does("DELETE", f"/api/sessions/{session['id']}")
    await expect(visitor.button("Sign in")).to_be_visible()
    await expect(visitor.page.locator("dialog")).to_have_count(0)


async def test_a_link_that_is_used_up_says_so_before_anybody_fills_in_a_form(
    ann: Person, visit: Visit
) -> None:
    guest = await visit()
    guest.expect(REFUSAL)
    await guest.go("reset/used-up")
    await expect(guest.page.get_by_role("alert")).to_contain_text(
        "has been used or has ended"
    )
    await expect(guest.page.get_by_label("New password", exact=True)).to_have_count(0)


async def test_an_invite_that_is_none_says_so_first_where_anybody_may_sign_up(
    ann: Person, visit: Visit
) -> None:
    guest = await visit()
    await guest.go("join/used-up")
    await expect(guest.page.get_by_role("alert")).to_contain_text("without one")
    await fill_in(guest, "carla")
    await expect(guest.page.locator("h1")).to_contain_text("carla")


async def test_somebody_sets_a_new_password_by_an_admins_link_and_is_told(
    ann: Person, ben: Person, visit: Visit
) -> None:
    owner = await visit(ann)
    await owner.go("people")
    await owner.button("Change \u2068Ben Baker\u2069").click()
    await owner.page.get_by_role("menuitem", name="New password link…").click()
    link = await owner.page.get_by_role("textbox", name="link to a new").input_value()

    guest = await visit()
    await guest.page.goto(link)
    await expect(guest.page.locator(".enter")).to_contain_text("@ben")
    await guest.page.get_by_label("New password", exact=True).fill(
        "sunflowers behind the barn"
    )
    await guest.button("Set the password").click()
    await guest.page.get_by_label("Username", exact=True).fill("Ben")
    await guest.page.get_by_label("Password", exact=True).fill("sunflowers behind the barn")
    await guest.button("Sign in").click()
    told = guest.dialog("Your password was set by a link")
    await expect(told).to_contain_text("@ann made the link")
