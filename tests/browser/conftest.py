"""One real browser for the session; for each test a server, and people who visit it.

It is Chromium, or Firefox for `HEARTH_TEST_BROWSER=firefox`. What is marked `main` is tried
on a phone's screen, by touch, too.
"""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright, expect

from settings import Settings
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.people import Person

Visit = Callable[..., Awaitable[Visitor]]

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("HEARTH_TEST_CHROMIUM") or shutil.which("chromium")
# The same without what nobody sees here: half of the work. Debian has it beside the other.
SHELL = CHROMIUM and (shutil.which("chromium-headless-shell") or CHROMIUM)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DEVICES: dict[str, dict[str, Any]] = {"desk": {}, "phone": PHONE}
IS_FIREFOX = os.environ.get("HEARTH_TEST_BROWSER") == "firefox"
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser lives on one loop, so its tests share that loop."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What people do most must do on every device; Firefox has no phone's screen."""
    if metafunc.definition.get_closest_marker("main"):
        phone = pytest.param("phone", marks=pytest.mark.long)
        devices = ["desk"] if IS_FIREFOX else ["desk", phone]
        metafunc.parametrize("device", devices, indirect=True)


@pytest.fixture
def device(request: pytest.FixtureRequest) -> dict[str, Any]:
    return DEVICES[getattr(request, "param", "desk")]


async def firefox(folder: Path) -> AsyncIterator[Browser]:
    """Debian's Firefox; Playwright starts `bidi.py` in its place."""
    program = folder / "firefox"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {HERE / "bidi.py"} "$@"\n')
    program.chmod(0o700)
    async with async_playwright() as playwright:
        browser = await playwright.firefox.launch(
            channel="moz-firefox", executable_path=program
        )
        yield browser
        await browser.close()


def require_chromium() -> None:
    """Skip tests without it, before its driver starts, which may not run there either."""
    if not CHROMIUM:
        reason = "there is no chromium, and none named in HEARTH_TEST_CHROMIUM"
        if os.environ.get("HEARTH_TEST_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)


async def launch(
    playwright: Playwright, *more: str, program: str | None = SHELL
) -> Browser:
    """The browser; see `require_chromium`."""
    return await playwright.chromium.launch(executable_path=program, args=[*QUIET, *more])


async def chromium(program: str | None) -> AsyncIterator[Browser]:
    require_chromium()
    async with async_playwright() as playwright:
        browser = await launch(playwright, program=program)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Without notifications, and without a way to show a PDF; see `whole_browser`."""
    folder = tmp_path_factory.mktemp("firefox")
    async for browser in firefox(folder) if IS_FIREFOX else chromium(SHELL):
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_browser(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Browser]:
    """For modules whose `browser` it is."""
    folder = tmp_path_factory.mktemp("firefox")
    async for browser in firefox(folder) if IS_FIREFOX else chromium(CHROMIUM):
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def site(settings: Settings) -> AsyncIterator[Site]:
    async with Site(settings) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def visit(
    browser: Browser, site: Site, device: dict[str, Any]
) -> AsyncIterator[Visit]:
    """Bring somebody to the site in a browser of their own; nothing may go wrong there."""
    visitors: list[Visitor] = []

    async def visit(
        person: Person | None = None, site: Site = site, **options: Any
    ) -> Visitor:
        # A worker fetches the whole client, for each of hundreds of visits.
        usual = {"locale": "en-GB", "service_workers": "block", **device}
        context = await browser.new_context(**usual | options)
        visitor = Visitor(site, context, await context.new_page(), person)
        visitors.append(visitor)
        if person:
            await visitor.sign_in_quietly()
        return visitor

    yield visit
    for visitor in visitors:
        await visitor.context.close()
    for visitor in visitors:
        assert visitor.problems == []


@pytest_asyncio.fixture(loop_scope="session")
async def ann(site: Site) -> Person:
    """Ann owns the server."""
    return await site.owner("ann", display_name="Ann Archer")


@pytest_asyncio.fixture(loop_scope="session")
async def ben(site: Site, ann: Person) -> Person:
    return await site.person("ben", display_name="Ben Baker")
