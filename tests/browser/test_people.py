"""People and one's own account: roles, invites, sessions, password, name."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import WebSocket, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.site import Site
from tests.browser.visitor import REFUSAL
from tests.people import PASSWORD, Person


async def test_the_owner_makes_an_admin_who_then_may_invite(
    ann: Person, ben: Person, visit: Visit
) -> None:
    here, there = await visit(ann), await visit(ben)
    await there.go("people")
    await expect(there.button("Invite people")).to_have_count(0)
    await here.go("people")
    await here.button("Change \u2068Ben Baker\u2069").click()
    await here.page.get_by_role("menuitem", name="Make admin").click()
    await expect(here.page.locator(".card", has_text="Ben Baker")).to_contain_text("Admin")
    await expect(there.page.locator(".card", has_text="Ben Baker")).to_contain_text("Admin")
    await there.page.reload()
    await expect(there.button("Invite people")).to_be_visible()


async def test_a_disabled_person_is_out_at_once(
    ann: Person, ben: Person, visit: Visit
) -> None:
    here, there = await visit(ann), await visit(ben)
    there.expect(REFUSAL)
    sockets: list[WebSocket] = []
    there.page.on("websocket", lambda socket: sockets.append(socket))
    await there.context.add_init_script("Math.random = () => 0")  # no pause
    await there.enter("general")
    await here.go("people")
    await here.button("Change \u2068Ben Baker\u2069").click()
    await here.page.get_by_role("menuitem", name="Disable…").click()
    await here.button("Disable").click()
    await expect(there.button("Sign in")).to_be_visible()
    assert len(sockets) == 1  # and none more, only to be refused
    await expect(here.page.locator(".card", has_text="Ben Baker")).to_contain_text(
        "disabled"
    )


async def test_people_stand_first_with_since_when_and_lead_to_their_card(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await visit(ann, **PHONE)
    await visitor.go("people")
    row = visitor.page.locator(".card", has_text="Ben Baker")
    await expect(row).to_be_in_viewport()
    title = await visitor.page.get_by_role("heading", level=1).bounding_box()
    assert title
    assert title["width"] > title["height"]
    await expect(row).to_contain_text(f"since {datetime.now(UTC).day} ")
    await row.get_by_role("link", name="Ben Baker").tap()
    await expect(visitor.dialog("Ben Baker")).to_contain_text("@ben")


async def test_an_invite_can_be_revoked(ann: Person, visit: Visit) -> None:
    await ann.does("POST", "/api/invites", {"note": "for Carla", "uses": 3})
    visitor = await visit(ann)
    await visitor.go("people")
    await visitor.button("Invite people").click()
    row = visitor.page.locator(".invites li")
    await expect(row).to_contain_text("for Carla")
    await expect(row).to_contain_text("3 uses left")
    await row.get_by_role("button").click()
    await expect(row).to_have_count(0)
    assert (await ann.does("GET", "/api/invites"))["invites"] == []


@pytest.mark.main
async def test_a_new_name_is_seen_by_everybody(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "hello")
    here, there = await visit(ann), await visit(ben)
    await there.enter("general")
    await here.go("profile")
    await here.page.get_by_label("Full name").fill("Annabel Archer")
    await here.button("Save").click()
    await expect(there.message("hello").locator(".sender")).to_have_text("Annabel Archer")


async def test_another_device_is_signed_out_from_here(ann: Person, visit: Visit) -> None:
    here = await visit(ann)
    there = await visit(ann, user_agent="Mozilla/5.0 (iPhone) Safari/600")
    there.expect(REFUSAL)
    await there.enter("general")
    await here.go("profile")
    row = here.page.locator(".sessions li", has_text="Safari on iPhone")
    await row.get_by_role("button", name="Sign out there").click()
    await expect(there.button("Sign in")).to_be_visible()
    await expect(row).to_have_count(0)


@pytest.mark.main
async def test_the_password_is_changed_and_a_wrong_one_is_said_beside_its_field(
    ann: Person, site: Site, visit: Visit
) -> None:
    visitor = await visit(ann)
    visitor.expect(REFUSAL)
    await visitor.go("profile")
    await visitor.page.get_by_label("Current password").fill("not that one")
    await visitor.page.get_by_label("New password").fill("a new long one")
    await visitor.button("Change password").click()
    field = visitor.page.locator(".field.faulty")
    await expect(field.get_by_label("Current password")).to_be_visible()
    await visitor.page.get_by_label("Current password").fill(PASSWORD)
    await visitor.button("Change password").click()
    await expect(visitor.page.locator(".toast")).to_contain_text("changed")
    answer = await site.client.post(
        "/api/auth/token", json={"name": "ann", "password": "a new long one"}
    )
    assert answer.status == 200


async def test_presence_follows_who_is_here(ann: Person, ben: Person, visit: Visit) -> None:
    here, there = await visit(ann), await visit(ben)
    await here.go("people")
    card = here.page.locator(".card", has_text="Ben Baker")
    await expect(card).to_contain_text("offline")
    await there.go()
    await expect(card).to_contain_text("online")
