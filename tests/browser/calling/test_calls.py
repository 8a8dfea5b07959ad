"""Calls face to face: who sees whom, and what is said of it."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import expect

from tests.browser.calling.caller import meet, see_each_other
from tests.browser.calling.conftest import Calls
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.browser.visitor import LOSS
from tests.people import Person

# Who they are, and whether all of it can be read.
FROM_THE_TOP_LEFT = """() => [...document.querySelectorAll(".tile")]
    .sort((one, two) => one.offsetTop - two.offsetTop || one.offsetLeft - two.offsetLeft)
    .map((tile) => tile.querySelector("bdi"))
    .map((name) => [name.innerText, name.scrollWidth <= name.clientWidth])"""


async def test_two_see_each_other(ann: Person, ben: Person, calls: Calls) -> None:
    a, b = await calls(ann), await calls(ben)
    await meet(a, b)
    await expect(a.tile("Ben Baker")).to_be_visible()
    await expect(a.visitor.message("Ann Archer started a call")).to_contain_text("Ben")
    await b.leaves()
    await expect(a.tiles).to_have_count(1)
    await a.leaves()
    card = a.page.locator(".call-card")
    await expect(card).to_contain_text("less than a minute")
    await a.visitor.box.press("ArrowUp")
    await card.hover()
    await expect(a.button("Reply")).to_be_visible()
    await expect(a.button("Edit")).to_have_count(0)
    await expect(a.visitor.box).to_have_value("")
    (message,) = await ann.page("general")
    assert message["call"]["people"] == []
    assert message["call"]["attended"] == ["ann", "ben"]


async def test_the_call_is_on_view_at_the_end_of_a_long_room(
    ann: Person, ben: Person, calls: Calls
) -> None:
    await ben.says("general", "\n".join(f"- {number}" for number in range(60)))
    a, b = await calls(ann), await calls(ben)
    await a.starts("general")
    await b.visitor.enter("general")
    await expect(b.page.locator(".call-card")).to_be_in_viewport(ratio=1)


async def test_whose_line_comes_has_a_whole_name_on_a_phone_and_oneself_is_the_last(
    ann: Person, site: Site, calls: Calls
) -> None:
    async with AsyncExitStack() as stack:
        for number in range(3):  # Who has no page has no line, either.
            other = await site.person(f"cat{number}", display_name=f"Catalina {number}")
            inbox = await stack.enter_async_context(other.listening())
            await inbox.say({"type": "call", "id": "in", "room": "general", "join": True})
            await inbox.next("ok")
        a = await calls(ann, **PHONE)
        await a.joins("general")
        await a.is_in()
        await expect(a.tile("Catalina 2").locator(".tile-status")).to_be_visible()
        names = ["Catalina 0", "Catalina 1", "Catalina 2", "You"]
        wanted = json.dumps([[name, True] for name in names], separators=(",", ":"))
        # They come one after the other.
        await a.until(f"JSON.stringify(({FROM_THE_TOP_LEFT})()) === '{wanted}'")


async def test_on_a_phone_a_call_fills_the_page_however_it_is_held(
    ann: Person, calls: Calls
) -> None:
    a = await calls(ann, **PHONE)
    await a.starts("general")
    for width, height in ((390, 844), (844, 390)):
        await a.page.set_viewport_size({"width": width, "height": height})
        await expect(a.panel).to_have_attribute("data-mode", "large")
        await expect(a.visitor.box).to_be_hidden()
        for name in ("Fill the page", "Show the room, too"):
            await expect(a.button(name)).to_be_hidden()


async def test_mute_and_camera_reach_the_others(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a, b = await calls(ann), await calls(ben)
    await meet(a, b)
    anns = b.tile("Ann Archer")
    await expect(anns).to_have_attribute("aria-label", "\u2068Ann Archer\u2069")
    await a.panel.focus()
    await a.page.keyboard.press("m")
    await a.page.keyboard.press("v")
    await expect(anns).to_have_attribute(
        "aria-label", "\u2068Ann Archer\u2069, muted, camera off"
    )
    await expect(anns.locator(".avatar")).to_be_visible()
    live = "window.opened.filter((each) => each.readyState === 'live').map((e) => e.kind)"
    assert await a.page.evaluate(live) == ["audio"]  # The camera's light is off.
    await a.page.keyboard.press("v")
    await a.page.keyboard.press("m")
    await expect(anns).to_have_attribute("aria-label", "\u2068Ann Archer\u2069")
    await b.sees(1)
    await a.page.keyboard.press("Escape")
    await expect(a.panel).to_have_attribute("data-mode", "strip")
    await expect(a.visitor.box).to_be_focused()
    await a.visitor.says("m is for mute")  # In the room, letters are letters.
    await b.visitor.sees("m is for mute")


async def test_a_full_storage_keeps_nobody_from_muting(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a = await calls(ann)
    await a.starts("general")
    full = "localStorage.__proto__.setItem = () => { throw new DOMException('', 'Quota'); }"
    await a.page.evaluate(f"() => {{ {full} }}")
    await a.panel.focus()
    await a.page.keyboard.press("m")
    await a.until(
        "window.opened.every(({ kind, enabled }) => kind === 'video' || !enabled)"
    )
    await expect(a.button("Microphone")).to_have_attribute("aria-pressed", "false")


async def test_a_screen_replaces_the_camera_and_gives_it_back(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a, b = await calls(ann), await calls(ben)
    await a.visitor.clock_goes(1)
    await meet(a, b)
    wide = "document.querySelector('.tile:not(.mirrored) video').videoWidth"
    await b.until(f"{wide} === 160")
    await a.button("Share your screen").click()
    screen = b.page.locator(".tile.screen")
    await expect(screen).to_contain_text("Ann Archer’s screen")
    await b.until(f"{wide} > 160")
    large = await screen.bounding_box()
    small = await b.tile("You").bounding_box()
    assert large
    assert small
    assert large["width"] > 2 * small["width"]
    # One at a time: the latest.
    await b.button("Share your screen").click()
    await expect(a.page.locator(".tile.screen")).to_contain_text("Ben Baker’s screen")
    await expect(a.button("Share your screen")).to_be_visible()
    await b.button("Stop sharing your screen").click()
    await expect(a.page.locator(".tile.screen")).to_have_count(0)
    await see_each_other(a, b)


@pytest.mark.long
async def test_who_reads_elsewhere_has_a_strip_and_a_way_back(
    ann: Person, ben: Person, calls: Calls
) -> None:
    await ann.makes("garden")
    a, b = await calls(ann), await calls(ben)
    await a.starts("general")
    await a.visitor.room("garden").click()
    await expect(a.panel).to_have_attribute("data-mode", "strip")
    await b.joins("general")
    await a.sees(1)
    face = await a.tile("Ben Baker").bounding_box()
    assert face
    assert face["width"] == face["height"] == 40
    await a.panel.get_by_role("button", name="Show the call").click()
    await expect(a.panel).to_have_attribute("data-mode", "beside")
    await a.button("Fill the page").click()
    await expect(a.visitor.box).to_be_hidden()
    await a.button("Show the room, too").click()
    await expect(a.visitor.box).to_be_visible()


async def test_a_call_rings_is_answered_and_says_so(
    ann: Person, ben: Person, direct: str, calls: Calls
) -> None:
    a, b = await calls(ann), await calls(ben)
    await b.visitor.go("people")
    other = await b.another_tab()
    await other.visitor.go("rooms/general")
    await other.visitor.clock_goes(1)
    await a.starts(direct)
    await expect(other.page.locator(".ring")).to_contain_text("Ann Archer is calling")
    await b.page.get_by_role("button", name="Answer").click()
    await expect(other.page.locator(".ring")).to_have_count(0)
    await see_each_other(a, b)


async def test_a_call_is_declined_and_says_that_it_was_missed(
    ann: Person, ben: Person, direct: str, calls: Calls
) -> None:
    a, b = await calls(ann), await calls(ben)
    await b.visitor.go("people")
    await a.starts(direct)
    await b.page.get_by_role("button", name="Decline").click()
    await expect(a.page.locator(".toast")).to_contain_text("cannot talk now")
    await expect(a.panel).to_have_count(0)
    await expect(a.page.locator(".call-card")).to_contain_text("Nobody answered your call")
    await expect(b.page.locator(".ring")).to_have_count(0)
    await b.visitor.enter(direct)
    await expect(b.page.locator(".call-card")).to_contain_text("Missed call")


@pytest.mark.long
async def test_a_call_is_moved_to_another_tab(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a, b = await calls(ann), await calls(ben)
    await meet(a, b)
    tab = await b.another_tab()
    await tab.visitor.enter("general")
    await tab.button("Join").click()
    dialog = tab.page.locator("dialog")
    await expect(dialog).to_contain_text("You are in this call in another window")
    await tab.button("Move it here").click()
    await expect(b.page.locator(".toast")).to_contain_text("goes on in another window")
    await tab.sees(1)
    await a.sees(1)
    await expect(a.tiles).to_have_count(2)
    await b.button("Join").click()  # Two of one person can be in it, too.
    await b.button("Join here, too").click()
    await a.sees(2)
    await expect(a.tiles).to_have_count(3)


@pytest.mark.long
async def test_whoever_joins_another_call_leaves_the_first(
    ann: Person, ben: Person, direct: str, calls: Calls
) -> None:
    a, b = await calls(ann), await calls(ben)
    await a.starts("general")
    await b.starts(direct)
    await a.page.get_by_role("button", name="Answer").click()
    await see_each_other(a, b)
    await expect(a.panel).to_have_count(1)
    (message,) = await ann.page("general")
    assert message["call"]["ended_at"]


async def test_whoever_signs_out_in_a_call_has_no_device_open_any_more(
    ann: Person, calls: Calls
) -> None:
    a = await calls(ann)
    await a.starts("general")
    await a.visitor.go("profile")
    await a.button("Sign out").click()
    await expect(a.button("Sign in")).to_be_visible()
    await a.until("window.opened.every(({ readyState }) => readyState === 'ended')")
    assert await a.page.evaluate("sessionStorage.length") == 0


async def test_who_is_removed_is_neither_seen_nor_heard(
    ann: Person, ben: Person, calls: Calls
) -> None:
    await ann.makes("attic", "private", "ben")
    a, b = await calls(ann), await calls(ben)
    await meet(a, b, "attic")
    await ann.does("DELETE", "/api/rooms/attic/members/ben", status=204)
    await expect(a.tiles).to_have_count(1)
    await expect(b.panel).to_have_count(0)
    states = "window.made.map(({ connectionState }) => connectionState)"
    assert await a.page.evaluate(states) == ["closed"]
    assert await b.page.evaluate(states) == ["closed"]


async def test_who_is_not_in_the_call_says_nothing_to_it(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a = await calls(ann)
    await a.starts("general")
    async with ben.listening() as inbox:
        message = (await ben.page("general"))[-1]
        (me,) = message["call"]["people"]
        words = {"call": "general", "tab": "f" * 16, "here": True}
        for more in ({}, {"description": {"type": "offer", "sdp": "v=0"}}, {"moved": True}):
            await inbox.say(
                {"type": "signal", "to": "ann", "connection": me["connection"],
                 "data": words | more}
            )  # fmt: skip
        assert await inbox.until_pong("error") == []
        await asyncio.sleep(0.5)
        assert await a.page.evaluate("window.made.length") == 0
        await expect(a.panel).to_be_visible()


@pytest.mark.parametrize(
    "count",
    [3, pytest.param(6, marks=pytest.mark.long)],
)
async def test_all_see_all(
    ann: Person, ben: Person, site: Site, calls: Calls, count: int
) -> None:
    people = [ann, ben] + [await site.person(f"p{n}") for n in range(2, count)]
    small = {"viewport": {"width": 420, "height": 420}}
    all_of_them = [await calls(each, **small) for each in people]
    for each in all_of_them:
        each.visitor.expect(LOSS)  # On a busy machine, a socket may open too late.
    first, *others = all_of_them
    for each in others if count == 6 else []:
        await each.is_modest()
    await first.starts("general")
    for each in others:
        await each.joins("general")
    for each in all_of_them:
        await each.sees(count - 1, within=120)
        await expect(each.tiles).to_have_count(count)


@pytest.mark.long
async def test_a_seventh_is_told_that_it_is_full(
    ann: Person, ben: Person, calls: Calls
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(6):
            inbox = await stack.enter_async_context(ann.listening())
            await inbox.say({"type": "call", "id": "x", "room": "general", "join": True})
            await inbox.next("ok", id="x")
        late = await calls(ben)
        await late.joins("general")
        await expect(late.page.locator(".toast")).to_contain_text("The call is full")
        await expect(late.panel).to_have_count(0)
