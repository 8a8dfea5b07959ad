"""A proxy that lets no WebSocket through: said in words, and one can read and send."""

import asyncio
import re

from playwright.async_api import expect

from pytest_hearth.people import SOON
from tests.browser.attaching import held
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.visitor import LOSS, Visitor
from tests.people import PASSWORD, Person

DEAD = """
    window.WebSocket = class extends EventTarget {
        constructor() { super(); setTimeout(() => this.onclose?.({ code: 1006 }), 10); }
        close() {}
        send() {}
    };
"""
WORDS = "the live connection fails"


async def behind_a_proxy(visitor: Visitor) -> None:
    await visitor.context.add_init_script(DEAD)


async def reads_general(visit: Visit, person: Person) -> Visitor:
    """Somebody behind such a proxy, who sees what was said before."""
    visitor = await visit(person)
    await behind_a_proxy(visitor)
    await visitor.enter("general")
    await visitor.sees("before")
    return visitor


async def until_read(person: Person) -> None:
    async with asyncio.timeout(SOON):  # What is shown is told a moment later.
        while [room["unread"] for room in await person.rooms()] != [0]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_signing_in_without_a_live_line_says_what_is_wrong(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit()
    await behind_a_proxy(visitor)
    await visitor.go()
    await visitor.page.get_by_label("Username").fill("ann")
    await visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await visitor.button("Sign in").click()
    await expect(visitor.page.locator(".banner")).to_contain_text(WORDS)
    await expect(visitor.page.locator(".banner")).to_contain_text("WebSockets?")
    await expect(visitor.room("General")).to_be_visible()


async def test_one_can_read_and_send_without_a_live_line(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "before")
    visitor = await reads_general(visit, ben)
    await visitor.says("by another way")
    await visitor.sees_sent("by another way")
    await ann.says("general", "and back")
    await visitor.sees("and back")
    await visitor.page.reload()
    await visitor.sees("and back")
    assert await visitor.texts() == ["before", "by another way", "and back"]
    await until_read(ben)


async def test_several_sends_arrive_once_and_in_their_order(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await behind_a_proxy(visitor)
    await visitor.enter("general")
    for number in range(5):
        await visitor.says(f"number {number}")
    await visitor.sees_sent("number 4")
    said = [message["text"] for message in await ann.page("general")]
    assert said == [f"number {number}" for number in range(5)]


async def test_what_others_said_before_an_own_message_is_shown_and_unread_until_then(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "before")
    visitor = await reads_general(visit, ben)
    await until_read(ben)
    async with held(visitor, re.compile("/api/rooms$")):  # Nothing is heard meanwhile.
        await ann.says("general", "@ben look")
        await visitor.says("by another way")
        await visitor.sees_sent("by another way")
        await visitor.page.wait_for_timeout(500)
        assert [room["mentions"] for room in await ben.rooms()] == [1]
    await visitor.sees("look")
    assert await visitor.texts() == ["before", "@ben look", "by another way"]


async def test_a_server_that_gives_no_answer_is_said_in_words(
    ann: Person, site: Site, visit: Visit
) -> None:
    visitor = await visit(ann)
    visitor.expect(LOSS)
    await behind_a_proxy(visitor)
    away = re.compile("/api/(auth|rooms)")
    await visitor.page.route(away, lambda route: route.abort())
    await visitor.page.goto(site.url)
    await expect(visitor.page.get_by_role("status").first).to_contain_text(
        "Waiting for the server"
    )
    await visitor.page.unroute(away)
    await expect(visitor.room("General")).to_be_visible()
