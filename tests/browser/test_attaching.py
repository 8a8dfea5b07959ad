"""Files in the room: chosen, dropped, pasted, on their way, and seen by everybody."""

import re

from playwright.async_api import expect

from tests.attachments import picture
from tests.browser.attaching import UPLOADS, brings, chooses, held
from tests.browser.conftest import PHONE, Visit
from tests.people import Person


async def test_a_chosen_picture_is_seen_by_everybody_at_its_size(
    ann: Person, ben: Person, visit: Visit
) -> None:
    here, there = await visit(ann), await visit(ben, **PHONE)
    await here.enter("general")
    await there.enter("general")
    await chooses(here, ("view.png", picture("PNG", (720, 480))))
    await expect(here.page.locator(".upload")).to_contain_text("view.png")
    await here.says("Look at this")
    await here.sees_sent("Look at this")
    for visitor, width, height in ((here, 360, 240), (there, 304, 203)):
        image = visitor.message("Look at this").get_by_role("img", name="view.png")
        await expect(image).to_have_js_property("complete", value=True)
        assert await image.evaluate("image => image.naturalWidth") == 720
        box = await image.bounding_box()
        assert box is not None
        assert (round(box["width"]), round(box["height"])) == (width, height)
    await expect(here.page.locator(".uploads")).to_be_hidden()


async def test_files_are_dropped_and_pasted_and_need_no_words(
    ann: Person, ben: Person, visit: Visit
) -> None:
    here, there = await visit(ann), await visit(ben)
    await here.enter("general")
    await there.enter("general")
    await brings(here, "dragover", "notes.txt")
    await expect(here.page.locator(".drop-aim")).to_be_visible()
    await brings(here, "drop", "notes.txt", "more.csv")
    await expect(here.page.locator(".drop-aim")).to_be_hidden()
    await brings(here, "paste", "pasted.log")
    await expect(here.page.locator(".upload")).to_have_count(3)
    await here.button("Remove \u2068more.csv\u2069").click()
    await here.button("Send").click()
    cards = there.page.locator(".messages .file")
    await expect(cards).to_have_text([re.compile("notes.txt"), re.compile("pasted.log")])
    async with there.page.expect_download() as downloading:
        await cards.first.click()
    assert (await downloading.value).suggested_filename == "notes.txt"


async def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    async with held(visitor, UPLOADS):
        await chooses(visitor, ("big.bin", b"x" * 100_000))
        progress = visitor.page.get_by_role("progressbar")
        await expect(progress).to_have_attribute("max", "100000")
        await visitor.button("Cancel \u2068big.bin\u2069").click()
        await expect(visitor.page.locator(".uploads")).to_be_hidden()
    await visitor.says("without it")
    await visitor.sees_sent("without it")
    assert "files" not in (await ann.page("general"))[0]


async def test_who_sends_while_files_are_on_their_way_need_not_wait(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    async with held(visitor, UPLOADS):
        await chooses(visitor, ("plan.bin", b"x" * 1_000))
        await visitor.says("here is the plan")
        await expect(visitor.page.locator(".send.due")).to_be_visible()
        await expect(visitor.message("here is the plan")).to_have_count(0)
    await visitor.sees_sent("here is the plan")
    await expect(visitor.message("here is the plan").locator(".file")).to_be_visible()


async def test_what_could_not_be_sent_says_so_and_is_tried_again(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.cut()
    await chooses(visitor, ("plan.bin", b"x" * 1_000), ("empty.bin", b""))
    alerts = visitor.page.locator(".upload [role=alert]")
    await expect(alerts).to_have_text([re.compile("cannot be reached"), "It is empty."])
    await visitor.mend()
    await visitor.button("Try again").click()
    await expect(alerts).to_have_count(1)
    await visitor.says("at last")
    await expect(visitor.message("at last").locator(".file")).to_contain_text("plan.bin")
    await expect(visitor.page.locator(".upload")).to_have_count(1)


async def test_files_wait_in_their_room_while_one_looks_elsewhere(
    ann: Person, visit: Visit
) -> None:
    await ann.makes("garden")
    visitor = await visit(ann)
    await visitor.enter("general")
    await chooses(visitor, ("plan.bin", b"x" * 1_000))
    await visitor.room("garden").click()
    await expect(visitor.page.locator(".room-head h1")).to_have_text("garden")
    await expect(visitor.page.locator(".uploads")).to_be_hidden()
    await visitor.room("General").click()
    await expect(visitor.page.locator(".upload")).to_contain_text("plan.bin")
