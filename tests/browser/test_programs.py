"""Bots, tokens and webhooks as people make and see them."""

import re

from playwright.async_api import expect

from tests import payloads
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.people import Person
from tests.programs import Hook, makes_bot, makes_hook

COPY = ["clipboard-read", "clipboard-write"]


async def copied(visitor: Visitor, label: str) -> str:
    await visitor.button(f"Copy {label}").click()
    await expect(visitor.page.locator(".toast", has_text="Copied")).to_be_visible()
    return str(await visitor.measure("navigator.clipboard.readText()"))


async def revoke(visitor: Visitor, what: str) -> None:
    await visitor.button(f"Revoke \u2068{what}\u2069").click()
    await visitor.button("Revoke").click()


async def test_a_token_is_made_copied_used_and_revoked(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await visit(ben, permissions=COPY)
    await visitor.go("profile")
    await visitor.button("Make a token").click()
    await visitor.page.get_by_label("What it is for").fill("Backup script")
    await visitor.dialog("Make a token").get_by_role("button", name="Make a token").click()
    program = Person(ben.client, "ben", await copied(visitor, "token"))
    await visitor.page.keyboard.press("Escape")
    row = visitor.page.locator(".keys li", has_text="Backup script")
    await expect(row).to_contain_text("never used")
    await program.rooms()
    await visitor.page.reload()
    await expect(row).to_contain_text("last used just now")
    await revoke(visitor, "Backup script")
    await expect(row).to_have_count(0)
    assert (await program.refused("GET", "/api/rooms"))[0] == 401


async def test_an_admin_makes_a_bot_and_looks_after_it(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann, permissions=COPY)
    await visitor.go("people")
    await visitor.button("Make a bot").click()
    dialog = visitor.dialog("Make a bot")
    await dialog.get_by_label("Name", exact=True).fill("Echo!")
    await dialog.get_by_role("button", name="Make a bot").click()
    await expect(dialog.locator(".faulty")).to_be_visible()
    await dialog.get_by_label("Name", exact=True).fill("echo")
    await dialog.get_by_label("Full name").fill("Echo Bot")
    await dialog.get_by_role("button", name="Make a bot").click()
    bot = Person(ann.client, "echo", await copied(visitor, "token"))
    await bot.says("general", "beep")
    await visitor.page.keyboard.press("Escape")
    card = visitor.page.locator(".card", has_text="Echo Bot")
    await expect(card.locator(".tag")).to_have_text("bot")
    await visitor.button("Change \u2068Echo Bot\u2069").click()
    await visitor.page.get_by_role("menuitem", name="Tokens…").click()
    await expect(visitor.page.locator(".keys li")).to_contain_text("last used just now")
    await revoke(visitor, "Token")
    await expect(visitor.page.locator(".keys li")).to_have_count(0)
    assert (await bot.refused("GET", "/api/rooms"))[0] == 401
    await visitor.page.keyboard.press("Escape")
    await visitor.button("Change \u2068Echo Bot\u2069").click()
    await visitor.page.get_by_role("menuitem", name="Disable…").click()
    await visitor.button("Disable").click()
    await expect(card).to_contain_text("disabled")


async def test_a_webhook_is_made_copied_used_and_revoked(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.makes("alerts")
    visitor = await visit(ben, permissions=COPY)
    await visitor.enter("alerts")
    await visitor.button("Room settings").click()
    await visitor.button("Set up…").click()
    dialog = visitor.dialog("Webhooks")
    await dialog.get_by_label("Name").fill("Builds")
    await dialog.get_by_role("button", name="Make a webhook").click()
    command = visitor.page.get_by_label("command", exact=True)
    await expect(command).to_have_value(re.compile("^curl -d .* http://127.*/hooks/"))
    address = await copied(visitor, "address")
    await visitor.page.keyboard.press("Escape")
    async with ben.client.session.post(address, json={"text": "Build *1* is good"}) as said:
        assert await said.text() == "ok"
    await visitor.sees("Build 1 is good")
    row = dialog.locator(".keys li", has_text="Builds")
    await expect(row).to_contain_text("never used")
    await revoke(visitor, "Builds")
    await expect(row).to_have_count(0)
    async with ben.client.session.post(address, json={"text": "Build 2"}) as said:
        assert (said.status, await said.text()) == (404, "no_service")


async def test_only_who_manages_is_offered_bots_and_webhooks(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await visit(ben)
    await visitor.go("people")
    await expect(visitor.page.locator(".card", has_text="Ann Archer")).to_be_visible()
    await expect(visitor.button("Make a bot")).to_have_count(0)
    await visitor.enter("general")
    await visitor.button("Room settings").click()
    await expect(visitor.button("Leave")).to_be_visible()
    await expect(visitor.button("Set up…")).to_have_count(0)


async def test_who_is_a_program_is_marked_as_such(
    ann: Person, site: Site, visit: Visit
) -> None:
    bot = await makes_bot(ann, display_name="Echo Bot")
    hook = await makes_hook(ann, "general", display_name="Alerts")
    await bot.says("general", "beep")
    await hook.says({"text": "one", "username": "Ann Archer", "icon_emoji": ":fire:"})
    await hook.says({"text": "two", "username": "Ann Archer"})
    await hook.says({"text": "three"})
    await ann.says("general", "really me")
    visitor = await visit(ann)
    await visitor.enter("general")
    names = visitor.page.locator(".message-head .sender")
    await expect(names).to_have_text(
        ["Echo Bot", "Ann Archer", "Alerts", "Ann Archer"]
    )  # "two" goes on where "one" began
    tags = visitor.page.locator(".message-head:has(.tag) .sender")
    await expect(tags).to_have_text(["Echo Bot", "Ann Archer", "Alerts"])
    await expect(visitor.message("one").locator(".avatar")).to_have_text("🔥")
    await visitor.go()
    await expect(visitor.page.locator(".lobby-last")).to_contain_text("really me")


async def test_what_programs_post_looks_well_and_fetches_nothing(
    ann: Person, visit: Visit
) -> None:
    hook: Hook = await makes_hook(ann, "general")
    visitor = await visit(ann)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    await visitor.enter("general")
    for payload in (payloads.ALERTMANAGER, payloads.GRAFANA, payloads.GITEA):
        assert (await hook.says(payload))[0] == 200
    await visitor.sees("Use snake_case_names - Ben Baker")
    alert = visitor.message("HighErrorRate")
    await expect(alert.get_by_role("link", name="how to act")).to_have_attribute(
        "href", "https://wiki.example.org/runbooks/error_rate"
    )
    await expect(alert.locator("strong", has_text="Severity:")).to_be_visible()
    await expect(visitor.message("Disk almost full").locator(".mention.me")).to_have_count(
        2
    )
    await expect(visitor.message("2 new commits").locator("blockquote")).to_be_visible()
    assert [url for url in asked if not url.startswith((visitor.site.url, "data:"))] == []
