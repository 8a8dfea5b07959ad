"""Other screens and other paths: a phone, a sub-path behind a proxy, the keyboard alone."""

import asyncio
import re

import pytest
from aiohttp import ClientSession, WSMsgType, web
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.site import Site
from tests.people import PASSWORD, Person


async def test_on_a_phone_the_rooms_and_a_room_are_two_screens(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ben.says("general", "Can you see this?")
    visitor = await visit(ann, **PHONE)
    await visitor.go()
    await expect(visitor.page.locator(".sidebar")).to_be_visible()
    await visitor.room("General").tap()
    await visitor.sees("Can you see this?")
    await expect(visitor.page.locator(".sidebar")).to_be_hidden()
    await visitor.message("Can you see this?").tap()
    await visitor.button("React with 👍").tap()
    await expect(visitor.page.locator(".reaction")).to_have_text("👍1")
    await visitor.box.fill("one")
    await visitor.box.press("Enter")
    await visitor.box.press_sequentially("two")
    await visitor.button("Send").tap()
    await visitor.sees_sent("two")
    await visitor.page.get_by_label("Back to the rooms").tap()
    await expect(visitor.page.locator(".sidebar")).to_be_visible()


@pytest.mark.parametrize(
    "place", ["", "rooms/general", "people", "profile", "browse", "search/word"]
)
async def test_on_a_phone_nothing_is_too_wide_and_every_control_is_big_enough(
    ann: Person, visit: Visit, place: str
) -> None:
    await ann.says("general", "W" * 500)
    visitor = await visit(ann, **PHONE)
    await visitor.go(place)
    await visitor.page.locator("h1:visible, .room-row:visible").first.wait_for()
    assert await visitor.measure("document.documentElement.scrollWidth") <= 390
    # Of what has its label beside it, as much as chooses it by a tap.
    small = """[...document.querySelectorAll('button, a.icon-button, .room-row, input')]
        .filter((one) => one.checkVisibility())
        .map((one) => {
          const name = one.getAttribute('aria-label') || one.textContent || one.id;
          if (!one.matches('.choice input')) return [name, one.getBoundingClientRect()];
          one.scrollIntoView({ block: 'center' });
          const { x, y, width, height } = one.closest('.choice').getBoundingClientRect();
          const rows = Array.from({ length: height }, (_, row) => (
            document.elementFromPoint(x + width / 2, y + row + 0.5)));
          const reached = rows.filter((hit) => hit?.control === one);
          return [name, { width, height: reached.length }];
        })
        .filter(([, box]) => box.height < 36 || box.width < 36)
        .map(([name]) => name)"""
    assert await visitor.measure(small) == []


async def test_at_twice_the_size_nothing_is_lost(ann: Person, visit: Visit) -> None:
    await ann.says("general", "still here")
    visitor = await visit(
        ann, viewport={"width": 640, "height": 400}, device_scale_factor=2
    )
    await visitor.enter("general")
    await visitor.sees("still here")
    await expect(visitor.box).to_be_in_viewport()
    assert await visitor.measure("document.documentElement.scrollWidth") <= 640


async def test_all_works_from_a_sub_path_behind_a_proxy(site: Site, visit: Visit) -> None:
    async with ClientSession(auto_decompress=False) as session:
        proxy = TestServer(behind_chat(site, session))
        await proxy.start_server()
        visitor = await visit()
        await visitor.page.goto(f"{proxy.make_url('/chat/')}#/join/{site.owner_code}")
        await visitor.page.get_by_label("Username", exact=True).fill("olive")
        await visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await visitor.button("Create account").click()
        await visitor.room("General").click()
        await visitor.says("from below")
        await visitor.sees_sent("from below")
        await expect(visitor.page).to_have_url(re.compile("/chat/#/rooms/general"))
        await visitor.context.close()
        await proxy.close()


def behind_chat(site: Site, session: ClientSession) -> web.Application:
    """A proxy that serves the site under /chat/, as nginx would."""

    async def forward(request: web.Request) -> web.StreamResponse:
        url = site.url + request.match_info["path"]
        headers = {k: v for k, v in request.headers.items() if not k.startswith("Sec-WebS")}
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await forward_socket(request, url)
        body = await request.read()
        async with session.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k != "Transfer-Encoding"}
            raw = await answer.read()
            return web.Response(status=answer.status, headers=kept, body=raw)

    async def forward_socket(request: web.Request, url: str) -> web.WebSocketResponse:
        browser = web.WebSocketResponse()
        await browser.prepare(request)
        kept = {k: request.headers[k] for k in ("Host", "Origin", "Cookie")}
        async with session.ws_connect(url, headers=kept) as server:

            async def back() -> None:
                async for frame in server:
                    await browser.send_str(frame.data)

            task = asyncio.create_task(back())
            async for frame in browser:
                if frame.type is WSMsgType.TEXT:
                    await server.send_str(frame.data)
            task.cancel()
        return browser

    app = web.Application()
    app.router.add_route("*", "/chat/{path:.*}", forward)
    return app


async def test_everything_is_reached_by_keyboard_and_focus_returns(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    page = visitor.page
    await visitor.button("Room settings").focus()
    await page.keyboard.press("Enter")
    await expect(visitor.dialog("Room settings")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(visitor.button("Room settings")).to_be_focused()
    await page.keyboard.press("?")
    await expect(visitor.dialog("Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(visitor.box).to_be_focused()
