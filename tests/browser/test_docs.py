"""The page that shows the API: all of it, for everybody, with nothing of others."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.site import Site
from tests.described import HTTP

PARTS = [["header"], [".intro"], ["#register"], ["#delete_room"], ["#object-Message"]]
OPERATIONS = [act for path in HTTP["paths"].values() for act in path]
THINGS = len(OPERATIONS) + len(HTTP["components"]["schemas"])


async def test_a_stranger_reads_all_of_the_api(site: Site, visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.goto(f"{site.url}api/docs#post_message")
    await expect(visitor.page.locator("article")).to_have_count(THINGS)
    posting = visitor.page.locator("#post_message")
    await expect(posting).to_be_in_viewport()
    await expect(posting).to_contain_text("reply_to")
    await posting.get_by_role("link", name="Message", exact=True).first.click()
    await expect(visitor.page.locator("#object-Message")).to_be_in_viewport()
    ids = "[...document.querySelectorAll('[id]')].map((node) => node.id)"
    assert len(await visitor.measure(ids)) == len(set(await visitor.measure(ids)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_can_be_read_by_everybody(
    site: Site, visit: Visit, scheme: str
) -> None:
    visitor = await visit(color_scheme=scheme, **PHONE)
    await visitor.page.goto(f"{site.url}api/docs")
    await visitor.page.locator("article").last.wait_for()
    assert await visitor.measure("document.documentElement.scrollWidth") <= 390
    found = await Axe().run(visitor.page, context={"include": PARTS})
    assert [each["id"] for each in found.response["violations"]] == []
