"""The line to the server: lost, cut in mid-send, back again; several tabs."""

import asyncio
import re

import pytest
from playwright.async_api import WebSocketRoute, expect

from pytest_hearth.databases import Databases
from pytest_hearth.hearth import Hearth, changed
from settings import Settings
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.visitor import LOSS, REFUSAL
from tests.people import Person


@pytest.mark.main
async def test_a_restart_of_the_server_is_caught_up_with(
    ann: Person, ben: Person, site: Site, visit: Visit
) -> None:
    await ann.says("general", "before")
    here, there = await visit(ann), await visit(ben)
    for visitor in [here, there]:
        visitor.expect(LOSS)
        await visitor.enter("general")
    await site.stop()
    await here.says("said while you were away")
    await expect(here.message("said while you were away")).to_have_class(
        re.compile("pending")
    )
    await site.start()
    await there.sees("said while you were away")
    await here.sees_sent("said while you were away")
    assert await there.texts() == ["before", "said while you were away"]


# When the banner was shown for the first time, after the line was lost.
SHOWN = """
const banner = document.querySelector(".banner");
new MutationObserver(() => { if (!banner.hidden) window.shown ??= Date.now(); })
  .observe(banner, { attributes: true });
"""


async def test_a_page_says_that_it_reconnects_after_a_second_and_goes_on_at_the_standby(
    settings: Settings, site: Site, visit: Visit
) -> None:
    await site.stop()
    async with Hearth(settings) as hearth:
        ann = await hearth.person("ann")
        await hearth.standby()
        site.url = f"{hearth.url}/"
        visitor = await visit(ann)
        visitor.expect(LOSS)
        await visitor.enter("general")
        await visitor.page.evaluate(SHOWN)
        lost = await visitor.measure("Date.now()")
        dying = asyncio.create_task(hearth.dies())
        await expect(visitor.page.locator(".banner")).to_contain_text("Reconnecting…")
        assert await visitor.measure("window.shown") - lost >= 1_000
        await visitor.says("waits")
        await dying
        await visitor.sees_sent("waits")
        await expect(visitor.page.locator(".banner")).to_be_hidden()
        assert [each["text"] for each in await ann.page("general")] == ["waits"]


async def test_what_changed_while_away_is_shown_once_and_in_order(
    ann: Person, ben: Person, visit: Visit
) -> None:
    old = await ann.says("general", "old")
    visitor = await visit(ben)
    await visitor.enter("general")
    await visitor.cut()
    await ann.says("general", "new")
    await ann.does("PATCH", f"/api/rooms/general/messages/{old['seq']}", {"text": "older"})
    await visitor.mend()
    await visitor.sees("new")
    assert await visitor.texts() == ["older", "new"]


async def test_what_a_dead_line_missed_comes_also_after_an_edit_on_another(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "mine")
    visitor = await visit(ben)
    visitor.expect(LOSS)
    sockets: list[WebSocketRoute] = []
    dead = asyncio.Event()

    def die(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        is_first = len(sockets) == 1

        def from_server(frame: str | bytes) -> None:
            if not (is_first and dead.is_set()):
                socket.send(frame)

        socket.connect_to_server().on_message(from_server)

    await visitor.page.route_web_socket("**/api/socket", die)
    await visitor.enter("general")
    await visitor.sees("mine")
    dead.set()
    await ann.says("general", "not heard")
    await visitor.act_on("mine", "Edit")
    await visitor.box.fill("mine, edited")
    await visitor.page.keyboard.press("Enter")
    await visitor.sees("mine, edited")
    await sockets[0].close(code=1001)
    await visitor.sees("not heard")
    assert await visitor.texts() == ["mine, edited", "not heard"]


async def test_a_reaction_says_that_it_does_not_wait(ann: Person, visit: Visit) -> None:
    said = await ann.says("general", "look")
    await ann.does("PUT", f"/api/rooms/general/messages/{said['seq']}/reactions/👍")
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.cut()
    await visitor.message("look").locator(".reaction").click()
    await expect(visitor.page.locator(".toast")).to_contain_text("a reaction does not wait")
    await expect(visitor.message("look").locator(".reaction")).to_have_text("👍1")
    await visitor.mend()


@pytest.mark.main
async def test_unsent_messages_survive_a_reload_and_are_sent_once(
    ann: Person, site: Site, visit: Visit
) -> None:
    visitor = await visit(ann)
    visitor.expect(LOSS, REFUSAL)
    await visitor.enter("general")
    # The page itself still comes, but its line is dead.
    await visitor.page.route("**/api/socket", lambda route: route.abort())
    await site.stop()
    for number in range(3):
        await visitor.says(f"kept {number}")
    await expect(visitor.page.locator(".banner")).to_contain_text("3 messages wait here.")
    await site.start()
    await visitor.page.reload()
    await visitor.sees_sent("kept 2")
    assert [message["text"] for message in await ann.page("general")] == [
        "kept 0",
        "kept 1",
        "kept 2",
    ]
    kept = await visitor.measure("Object.keys(localStorage)")
    assert [key for key in kept if "outbox" in key] == []


async def test_a_send_whose_answer_was_lost_is_not_doubled(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    visitor.expect(LOSS)
    sockets: list[WebSocketRoute] = []
    closing = []

    def lose_answers(socket: WebSocketRoute) -> None:
        first = not sockets
        sockets.append(socket)

        def from_server(frame: str | bytes) -> None:
            # The first connection never hears of its own send, and then dies.
            if first and "said into the void" in str(frame):
                closing.append(asyncio.ensure_future(socket.close(code=1001)))
            else:
                socket.send(frame)

        socket.connect_to_server().on_message(from_server)

    await visitor.page.route_web_socket("**/api/socket", lose_answers)
    await visitor.enter("general")
    await visitor.says("said into the void")
    await visitor.sees_sent("said into the void")
    assert len(sockets) >= 2
    assert [message["text"] for message in await ann.page("general")] == [
        "said into the void"
    ]


async def test_two_tabs_send_what_waits_only_once(
    ann: Person, site: Site, visit: Visit
) -> None:
    one = await visit(ann)
    one.expect(LOSS)
    two = await one.another_tab()
    await one.enter("general")
    await two.enter("general")
    await site.stop()
    await one.says("from the first tab")
    await two.says("from the second tab")
    await expect(two.message("from the first tab")).to_be_visible()
    await site.start()
    for tab in [one, two]:
        await tab.sees_sent("from the first tab")
        await tab.sees_sent("from the second tab")
        assert len(await tab.texts()) == 2
    assert len(await ann.page("general")) == 2


async def test_reading_in_one_tab_marks_as_read_in_the_other(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.makes("garden", "public", "ben")
    one = await visit(ben)
    two = await one.another_tab()
    await one.enter("general")
    await two.enter("general")
    await ann.says("garden", "@ben look")
    await expect(two.room("garden").locator(".badge")).to_have_text("1")
    await one.room("garden").click()
    await one.sees("look")
    await expect(two.room("garden").locator(".badge")).to_have_count(0)
    await expect(two.room("garden")).not_to_have_class(re.compile("unread"))


async def test_a_refused_send_says_why_and_can_be_taken_back(
    ann: Person, visit: Visit
) -> None:
    await ann.makes("garden")
    visitor = await visit(ann)
    await visitor.enter("garden")
    await visitor.cut()
    await visitor.says("too late")
    await ann.does("PATCH", "/api/rooms/garden", {"archived": True})
    await visitor.mend()
    await expect(visitor.message("too late").get_by_role("alert")).to_contain_text(
        "Not sent."
    )
    await visitor.button("Discard").click()
    await expect(visitor.message("too late")).to_have_count(0)
    assert await ann.page("garden") == []


async def test_what_is_sent_too_fast_is_sent_later_and_in_order(
    settings: Settings, visit: Visit, hearth_databases: Databases
) -> None:
    url = hearth_databases.take()  # One server serves a database.
    slow = changed(settings, sends=5, burst=3, mongodb_url=url)
    async with Site(slow) as site:
        dan = await site.owner("dan")
        visitor = await visit(dan, site=site)
        await visitor.enter("general")
        texts = [f"quick {number}" for number in range(12)]
        for text in texts:
            await visitor.says(text)
            if text == texts[len(texts) // 2]:
                await visitor.clock_goes(-1)
        await visitor.sees_sent(texts[-1])
        assert [message["text"] for message in await dan.page("general")] == texts
        await visitor.context.close()


async def test_a_room_far_behind_is_loaded_anew(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "long ago")
    visitor = await visit(ben)
    await visitor.enter("general")
    await visitor.cut()
    async with ann.listening() as inbox:
        for start in range(0, 1_100, 100):
            await inbox.say(
                *(
                    {"type": "send", "id": f"m{n}", "room": "general", "text": f"news {n}"}
                    for n in range(start, start + 100)
                )
            )
            await inbox.next("ok", id=f"m{start + 99}")
    await visitor.mend()
    await visitor.sees("news 1099")
    assert len(await visitor.texts()) <= 240
