"""Calls face to face, in a real browser with a camera that is none."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.calls import Caller, launch
from tests.browser.conftest import CHROMIUM, QUIET, Visit
from tests.people import Person


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    assert CHROMIUM
    async with async_playwright() as playwright:
        browser = await launch(playwright, CHROMIUM, *QUIET)
        yield browser
        await browser.close()


async def test_two_see_each_other(ann: Person, ben: Person, visit: Visit) -> None:
    a, b = Caller(await visit(ann)), Caller(await visit(ben))
    await a.starts("general")
    await b.joins("general")
    await a.sees(1)
    await b.sees(1)
    await expect(a.tile("Ben Baker")).to_be_visible()
