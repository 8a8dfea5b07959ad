"""Somebody at the site, in a browser: what they do there, and what they see."""

import re
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.browser.site import Site
from tests.people import PASSWORD, Person

# Chromium reports every refusal and every lost line as an error of the page.
REFUSAL = r"Failed to load resource: the server responded with a status of 4\d\d"
LOSS = (
    r"Failed to load resource: net::ERR_|WebSocket connection to|status of 50\d"
    "|Firefox can’t establish a connection|The connection to ws"
)
# An empty page, where each begins, has no storage.
SIGNED_IN = "if (origin !== 'null') localStorage.setItem('hearth/signed-in', 'yes')"


# What is opened most is fetched a second after the first view.
AT_HAND = """() => performance.getEntriesByType("resource")
    .some(({ name, responseEnd }) => name.endsWith("/room/create.js") && responseEnd)"""


class Visitor:
    """A page, and the ways of a person with it."""

    def __init__(
        self, site: Site, context: BrowserContext, page: Page, person: Person | None
    ) -> None:
        self.site, self.context, self.page, self.person = site, context, page, person
        self.problems: list[str] = []
        self.expected = ["Service Worker registration blocked"]
        self._watch(page)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._note(error.stack or str(error)))
        page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._note(message.text)

    def _note(self, words: str) -> None:
        """A lost line is a message in Chromium's console, and an error in Firefox's."""
        if not any(re.search(pattern, words) for pattern in self.expected):
            self.problems.append(words)

    def expect(self, *patterns: str) -> None:
        """What the browser may report, because the test provokes it."""
        self.expected += patterns

    async def sign_in_quietly(self) -> None:
        assert self.person
        answer = await self.context.request.post(
            f"{self.site.url}api/auth/token",
            data={"name": self.person.name, "password": PASSWORD},
            headers={"Origin": self.site.url.rstrip("/")},
        )
        assert answer.ok, await answer.text()
        await self.context.add_init_script(SIGNED_IN)

    async def another_tab(self) -> "Visitor":
        tab = Visitor(self.site, self.context, await self.context.new_page(), self.person)
        tab.problems, tab.expected = self.problems, self.expected
        return tab

    async def go(self, place: str = "") -> None:
        """Go to a place, as it is called after `#/`."""
        await self.page.goto(f"{self.site.url}#/{place}")
        if self.person:
            await self.page.locator(".sidebar").wait_for(state="attached")

    async def enter(self, room: str) -> None:
        await self.go(f"rooms/{room}")
        await self.box.wait_for()
        await self.page.locator(".messages[aria-busy=false]").wait_for(state="attached")

    @property
    def box(self) -> Locator:
        return self.page.locator(".compose textarea")

    async def says(self, text: str) -> None:
        await self.box.fill(text)
        await self.sends()

    @property
    def has_touch(self) -> bool:
        size = self.page.viewport_size
        return size is not None and size["width"] < 720

    async def sends(self) -> None:
        """As one does: a phone's Enter makes a line."""
        if self.has_touch:
            await self.button("Send").tap()
        else:
            await self.box.press("Enter")

    async def press(self, control: Locator) -> None:
        """By finger where there is one: a mouse brings what a finger does not."""
        await (control.tap() if self.has_touch else control.click())

    async def opens(self, title: str) -> None:
        """Go to a room from the list, which a phone has on a screen of its own."""
        back = self.page.get_by_role("link", name=re.compile("^Back to the rooms"))
        if self.has_touch and await back.is_visible():
            await back.tap()
        await self.room(title).click()

    def message(self, text: str) -> Locator:
        words = self.page.locator(".text, .tombstone", has_text=text)
        return self.page.locator(".messages > li", has=words)

    def room(self, title: str) -> Locator:
        return self.page.locator(".side-rooms .room-row", has_text=title)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def dialog(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    async def sees(self, text: str) -> None:
        await expect(self.message(text)).to_be_visible()

    async def sees_sent(self, text: str) -> None:
        """Sent, and stored by the server."""
        await expect(self.message(text)).to_have_attribute("data-seq", re.compile(r"\d+"))

    async def act_on(self, text: str, action: str) -> None:
        """Press a button of the bar that a message shows, or of its sheet on a phone."""
        if self.has_touch:
            await self.message(text).locator(".text").tap()
            sheet = self.dialog("Message")
            await sheet.get_by_role("button", name=action, exact=True).tap()
            return
        await self.message(text).hover()
        await self.message(text).get_by_role("button", name=action, exact=True).click()

    async def does_more(self, text: str, action: str) -> None:
        """What is behind "More" beside a message, and in the sheet of a phone."""
        if self.has_touch:
            await self.act_on(text, action)
            return
        await self.act_on(text, "More")
        await self.page.get_by_role("menuitem", name=action).click()

    async def go_elsewhere(self) -> None:
        """To a page of this server without our scripts: there is no line there."""
        self.expect(REFUSAL)  # for its icon
        await self.page.goto(f"{self.site.url}healthz")

    async def cut(self) -> None:
        """Lose the network, as a laptop does that leaves the house, until it is noticed."""
        self.expect(LOSS)
        await self.page.wait_for_function(AT_HAND)
        await self.page.wait_for_load_state("networkidle")
        await self.context.set_offline(True)
        await expect(self.page.locator(".banner")).to_be_visible()

    async def mend(self) -> None:
        await self.context.set_offline(False)
        await expect(self.page.locator(".banner")).to_be_hidden()

    async def texts(self) -> list[str]:
        own = """all => all.map((one) => {
            const marks = [...one.querySelectorAll(".edited")];
            marks.forEach((mark) => { mark.hidden = true; });
            const words = one.innerText;
            marks.forEach((mark) => { mark.hidden = false; });
            return words.trim();
        })"""
        texts: list[str] = await self.page.locator(".messages .text").evaluate_all(own)
        return texts

    async def clock_goes(self, hours: int) -> None:
        """Somebody sets the clock of the page's device, now and whenever it is loaded."""
        script = f"Date.now = ((now) => () => now() + {hours} * 3_600_000)(Date.now)"
        await self.page.add_init_script(script)
        await self.page.evaluate(script)

    async def measure(self, script: str) -> Any:
        return await self.page.evaluate(script)
