"""A browser with a camera and a microphone that are none, and people who call."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from pytest_hearth.hearth import changed
from settings import Settings
from tests.browser.calling.caller import Caller
from tests.browser.conftest import Visit, launch, require_chromium
from tests.browser.site import Site
from tests.people import Person

FAKE = [
    "--use-fake-device-for-media-stream=fps=5",
    "--use-fake-ui-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
    "--allow-loopback-in-peer-connection",
]
Calls = Callable[..., Awaitable[Caller]]


@pytest.fixture
def settings(hearth_settings: Settings) -> Settings:
    """With the limits that people have: a call must be set up within them."""
    return changed(hearth_settings, acts=10, sends=10, reads=50)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    require_chromium()
    async with async_playwright() as playwright:
        browser = await launch(playwright, *FAKE)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def calls(visit: Visit) -> Calls:
    """Bring somebody to the site, with a small camera."""

    async def come(person: Person, **options: Any) -> Caller:
        caller = Caller(await visit(person, **options))
        await caller.prepare()
        return caller

    return come


@pytest_asyncio.fixture(loop_scope="session")
async def cat(site: Site, ann: Person) -> Person:
    return await site.person("cat", display_name="Cat Cohen")


@pytest_asyncio.fixture(loop_scope="session")
async def direct(ann: Person, ben: Person) -> str:
    """Ann's and Ben's direct room."""
    await ann.does("PUT", "/api/rooms/ann~ben")
    return "ann~ben"
