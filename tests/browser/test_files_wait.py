"""Files that wait for their message: none is lost, and none holds back the words."""

import asyncio

from playwright.async_api import Route, expect

from tests.attachments import picture
from tests.browser.attaching import UPLOADS, chooses, held
from tests.browser.conftest import Visit
from tests.people import Person

COPIED = """() => {
  const carried = new DataTransfer();
  carried.items.add(new File(["x"], "image.png", { type: "image/png" }));
  carried.setData("text/html", "<table><tr><td>1</td></tr></table>");
  carried.setData("text/plain", "1");
  const event = new ClipboardEvent("paste", {
    clipboardData: carried, bubbles: true, cancelable: true,
  });
  return document.querySelector(".compose textarea").dispatchEvent(event);
}"""
FALLS = """(selector) => ["dragover", "drop"].map((kind) => {
  const carried = new DataTransfer();
  carried.items.add(new File(["x"], "page.html", { type: "text/html" }));
  const options = { bubbles: true, cancelable: true, dataTransfer: carried };
  return !document.querySelector(selector).dispatchEvent(new DragEvent(kind, options));
})"""


async def test_a_file_that_failed_before_does_not_hold_back_what_is_sent(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await chooses(visitor, ("empty.txt", b""))
    async with held(visitor, UPLOADS):
        await chooses(visitor, ("big.bin", b"x" * 1_000))
        await visitor.says("with the big one")
        await expect(visitor.page.locator(".compose-due")).to_contain_text("big.bin")
    await visitor.sees_sent("with the big one")


async def test_who_waits_for_a_file_may_think_again(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    async with held(visitor, UPLOADS):
        await chooses(visitor, ("big.bin", b"x" * 1_000))
        await visitor.says("not yet")
        await visitor.button("Cancel").click()
    await expect(visitor.page.locator(".upload progress")).to_have_count(0)
    await expect(visitor.box).to_have_value("not yet")
    await expect(visitor.message("not yet")).to_have_count(0)


async def test_a_file_that_fails_after_enter_says_that_nothing_was_sent(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    visitor.expect("Failed to load resource")
    await visitor.enter("general")
    waiting = asyncio.Event()

    async def fails(route: Route) -> None:
        await waiting.wait()
        await route.abort()

    await visitor.page.route(UPLOADS, fails)
    await chooses(visitor, ("big.bin", b"x" * 1_000))
    await visitor.says("with the big one")
    await expect(visitor.page.locator(".send.due")).to_be_visible()
    waiting.set()
    await expect(visitor.page.locator(".toast")).to_contain_text("Not sent:")
    await expect(visitor.box).to_have_value("with the big one")


async def test_what_waits_for_a_file_goes_while_another_room_is_on_view(
    ann: Person, visit: Visit
) -> None:
    await ann.makes("lounge")
    visitor = await visit(ann)
    await visitor.enter("general")
    async with held(visitor, UPLOADS):
        await chooses(visitor, ("big.bin", b"x" * 1_000))
        await visitor.says("with the big one")
        await expect(visitor.page.locator(".send.due")).to_be_visible()
        await visitor.enter("lounge")
        await expect(visitor.page.locator(".send.due")).to_have_count(0)
    await visitor.enter("general")
    await visitor.sees_sent("with the big one")
    await expect(visitor.box).to_have_value("")
    await expect(visitor.page.locator(".upload")).to_have_count(0)


async def test_what_waits_for_a_file_goes_while_another_message_is_edited(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.says("the one before")
    await visitor.sees_sent("the one before")
    async with held(visitor, UPLOADS):
        await chooses(visitor, ("big.bin", b"x" * 1_000))
        await visitor.says("with the big one")
        await expect(visitor.page.locator(".send.due")).to_be_visible()
        await visitor.act_on("the one before", "Edit")
        await visitor.box.fill("half of an ed")
    await visitor.sees_sent("with the big one")
    await visitor.sees("the one before")
    await expect(visitor.box).to_have_value("half of an ed")


async def test_files_and_words_that_are_not_sent_survive_a_reload(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await chooses(
        visitor, ("view.png", picture("PNG", (72, 48))), ("plan.bin", b"x" * 1_000)
    )
    await expect(visitor.page.locator(".upload")).to_have_count(2)
    await expect(visitor.page.locator(".upload progress")).to_have_count(0)
    await visitor.box.fill("here they are")
    await visitor.page.reload()
    await expect(visitor.page.locator(".upload")).to_have_count(2)
    await visitor.box.press("Enter")
    await visitor.sees_sent("here they are")
    await expect(visitor.message("here they are").get_by_role("img")).to_have_count(1)
    await visitor.page.reload()
    await visitor.sees("here they are")
    await expect(visitor.page.locator(".upload")).to_have_count(0)


async def test_a_file_that_is_too_large_offers_nothing_that_cannot_work(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.measure("""() => {
        const { src } = document.querySelector("script[type=module]");
        return import(new URL("state/state.js", src)).then(({ state }) => {
            state.limits.file = 500;
        });
    }""")
    await chooses(visitor, ("large.bin", b"x" * 1_000))
    await expect(visitor.page.locator(".upload")).to_contain_text("Larger than")
    await expect(visitor.button("Try again")).to_have_count(0)


async def test_cells_of_a_spreadsheet_are_pasted_as_text(ann: Person, visit: Visit) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    assert await visitor.measure(COPIED), "the browser itself pastes the text"
    await expect(visitor.page.locator(".uploads")).to_be_hidden()


async def test_a_file_that_falls_beside_the_room_does_not_replace_the_page(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    assert await visitor.page.evaluate(FALLS, ".sidebar") == [True, True]
    await visitor.go("people")
    await visitor.page.locator(".main-people").wait_for()
    assert await visitor.page.evaluate(FALLS, "main") == [True, True]
