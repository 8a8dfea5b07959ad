"""Ways of bringing files to the compose box."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from playwright.async_api import Error, Route

from tests.browser.visitor import Visitor

BRING = """([kind, files]) => {
  const carried = new DataTransfer();
  for (const [name, type] of files) {
    carried.items.add(new File(["x".repeat(2000)], name, { type }));
  }
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent(kind, { ...options, clipboardData: carried })
    : new DragEvent(kind, { ...options, dataTransfer: carried });
  document.querySelector(".compose textarea").dispatchEvent(event);
}"""
UPLOADS = re.compile(r"/api/rooms/general/files")


async def brings(visitor: Visitor, kind: str, *names: str) -> None:
    """Drag, drop or paste files of these names."""
    files = [[name, "text/plain"] for name in names]
    await visitor.page.evaluate(BRING, [kind, files])


async def chooses(visitor: Visitor, *files: tuple[str, bytes]) -> None:
    chosen = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        for name, content in files
    ]
    await visitor.page.set_input_files(".compose input[type=file]", chosen)  # type: ignore[arg-type]


@asynccontextmanager
async def held(visitor: Visitor, pattern: re.Pattern[str]) -> AsyncIterator[None]:
    """Let requests to some place wait until the end of the block."""
    waiting = asyncio.Event()

    async def wait(route: Route) -> None:
        await waiting.wait()
        with suppress(Error):  # It may have been given up.
            await route.continue_()

    await visitor.page.route(pattern, wait)
    yield
    waiting.set()
