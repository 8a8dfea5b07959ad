"""A page that opens without a line: with what this browser kept, and nobody else's."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from handlers import pages
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.visitor import LOSS, REFUSAL, Visitor
from tests.people import Person

KEPT = """async () => {
    const found = {};
    for (const { name } of await indexedDB.databases()) {
        const base = await new Promise((done) => {
            indexedDB.open(name).onsuccess = ({ target }) => done(target.result);
        });
        if (base.objectStoreNames.length) {
            const entries = await new Promise((done) => {
                base.transaction("kept").objectStore("kept").getAll()
                    .onsuccess = ({ target }) => done(target.result);
            });
            for (const each of entries) found[each.room] = each;
        }
        base.close();
    }
    return found;
}"""
BLOCKED = "**/api/**"


async def kept(visitor: Visitor) -> dict[str, Any]:
    found: dict[str, Any] = await visitor.page.evaluate(KEPT)
    return found


async def until_kept(visitor: Visitor, room: str, text: str) -> None:
    for _ in range(200):
        messages = (await kept(visitor)).get(room, {}).get("messages", [])
        if any(each["text"] == text for each in messages):
            return
        await visitor.page.wait_for_timeout(100)
    raise AssertionError(f"{text!r} was not kept")


async def who_has_kept(ann: Person, ben: Person, visit: Visit, text: str) -> Visitor:
    """Ann in the room in which Ben has said something, once her browser has kept it."""
    await ben.says("general", text)
    visitor = await visit(ann)
    await visitor.enter("general")
    await until_kept(visitor, "general", text)
    return visitor


async def lose_the_server(page: Page) -> None:
    """The page itself still comes, as from the cache of a worker."""

    async def close(socket: WebSocketRoute) -> None:
        await socket.close()

    await page.route(BLOCKED, lambda route: route.abort())
    await page.route_web_socket(re.compile(r"/api/socket"), close)


async def test_a_page_opens_without_a_line_and_shows_the_last_messages(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "The train leaves at *ten*")
    await ben.says("general", "and the bus at eleven")
    visitor = await visit(ann)
    visitor.expect(LOSS)
    await visitor.enter("general")
    await until_kept(visitor, "general", "and the bus at eleven")
    late = await visitor.another_tab()
    await lose_the_server(late.page)
    await late.enter("general")
    await late.sees("The train leaves at ten")
    await expect(late.page.locator(".banner")).to_contain_text(
        re.compile(r"Reconnecting… This is as of \d+:\d\d")
    )
    await late.go("search/train from:ben")
    await expect(late.page.locator(".hit")).to_have_count(1)
    await expect(late.page.locator(".hit mark")).to_have_text("train")
    await late.go()
    await expect(late.page.locator(".lobby-list")).to_contain_text("and the bus at eleven")
    await late.go("rooms/general")
    await late.says("I take the train")
    await visitor.page.close()
    # Back: a tab that has its line again.
    again = await late.another_tab()
    await late.page.close()
    await again.enter("general")
    await again.sees_sent("I take the train")
    page = await (await ann.ask("GET", "/api/rooms/general/messages")).json()
    assert [each["text"] for each in page["messages"]].count("I take the train") == 1


async def test_what_was_missed_comes_by_its_rev(
    ann: Person, ben: Person, visit: Visit
) -> None:
    said = await ben.says("general", "one")
    visitor = await who_has_kept(ann, ben, visit, "two")
    await visitor.go_elsewhere()
    place = f"/api/rooms/general/messages/{said['seq']}"
    await ben.does("PATCH", place, {"text": "one, edited"})
    await ben.says("general", "three")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    await visitor.enter("general")
    await visitor.sees("one, edited")
    await visitor.sees("three")
    assert not [url for url in asked if "/api/rooms/general/messages" in url]


async def test_other_rooms_are_kept_ahead(ann: Person, ben: Person, visit: Visit) -> None:
    await ann.makes("garden")
    await ann.says("garden", "The beans are ripe")
    visitor = await visit(ann)
    await visitor.enter("general")
    await until_kept(visitor, "garden", "The beans are ripe")


# All that a browser has of us: its caches, databases, storages and notifications.
LEFT = """async () => {
    const left = [{ ...localStorage }, { ...sessionStorage }];
    left.push(document.cookie, await indexedDB.databases());
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            const isOfAll = request.url.includes("/web/v-");
            left.push(request.url, isOfAll || await (await cache.match(request)).text());
        }
    }
    for (const each of await navigator.serviceWorker.getRegistrations()) {
        left.push(...(await each.getNotifications()).map(({ title }) => title));
    }
    return JSON.stringify(left);
}"""


async def test_who_signs_out_leaves_nothing_here_and_in_no_other_tab(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "a secret")
    visitor = await visit(ann, service_workers="allow")
    await visitor.enter("general")
    await until_kept(visitor, "general", "a secret")
    await until_whole(visitor)
    await visitor.box.fill("half a thought")
    await visitor.button("Emoji").click()
    await visitor.dialog("Emoji").get_by_role("searchbox").fill("tomato")
    await visitor.page.keyboard.press("Enter")
    tab = await visitor.another_tab()
    for each in (visitor, tab):
        each.expect(LOSS, REFUSAL)
    await tab.enter("general")
    await tab.box.fill("half another")
    assert "secret" in json.dumps(await kept(tab))
    await visitor.go("profile")
    await visitor.button("Sign out").first.click()
    for each in (visitor, tab):
        await expect(each.page.get_by_label("Username")).to_be_visible()
    await tab.page.wait_for_timeout(4_000)  # What waits to be kept would be kept by then.
    left = await tab.measure(LEFT)
    assert "/web/v-" in left  # the page itself
    for word in ("secret", "thought", "half", "archer", "baker", "general"):
        assert word not in left.casefold(), left
    assert await visitor.measure("[localStorage.length, sessionStorage.length]") == [0, 0]


async def test_a_session_that_was_ended_elsewhere_leaves_nothing_here(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await who_has_kept(ann, ben, visit, "a secret")
    visitor.expect(LOSS, r"status of 401")
    sessions = (await (await ann.ask("GET", "/api/sessions")).json())["sessions"]
    for session in sessions:
        if not session["current"]:
            await ann.ask("DELETE", f"/api/sessions/{session['id']}")
    await expect(visitor.page.get_by_label("Username")).to_be_visible()
    assert await kept(visitor) == {}


async def test_a_storage_that_never_answers_keeps_nobody_out(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "The train leaves at ten")
    visitor = await visit(ann)
    await visitor.page.add_init_script("IDBFactory.prototype.open = () => ({})")
    await visitor.enter("general")
    await visitor.sees("The train leaves at ten")


WHOLE = """async () => {
    if (!navigator.serviceWorker.controller) return null;
    for (const name of await caches.keys()) {
        if (await (await caches.open(name)).match("./")) return name;
    }
    return null;
}"""


async def until_whole(visitor: Visitor, but: str = "") -> str:
    """Wait until the worker has the page, its files and its turn; the name of its cache."""
    for _ in range(600):
        name: str | None = await visitor.page.evaluate(WHOLE)
        if name and name != but:
            return name
        await visitor.page.wait_for_timeout(100)
    raise AssertionError("The worker did not keep the page.")


async def test_the_page_itself_opens_without_its_server(
    ann: Person, ben: Person, visit: Visit, site: Site
) -> None:
    await ben.says("general", "The train leaves at ten")
    visitor = await visit(ann, service_workers="allow")
    visitor.expect(LOSS, REFUSAL)
    await visitor.enter("general")
    await until_kept(visitor, "general", "The train leaves at ten")
    await until_whole(visitor)
    late = await visitor.another_tab()
    await visitor.page.close()
    await site.stop()
    await late.enter("general")
    await late.sees("The train leaves at ten")
    await late.page.keyboard.press("Control+Shift+F")  # Code that was never asked for.
    await expect(late.page.get_by_role("heading", name="Search")).to_be_visible()
    await late.go("rooms/general")
    await late.says("I take it")
    await expect(late.message("I take it")).to_be_visible()
    await late.page.reload()
    await expect(late.message("I take it")).to_be_visible()
    await site.start()
    await late.sees_sent("I take it")
    page = await ann.page("general")
    assert [each["text"] for each in page].count("I take it") == 1


async def test_a_new_version_is_taken_and_a_draft_survives_it(
    ann: Person,
    visit: Visit,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    web = tmp_path / "web"
    shutil.copytree(pages.WEB, web)
    monkeypatch.setattr(pages, "WEB", web)
    visitor = await visit(ann, service_workers="allow")
    await visitor.enter("general")
    old = await until_whole(visitor)
    await visitor.box.fill("half a thought")
    words = web / "views/room/rows.js"
    words.write_text(words.read_text().replace("Nothing here yet.", "Not a word yet."))
    await visitor.page.wait_for_timeout(1_000)  # until the server looks again
    await visitor.page.reload()
    await until_whole(visitor, but=old)
    await visitor.page.reload()  # A busy machine may have shown the old one until now.
    await expect(visitor.page.get_by_text("Not a word yet.")).to_be_visible()
    await expect(visitor.box).to_have_value("half a thought")
    assert len(await visitor.page.evaluate("caches.keys()")) == 1
