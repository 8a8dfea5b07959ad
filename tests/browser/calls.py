"""What a test of calls needs: a browser with a camera that is none, and callers."""

import asyncio
from typing import Any

from playwright.async_api import Browser, Locator, Playwright, expect

from tests.browser.visitor import Visitor

FAKE = [
    "--use-fake-device-for-media-stream=fps=5",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
# Small pictures: six pages on two processors have to decode thirty of them.
SMALL = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) => {
  if (wanted.video) Object.assign(wanted.video, {
    width: { ideal: 160 }, height: { ideal: 120 }, frameRate: { ideal: 5 } });
  return ask(wanted);
};
const Original = RTCPeerConnection;
window.made = [];
window.RTCPeerConnection = class extends Original {
  constructor(config) {
    super({ ...config, ...window.rtc });
    window.made.push(this);
  }
};
"""
# Frames decoded, by pair of this page.
DECODED = """async () => {
  const open = window.made.filter(({ connectionState }) => connectionState === "connected");
  const all = await Promise.all(open.map(async (each) => {
    const stats = [...(await each.getStats()).values()];
    return stats.find(({ type, kind }) => type === "inbound-rtp" && kind === "video")
      ?.framesDecoded ?? 0;
  }));
  return all;
}"""


async def launch(playwright: Playwright, path: str, *args: str) -> Browser:
    return await playwright.chromium.launch(executable_path=path, args=[*args, *FAKE])


class Caller:
    """Somebody in a call, or on their way to it."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page

    async def starts(self, room: str) -> None:
        await self.page.add_init_script(SMALL)
        await self.visitor.enter(room)
        await self.page.locator(".room-head").get_by_role("button", name="Call").click()
        await self.page.locator("dialog .primary").click()
        await expect(self.tiles.first).to_be_visible()

    async def joins(self, room: str) -> None:
        await self.page.add_init_script(SMALL)
        await self.visitor.enter(room)
        await self.page.get_by_role("button", name="Join", exact=True).click()
        await self.page.locator("dialog .primary").click()

    @property
    def panel(self) -> Locator:
        return self.page.locator(".call")

    @property
    def tiles(self) -> Locator:
        return self.page.locator(".tile")

    def tile(self, name: str) -> Locator:
        return self.page.locator(".tile", has_text=name)

    async def decoded(self) -> list[int]:
        found: list[int] = await self.page.evaluate(DECODED)
        return found

    async def sees(self, count: int, within: float = 60) -> None:
        """Frames of so many others, all of which grow."""
        before: Any = []
        async with asyncio.timeout(within):
            while True:
                before = await self.decoded()
                await asyncio.sleep(1)
                after = await self.decoded()
                grown = [new > old for old, new in zip(before, after, strict=False)]
                if len(before) == len(after) == count and all(grown):
                    return
