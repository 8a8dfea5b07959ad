"""What axe-core finds on every view, light and dark: nothing serious."""

from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.attachments import PDF, picture, uploads
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Person

STRICTER = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
Open = Callable[[Visitor], Awaitable[None]]


async def lobby(visitor: Visitor) -> None:
    await visitor.go()
    await visitor.page.locator(".lobby-room").first.wait_for()


async def room(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.message("plain").hover()


async def members(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.button("Members").click()
    await visitor.page.locator(".member").first.wait_for()


async def answering(visitor: Visitor) -> None:
    await room(visitor)
    await visitor.act_on("plain", "Reply")
    await visitor.box.press_sequentially("Hi @b")
    await visitor.page.get_by_role("option").first.wait_for()


async def attaching(visitor: Visitor) -> None:
    await visitor.enter("general")
    empty = {"name": "none.txt", "mimeType": "text/plain", "buffer": b""}
    await visitor.page.set_input_files(".compose input[type=file]", empty)  # type: ignore[arg-type]
    await visitor.page.locator(".upload").wait_for()


async def picker(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.button("Emoji").click()


async def menu(visitor: Visitor) -> None:
    await room(visitor)
    await visitor.act_on("plain", "More")


async def settings(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.button("Room settings").click()


async def webhooks(visitor: Visitor) -> None:
    await settings(visitor)
    await visitor.button("Set up…").click()
    await visitor.page.locator(".keys li").wait_for()


async def switcher(visitor: Visitor) -> None:
    await visitor.go()
    await visitor.page.keyboard.press("Control+k")


async def new_room(visitor: Visitor) -> None:
    await visitor.go()
    await visitor.page.locator(".sidebar").get_by_label("Create a room").click()
    await visitor.page.get_by_text("Add people now").click()


async def shortcuts(visitor: Visitor) -> None:
    await visitor.go()
    await visitor.page.keyboard.press("?")


async def people(visitor: Visitor) -> None:
    await visitor.go("people")
    await visitor.page.locator(".card").first.wait_for()


async def invites(visitor: Visitor) -> None:
    await people(visitor)
    await visitor.button("Invite people").click()
    await visitor.page.locator(".invites li").wait_for()


async def choosing(visitor: Visitor) -> None:
    await visitor.go()
    await visitor.button("New direct message").click()
    await visitor.dialog("New message").get_by_role("checkbox").first.check()


async def large_picture(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.page.locator(".picture").first.click()
    await visitor.page.locator(".lightbox img").wait_for()


async def first_steps(visitor: Visitor) -> None:
    await visitor.go()
    await visitor.page.locator(".first").wait_for()


async def profile(visitor: Visitor) -> None:
    await visitor.go("profile")
    await visitor.page.locator(".sessions li").first.wait_for()


async def browse(visitor: Visitor) -> None:
    await visitor.go("browse")
    await visitor.page.locator(".card").first.wait_for()


async def search(visitor: Visitor) -> None:
    await visitor.go("search/plain")
    await visitor.page.locator(".hit mark").first.wait_for()


async def search_hints(visitor: Visitor) -> None:
    await visitor.go("search/")
    await visitor.page.locator(".search-hints").wait_for()


async def offline(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.cut()
    await visitor.says("waiting")


VIEWS = [
    lobby, room, members, answering, attaching, picker, menu, settings, webhooks, switcher,
    new_room, shortcuts, people, invites, choosing, large_picture, first_steps, profile,
    browse, search,
    search_hints, offline,
]  # fmt: skip


async def faults(visitor: Visitor) -> list[str]:
    # What is seen must be part of the name: people say it to their computer.
    found = await Axe().run(visitor.page, options=STRICTER)
    return [
        f"{fault['id']}: {[node['html'] for node in fault['nodes']]}"
        for fault in found.response["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_view_can_be_read_and_used_by_everybody(
    ann: Person, ben: Person, visit: Visit, scheme: str
) -> None:
    await ann.does("POST", "/api/invites", {"note": "for Carla"})
    await ann.makes("garden", "public", "ben")
    for path in ("tokens", "rooms/general/hooks"):
        await ann.does("POST", f"/api/{path}", {})
    await ben.says("garden", "@ann look")
    said = await ben.says("general", "plain")
    await ann.says(
        "general",
        "```python\n@x\ndef f():\n    return len(1), 's'  # c\n```\n"
        "@ben `inline` https://example.org\n\n> quote",
    )
    files = [await uploads(ben, "general", each) for each in (picture(), PDF, b"ID3", b"x")]
    await ben.says("general", "files", files=[file["id"] for file in files])
    await ben.says("general", "an answer", reply_to=said["seq"])
    await ben.does("PUT", f"/api/rooms/general/messages/{said['seq']}/reactions/👍")
    visitor = await visit(ann, color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for view in VIEWS:
        await view(visitor)
        if bad := await faults(visitor):
            found[view.__name__] = bad
        await visitor.page.keyboard.press("Escape")
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["", "join/code"])
async def test_the_way_in_can_be_read_and_used_by_everybody(
    visit: Visit, place: str, scheme: str
) -> None:
    visitor = await visit(color_scheme=scheme)
    await visitor.go(place)
    await visitor.page.locator("form button[type=submit]").click()
    assert await faults(visitor) == []
