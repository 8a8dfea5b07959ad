"""What goes wrong in a call: each has its words, and its way back."""

import asyncio
import re

import pytest
from playwright.async_api import WebSocketRoute, expect

from handlers.services import calls as server
from tests.browser.calling.caller import Caller, meet, see_each_other
from tests.browser.calling.conftest import Calls
from tests.browser.site import Site
from tests.browser.visitor import LOSS, REFUSAL
from tests.people import Person

CONNECTIONS = "window.made.length"
pytestmark = pytest.mark.long


async def two(ann: Person, ben: Person, calls: Calls) -> tuple[Caller, Caller]:
    """Ann and Ben in a call, who see each other."""
    a, b = await calls(ann), await calls(ben)
    for each in (a, b):
        each.visitor.expect(LOSS)
    await meet(a, b)
    return a, b


async def test_whoever_loads_the_page_anew_is_in_it_again(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a, b = await two(ann, ben, calls)
    await b.page.reload()
    await b.is_in()
    await see_each_other(a, b)
    await expect(a.tiles).to_have_count(2)
    (message,) = await ann.page("general")
    assert len(message["call"]["people"]) == 2


async def test_whoever_loads_the_page_anew_waits_for_a_slow_line(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a, b = await two(ann, ben, calls)
    await asyncio.sleep(4)  # What is kept is there before the line is.

    async def slowly(socket: WebSocketRoute) -> None:
        await asyncio.sleep(3)
        socket.connect_to_server()

    await b.page.route_web_socket(re.compile("/api/socket"), slowly)
    await b.page.reload()
    await b.tile("You").wait_for()
    await b.sees(1)
    await a.sees(1)


async def test_a_line_that_is_lost_for_a_while_takes_nobody_out(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a, b = await two(ann, ben, calls)
    await b.visitor.cut()
    await expect(b.page.locator(".call-facts")).to_contain_text("the call goes on")
    await b.panel.focus()
    await b.page.keyboard.press("m")  # It goes from browser to browser.
    await expect(a.tile("Ben Baker")).to_have_attribute(
        "aria-label", "\u2068Ben Baker\u2069, muted"
    )
    await a.sees(1)
    await asyncio.sleep(5)
    await b.visitor.mend()
    await expect(b.page.locator(".call-facts")).to_contain_text("2 people")
    await b.sees(1)
    assert [await each.page.evaluate(CONNECTIONS) for each in (a, b)] == [1, 1]


async def test_media_go_on_while_the_server_restarts(
    ann: Person, ben: Person, site: Site, calls: Calls
) -> None:
    a, b = await two(ann, ben, calls)
    await site.stop()
    await see_each_other(a, b)
    await site.start()
    for each in (a, b):
        await expect(each.page.locator(".call-facts")).to_contain_text("2 people")
        await each.sees(1)
        assert await each.page.evaluate(CONNECTIONS) == 1  # the very same
    (message,) = await ann.page("general")
    now = {each["user"] for each in message["call"]["people"]}
    assert now == {"ann", "ben"}
    assert "ended_at" not in message["call"]
    await a.leaves()
    await b.leaves()
    await expect(a.page.locator(".call-card.over")).to_be_visible()
    (message,) = await ann.page("general")
    assert message["call"]["ended_at"]


async def test_a_call_to_which_nobody_comes_back_has_ended(
    ann: Person, site: Site, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "RETURN_SECONDS", 0.3)
    a = await calls(ann)
    await a.starts("general")
    await a.page.close()
    await site.stop()
    await site.start()
    async with ann.listening(cursors={"general": 1}) as inbox:
        if "ended_at" not in (await ann.page("general"))[0]["call"]:
            assert (await inbox.next("message"))["call"]["ended_at"]


async def test_both_may_offer_at_once_twenty_times(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a, b = await calls(ann), await calls(ben)

    def slow(socket: WebSocketRoute) -> None:
        loop, towards = asyncio.get_running_loop(), socket.connect_to_server()
        # In their order, and so late that offers cross.
        socket.on_message(lambda frame: loop.call_later(0.15, towards.send, frame) and None)

    for each in (a, b):
        await each.page.route_web_socket("**/api/socket", slow)
    await meet(a, b)
    offer = "window.made[0].restartIce()"
    state = "window.made[0].signalingState + ' ' + window.made[0].connectionState"
    for _ in range(20):
        await asyncio.gather(a.page.evaluate(offer), b.page.evaluate(offer))
        await asyncio.sleep(0.4)
        for each in (a, b):
            await each.until(f"{state} === 'stable connected'")
    met = [await each.page.evaluate("window.collisions") for each in (a, b)]
    assert max(met) >= 15, met  # Only the polite one takes the other's.
    assert min(met) == 0
    await see_each_other(a, b)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("NotAllowedError", "Your browser does not let this page use the camera."),
        ("NotFoundError", "There is no camera."),
        ("NotReadableError", "The camera cannot be used now"),
    ],
)
async def test_who_has_no_camera_is_told_why_and_joins_without(
    ann: Person, ben: Person, calls: Calls, refusal: str, words: str
) -> None:
    a, b = await calls(ann), await calls(ben)
    await b.page.add_init_script(f"window.refused = {{ video: '{refusal}' }}")
    await a.starts("general")
    await b.visitor.enter("general")
    await b.button("Join").click()
    dialog = b.page.locator("dialog")
    await expect(dialog.get_by_role("status")).to_contain_text(words)
    await dialog.locator(".primary").click()
    await b.sees(1)
    await expect(a.tile("Ben Baker")).to_have_attribute(
        "aria-label", "\u2068Ben Baker\u2069, camera off"
    )
    await expect(b.page.locator(".call .call-faults")).to_contain_text(words)
    await b.page.evaluate("window.refused = {}")
    await b.button("Try again").click()
    await expect(b.page.locator(".call .call-faults")).to_be_empty()
    await a.sees(1)


async def test_who_has_nothing_at_all_still_sees_the_others(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a, b = await calls(ann), await calls(ben)
    refused = "window.refused = { video: 'NotFoundError', audio: 'NotFoundError' }"
    await b.page.add_init_script(refused)
    await a.starts("general")
    await b.joins("general")
    await b.sees(1)
    await expect(b.page.locator(".call .call-faults")).to_contain_text(
        "There is no microphone."
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [("audio", "Your microphone is gone"), ("video", "Your camera is gone")],
)
async def test_a_device_that_is_unplugged_is_named_and_the_call_goes_on(
    ann: Person, ben: Person, calls: Calls, kind: str, words: str
) -> None:
    a, b = await two(ann, ben, calls)
    unplug = """(kind) => {
      window.refused = { [kind]: "NotFoundError" };
      const track = window.opened.findLast((each) => each.kind === kind);
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }"""
    await b.page.evaluate(unplug, kind)
    faults = b.page.locator(".call .call-faults")
    await expect(faults).to_contain_text(words)
    said = "muted" if kind == "audio" else "camera off"
    await expect(a.tile("Ben Baker")).to_have_attribute(
        "aria-label", f"\u2068Ben Baker\u2069, {said}"
    )
    await b.page.evaluate("window.refused = {}")
    await b.button("Try again").click()
    await expect(faults).to_be_empty()
    await expect(a.tile("Ben Baker")).to_have_attribute(
        "aria-label", "\u2068Ben Baker\u2069"
    )
    await a.sees(1)


async def test_whoever_is_muted_stays_so_with_another_microphone(
    ann: Person, calls: Calls
) -> None:
    a = await calls(ann)
    await a.starts("general")
    await a.panel.focus()
    await a.page.keyboard.press("m")
    await a.page.evaluate("""() => {
      const track = window.opened.find(({ kind }) => kind === "audio");
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }""")
    microphones = "window.opened.filter(({ kind }) => kind === 'audio')"
    await a.until(f"{microphones}.length === 2")
    assert not await a.page.evaluate(f"{microphones}[1].enabled")
    await expect(a.button("Microphone")).to_have_attribute("aria-pressed", "false")


async def test_a_camera_that_is_allowed_too_late_is_closed_again(
    ann: Person, calls: Calls
) -> None:
    a = await calls(ann)
    await a.page.add_init_script(
        "window.asked = new Promise((done) => { window.allow = done; })"
    )
    await a.visitor.enter("general")
    await a.page.locator(".room-head").get_by_role("button", name="Call").click()
    await a.page.locator("dialog").wait_for()
    await a.page.keyboard.press("Escape")
    await expect(a.page.locator("dialog")).to_have_count(0)
    await a.page.evaluate("window.allow()")
    await a.until("window.opened.length === 2")
    await a.until("window.opened.every(({ readyState }) => readyState === 'ended')")


@pytest.mark.parametrize("way", ["removed", "disabled", "signed out"])
async def test_who_has_to_go_has_no_device_open_any_more(
    ann: Person, ben: Person, calls: Calls, way: str
) -> None:
    await ann.makes("attic", "private", "ben")
    b = await calls(ben)
    b.visitor.expect(LOSS, REFUSAL)
    await b.starts("attic")
    if way == "removed":
        await ann.does("DELETE", "/api/rooms/attic/members/ben", status=204)
    elif way == "disabled":
        await ann.does("PATCH", "/api/users/ben", {"disabled": True})
    else:
        for session in (await ben.does("GET", "/api/sessions"))["sessions"]:
            if not session["current"]:
                await ben.does("DELETE", f"/api/sessions/{session['id']}", status=204)
    await b.until("window.opened.every(({ readyState }) => readyState === 'ended')")
    await expect(b.panel).to_have_count(0)
    assert (await ann.page("attic"))[-1]["call"]["people"] == []


async def test_a_device_that_sleeps_leaves_the_call_and_can_join_again(
    ann: Person, ben: Person, calls: Calls
) -> None:
    a, b = await two(ann, ben, calls)
    later = """() => {
      const { now } = Date;
      Date.now = () => now() + 600_000;
    }"""
    await b.page.evaluate(later)
    toast = b.page.locator(".toast")
    await expect(toast).to_contain_text("This device slept")
    await expect(a.tiles).to_have_count(1)
    await toast.get_by_role("button", name="Join again").click()
    await see_each_other(a, b)
