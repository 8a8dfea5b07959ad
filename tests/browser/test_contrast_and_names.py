"""What axe-core finds on every view, light and dark: nothing serious."""

import re
from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.attachments import PDF, picture, uploads
from tests.browser.conftest import PHONE, Visit
from tests.browser.test_files import WEB
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
    await visitor.dialog("Emoji").wait_for()


async def menu(visitor: Visitor) -> None:
    await room(visitor)
    await visitor.act_on("plain", "More")


async def settings(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.button("Room settings").click()
    await visitor.dialog("Room settings").wait_for()


async def webhooks(visitor: Visitor) -> None:
    await settings(visitor)
    await visitor.button("Set up…").click()
    await visitor.page.locator(".keys li").wait_for()


async def switcher(visitor: Visitor) -> None:
    await visitor.go()
    await visitor.page.keyboard.press("Control+k")
    await visitor.dialog("Jump to").wait_for()


async def new_room(visitor: Visitor) -> None:
    await visitor.go()
    await visitor.page.locator(".sidebar").get_by_label("Create a room").click()
    await visitor.page.get_by_text("Add people now").click()
    await visitor.dialog("Create a room").get_by_role("checkbox").first.wait_for()


async def shortcuts(visitor: Visitor) -> None:
    await visitor.go()
    await visitor.page.keyboard.press("?")
    await visitor.dialog("Keyboard shortcuts").wait_for()


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


async def bell(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.button("Notifications").click()
    await visitor.dialog("Notify me about").wait_for()


async def marks(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.button("Aa: how to write bold, code and lists").click()
    await visitor.dialog("How to write").wait_for()


async def about(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.page.locator(".room-title").click()
    await visitor.dialog("About this room").wait_for()


async def card(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.page.locator("a.sender").first.click()
    await visitor.page.locator(".person-card").wait_for()


async def pins(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.button("Pinned messages").click()
    await visitor.dialog("Pinned messages").locator("li").first.wait_for()


async def answers(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.button("1 answer").click()
    await visitor.dialog("Answers").locator("li").first.wait_for()


async def new_webhook(visitor: Visitor) -> None:
    await webhooks(visitor)
    await visitor.button("Make a webhook").click()
    await visitor.dialog("Your new webhook").wait_for()


async def making_a_token(visitor: Visitor) -> None:
    await profile(visitor)
    await visitor.button("Make a token").click()
    await visitor.dialog("Make a token").wait_for()


async def new_token(visitor: Visitor) -> None:
    await making_a_token(visitor)
    await visitor.dialog("Make a token").get_by_role("button", name="Make a token").click()
    await visitor.dialog("Your new token").wait_for()


async def making_a_bot(visitor: Visitor) -> None:
    await people(visitor)
    await visitor.button("Make a bot").click()
    await visitor.dialog("Make a bot").wait_for()


async def changes(visitor: Visitor, name: str, what: str) -> None:
    await people(visitor)
    await visitor.page.get_by_role("button", name=re.compile(f"^Change .*{name}")).click()
    await visitor.page.get_by_role("menuitem", name=what).click()


async def tokens_of_a_bot(visitor: Visitor) -> None:
    await changes(visitor, "robot", "Tokens…")
    await visitor.dialog("Tokens of").locator("li").first.wait_for()


async def new_password(visitor: Visitor) -> None:
    await changes(visitor, "Ben Baker", "New password link…")
    await visitor.dialog("A new password for").wait_for()


async def adding_people(visitor: Visitor) -> None:
    await members(visitor)
    await visitor.button("Add people").click()
    await visitor.dialog("Add people").wait_for()


async def deleting(visitor: Visitor) -> None:
    await visitor.enter("garden")
    await visitor.button("Room settings").click()
    await visitor.button("Delete…").click()
    await visitor.dialog("Delete this room?").wait_for()


async def sheet(visitor: Visitor) -> None:
    await visitor.enter("general")
    await visitor.message("plain").locator(".text").tap()
    await visitor.dialog("Message").wait_for()


VIEWS = [
    lobby, room, members, answering, attaching, picker, menu, settings, webhooks, switcher,
    new_room, shortcuts, people, invites, choosing, large_picture, first_steps, profile,
    browse, search,
    search_hints, bell, marks, about, card, pins, answers, new_webhook, making_a_token,
    new_token, making_a_bot, tokens_of_a_bot, new_password, adding_people,
    deleting, offline,
]  # fmt: skip
ON_A_PHONE = [sheet, about, picker, room, new_room]
# What opens over the page, and where its title or label stands.
OPENING = re.compile(
    r"(?:openDialog|openPopover|choosePeople|showOnce|openListed)\(.{,90}?"
    r"(?:title|label): (.+?)[,;}\n]",
    re.DOTALL,
)
# Opened where they have tests of their own: they need a call, a link, or a room of nobody.
ELSEWHERE = {
    "Join the call",
    "Start a call",
    "Devices",
    "Hand on ",
    "Your password was set",
}
OPEN = """[...document.querySelectorAll("dialog[open], :popover-open")]
    .map((one) => one.ariaLabel || one.querySelector("h2").textContent)"""


async def faults(visitor: Visitor) -> list[str]:
    # What is seen must be part of the name: people say it to their computer.
    found = await Axe().run(visitor.page, options=STRICTER)
    return [
        f"{fault['id']}: {[node['html'] for node in fault['nodes']]}"
        for fault in found.response["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
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
    await ann.does("POST", "/api/bots", {"name": "robot", "display_name": "robot"})
    await ann.does("PUT", f"/api/rooms/general/messages/{said['seq']}/pin")
    found: dict[str, list[str]] = {}
    opened: set[str] = set()
    for views, screen in ((ON_A_PHONE, PHONE), (VIEWS, {})):
        visitor = await visit(ann, color_scheme=scheme, reduced_motion="reduce", **screen)
        for view in views:
            await view(visitor)
            opened.update(await visitor.measure(OPEN))
            if bad := await faults(visitor):
                found[view.__name__] = bad
            await visitor.page.keyboard.press("Escape")
    assert found == {}
    assert [each for each in titles() if not any(map(begins(each), opened))] == []


def begins(words: str) -> Callable[[str], bool]:
    return lambda title: title.startswith(words)


def titles() -> list[str]:
    """What the dialogs of the client are called, as far as their sources say it."""
    sources = [path.read_text() for path in (WEB / "views").rglob("*.js")]
    found = [where for source in sources for where in OPENING.findall(source)]
    words = [word for where in found for word in re.findall(r'["`]([^"`$]+)', where)]
    known = (*ELSEWHERE, " ")
    return [word for word in words if not word.startswith(known)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["", "join/code"])
async def test_the_way_in_can_be_read_and_used_by_everybody(
    visit: Visit, place: str, scheme: str
) -> None:
    visitor = await visit(color_scheme=scheme)
    await visitor.go(place)
    await visitor.page.locator("form button[type=submit]").click()
    assert await faults(visitor) == []
