"""A call can be read and used by everybody: axe finds nothing serious in it."""

import pytest
from playwright.async_api import expect

from tests.browser.calling.conftest import Calls
from tests.browser.conftest import PHONE
from tests.browser.test_contrast_and_names import faults
from tests.people import Person

pytestmark = pytest.mark.long


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_before_in_and_after_a_call(
    ann: Person, ben: Person, direct: str, calls: Calls, scheme: str
) -> None:
    look = {"color_scheme": scheme, "reduced_motion": "reduce"}
    a, b = await calls(ann, **look), await calls(ben, **look, **PHONE)
    await b.visitor.go("people")
    await a.visitor.enter(direct)
    await a.page.locator(".room-head").get_by_role("button", name="Call").click()
    await expect(a.page.locator("dialog .call-mirror video")).to_be_visible()
    found = {"before": await faults(a.visitor)}
    await a.page.locator("dialog .primary").click()
    await expect(b.page.locator(".ring")).to_be_visible()
    found["ring"] = await faults(b.visitor)
    await b.page.get_by_role("button", name="Answer").click()
    await a.sees(1)
    await b.panel.focus()
    await b.page.keyboard.press("m")
    await b.page.keyboard.press("v")
    await expect(a.tile("Ben Baker").locator(".avatar")).to_be_visible()
    found["beside"] = await faults(a.visitor)
    found["phone"] = await faults(b.visitor)
    await b.page.keyboard.press("Escape")
    found["strip"] = await faults(b.visitor)
    await a.button("Share your screen").click()
    await a.button("Devices").click()
    await expect(a.page.locator(".call-reach")).to_contain_text("No relay is set up")
    found["devices"] = await faults(a.visitor)
    await a.page.keyboard.press("Escape")
    await a.leaves()
    await b.leaves()
    await expect(a.page.locator(".call-card.over")).to_be_visible()
    found["after"] = await faults(a.visitor)
    assert {view: each for view, each in found.items() if each} == {}
