"""Somebody in a call: what they do there, and what reaches them."""

import asyncio

from playwright.async_api import Locator, expect

from tests.browser.visitor import Visitor

# Small pictures: six pages on two processors have to decode thirty of them. And all that is
# opened is remembered, for tests to look at.
SMALL = """
window.made = [];
window.rtc = {};
window.collisions = 0;
window.opened = [];
if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    for (const kind of ["audio", "video"]) {
      const refusal = window.refused?.[kind];
      if (wanted[kind] && refusal) throw new DOMException("", refusal);
    }
    if (wanted.audio) wanted.audio = { deviceId: wanted.audio.deviceId,
      echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    if (wanted.video) Object.assign(wanted.video, {
      width: { ideal: 160 }, height: { ideal: 120 },
      frameRate: { ideal: window.fps ?? 5 } });
    await window.asked;
    const stream = await ask(wanted);
    window.opened.push(...stream.getTracks());
    return stream;
  };
}
const Original = RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(config) {
    super({ ...config, ...window.rtc });
    window.made.push(this);
  }
  setRemoteDescription(description) {
    if (description.type === "offer" && this.signalingState === "have-local-offer") {
      window.collisions += 1;
    }
    return super.setRemoteDescription(description);
  }
};
"""
# Frames decoded, by each connection that is open.
DECODED = """async () => {
  const open = window.made.filter(({ connectionState }) => connectionState === "connected");
  return Promise.all(open.map(async (each) => {
    const stats = [...(await each.getStats()).values()];
    return stats.find(({ type, kind }) => type === "inbound-rtp" && kind === "video")
      ?.framesDecoded ?? 0;
  }));
}"""


class Caller:
    """Somebody in a call, or on their way to it."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page

    async def prepare(self) -> None:
        await self.page.add_init_script(SMALL)

    async def is_modest(self) -> None:
        """Come without a microphone, and with two pictures a second.

        Sound takes five times what these take: with it, six pages are too much for two
        processors on which anything else runs.
        """
        await self.page.add_init_script("""
            window.fps = 2;
            if (origin !== "null") localStorage.setItem("hearth/call", '{ "mic": false }');
        """)

    async def another_tab(self) -> "Caller":
        tab = Caller(await self.visitor.another_tab())
        await tab.prepare()
        return tab

    async def starts(self, room: str) -> None:
        """Begin a call by the room's button, or join the one that is there."""
        await self.visitor.enter(room)
        await self.page.locator(".room-head").get_by_role("button", name="Call").click()
        await self.page.locator("dialog .primary").click()
        await self.is_in()

    async def joins(self, room: str) -> None:
        """Join by the call's message."""
        await self.visitor.enter(room)
        await self.button("Join").click()
        await self.page.locator("dialog .primary").click()

    async def is_in(self) -> None:
        await expect(self.tile("You")).to_be_visible()
        await expect(self.page.locator(".call-facts")).not_to_have_text("Joining…")

    async def leaves(self) -> None:
        await self.button("Leave the call").click()
        await expect(self.panel).to_have_count(0)

    def button(self, name: str) -> Locator:
        return self.visitor.button(name)

    @property
    def panel(self) -> Locator:
        return self.page.locator(".call")

    @property
    def tiles(self) -> Locator:
        return self.page.locator(".tile")

    def tile(self, name: str) -> Locator:
        return self.page.locator(".tile", has_text=name)

    async def until(self, script: str) -> None:
        """Wait until it is so; the page's policy forbids Playwright to look by itself."""
        async with asyncio.timeout(60):
            while not await self.page.evaluate(script):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.1)

    async def decoded(self) -> list[int]:
        found: list[int] = await self.page.evaluate(DECODED)
        return found

    async def sees(self, count: int, within: float = 60) -> None:
        """Frames of so many others, all of which grow."""
        before: list[int] = []
        after: list[int] = []
        try:
            async with asyncio.timeout(within):
                while True:
                    before = await self.decoded()
                    await asyncio.sleep(1)
                    after = await self.decoded()
                    grown = [new > old for old, new in zip(before, after, strict=False)]
                    if len(before) == len(after) == count and all(grown):
                        return
        except TimeoutError:
            name = self.visitor.person and self.visitor.person.name
            raise AssertionError(f"{name} saw {before}, then {after}") from None


async def meet(first: Caller, second: Caller, room: str = "general") -> None:
    """One begins a call, the other joins it, and they see each other."""
    await first.starts(room)
    await second.joins(room)
    await see_each_other(first, second)


async def see_each_other(first: Caller, second: Caller) -> None:
    await asyncio.gather(first.sees(1), second.sees(1))
