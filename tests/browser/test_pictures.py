"""Pictures: rows of one height, and large over the page."""

from playwright.async_api import expect

from tests.attachments import picture, uploads
from tests.browser.conftest import PHONE, Visit
from tests.people import Person

SIZES = {"bed.png": (900, 600), "tall.png": (400, 900), "wide.png": (1200, 300)}


async def shares_pictures(person: Person) -> None:
    sent = [
        await uploads(person, "general", picture("PNG", size), name)
        for name, size in SIZES.items()
    ]
    await person.says("general", "look", files=[file["id"] for file in sent])


async def test_several_pictures_stand_in_rows_of_one_height(
    ann: Person, visit: Visit
) -> None:
    await shares_pictures(ann)
    for device, height in (({}, 200), (PHONE, 128)):
        visitor = await visit(ann, **device)
        await visitor.enter("general")
        images = visitor.page.locator(".picture img")
        await expect(images).to_have_count(len(SIZES))
        heights = await images.evaluate_all("all => all.map((one) => one.offsetHeight)")
        assert heights == [height] * len(SIZES)


async def test_somebody_looks_through_pictures_and_comes_back_to_the_last(
    ann: Person, visit: Visit
) -> None:
    await shares_pictures(ann)
    visitor = await visit(ann)
    await visitor.enter("general")
    pictures = visitor.page.locator(".messages .picture")
    await pictures.nth(1).click()
    box = visitor.dialog("Picture")
    await expect(box.get_by_text("2 of 3")).to_contain_text("tall.png")
    await visitor.page.keyboard.press("ArrowRight")
    await expect(box).to_contain_text("wide.png")
    await visitor.page.keyboard.press("ArrowRight")
    await expect(box).to_contain_text("bed.png · 1 of 3")
    async with visitor.page.expect_download() as coming:
        await box.get_by_role("link", name="Download").click()
    assert (await coming.value).suggested_filename == "bed.png"
    await visitor.page.keyboard.press("Escape")
    await expect(box).to_have_count(0)
    await expect(pictures.nth(0)).to_be_focused()
