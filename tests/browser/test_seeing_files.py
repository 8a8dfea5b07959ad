"""What people see of files and of each other's pictures, and what nobody is harmed by."""

import io
import re
import wave

import pytest
from playwright.async_api import Browser, expect

from tests.attachments import PDF, picture, uploads
from tests.browser.conftest import Visit
from tests.browser.hostile import SCRIPT
from tests.browser.site import Site
from tests.browser.test_attaching import held
from tests.people import Person

PREVIEWS = re.compile(r"/api/previews/")


@pytest.fixture
def browser(whole_browser: Browser) -> Browser:
    """One that shows a PDF."""
    return whole_browser


def sound() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as wav:
        wav.setparams((1, 2, 8_000, 0, "NONE", ""))
        wav.writeframes(bytes(16_000))
    return written.getvalue()


async def test_a_picture_on_its_way_keeps_its_place(ann: Person, visit: Visit) -> None:
    file = await uploads(ann, "general", picture("JPEG", (1_500, 1_000)), "view.jpg")
    await ann.says("general", "look", files=[file["id"]])
    await ann.says("general", "below it")
    visitor = await visit(ann)
    async with held(visitor, PREVIEWS):
        await visitor.enter("general")
        before = await visitor.message("below it").bounding_box()
    image = visitor.page.locator(".picture img")
    await expect(image).to_have_js_property("complete", value=True)
    assert await image.evaluate("image => image.naturalWidth") == 720
    assert await visitor.message("below it").bounding_box() == before


async def test_sound_films_and_papers_are_opened_in_place(
    ann: Person, visit: Visit
) -> None:
    film = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"
    files = [
        await uploads(ann, "general", sound(), "voice.wav"),
        await uploads(ann, "general", film, "film.mp4"),
        await uploads(ann, "general", PDF, "plan.pdf"),
    ]
    await ann.says("general", "all of it", files=[file["id"] for file in files])
    visitor = await visit(ann)
    visitor.expect("")  # A film of a few bytes cannot be shown, and Chromium says so.
    await visitor.enter("general")
    voice = visitor.page.locator("audio")
    await expect(voice).to_have_js_property("duration", 1)
    assert await voice.evaluate("voice => voice.controls")
    await expect(visitor.page.locator("video")).to_be_visible()
    paper = visitor.page.locator(".file", has_text="plan.pdf")
    await expect(paper).to_have_attribute("target", "_blank")


async def test_nothing_that_is_sent_as_a_file_runs(
    ann: Person, ben: Person, site: Site, visit: Visit
) -> None:
    page = f"<!doctype html><script>opener.harmed = {SCRIPT}</script>".encode()
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg' onload='{SCRIPT}'/>".encode()
    both = picture("GIF", mode="P") + page
    names = ["a.html", "b.svg", f"<img src=x onerror='{SCRIPT}'>.png"]
    sent = [
        await uploads(ben, "general", content, name, "text/html")
        for content, name in zip((page, drawing, both), names, strict=True)
    ]
    await ben.says("general", "open me", files=[file["id"] for file in sent])
    visitor = await visit(ann)
    await visitor.enter("general")
    await expect(visitor.message("open me").locator(".files > li")).to_have_count(3)
    for file in sent[:2]:
        async with visitor.page.expect_download():
            await visitor.page.evaluate("path => { location.href = path }", file["path"])
    async with visitor.context.expect_page() as opening:
        await visitor.page.locator(".picture").click(modifiers=["Control"])
    opened = await opening.value
    await opened.wait_for_load_state()
    assert await opened.evaluate("document.contentType") == "image/gif"
    assert await visitor.measure("window.harmed") is None


async def test_a_deleted_message_takes_its_files_from_view(
    ann: Person, ben: Person, visit: Visit
) -> None:
    file = await uploads(ann, "general", b"secret plan", "plan.txt")
    said = await ann.says("general", "", files=[file["id"]])
    await ben.says("general", "thanks", reply_to=said["seq"])
    visitor = await visit(ben)
    await visitor.enter("general")
    await expect(visitor.page.locator(".quote")).to_contain_text("plan.txt")
    await ann.does("DELETE", f"/api/rooms/general/messages/{said['seq']}")
    await expect(visitor.page.locator(".file")).to_have_count(0)
    await expect(visitor.page.locator(".quote")).to_contain_text("Message deleted")


async def test_a_new_picture_of_somebody_is_seen_everywhere(
    ann: Person, ben: Person, visit: Visit
) -> None:
    await ann.says("general", "hello")
    here, there = await visit(ann), await visit(ben)
    await there.enter("general")
    face = there.message("hello").locator(".gutter .avatar")
    await expect(face).to_have_attribute("data-initials", "AA")
    await here.go("profile")
    await here.page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture("JPEG", (500, 300))}
    )
    image = face.locator("img")
    await expect(image).to_have_js_property("complete", value=True)
    assert await image.evaluate("image => image.naturalWidth") == 256
    await expect(here.page.locator(".side-me .avatar img")).to_be_visible()
    await here.button("Remove").click()
    await expect(image).to_have_count(0)
    await expect(face).to_have_attribute("data-initials", "AA")
    await expect(here.button("Add a picture")).to_be_visible()
