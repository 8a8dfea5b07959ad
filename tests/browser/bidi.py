"""Firefox for Playwright, by WebDriver BiDi; what Debian's does not know is agreed to.

Playwright starts this in Firefox's place, and reads where it listens.
"""

import asyncio
import json
import os
import re
import shutil
import sys
from contextlib import suppress

from aiohttp import ClientSession, WSMsgType, web

FIREFOX = os.environ.get("HEARTH_TEST_FIREFOX") or shutil.which("firefox-esr") or "firefox"
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
# Commands that are younger than Debian's Firefox, and that change only what a page prefers.
AGREED = {"emulation.setMediaFeaturesOverride"}
MAX_MESSAGE_BYTES = 256 * 1024 * 1024


async def between(near: web.WebSocketResponse, url: str) -> None:
    """Carry messages both ways."""
    async with (
        ClientSession() as session,
        session.ws_connect(url, max_msg_size=MAX_MESSAGE_BYTES) as far,
    ):

        async def back() -> None:
            async for message in far:
                if message.type is WSMsgType.TEXT:
                    await near.send_str(message.data)
            await near.close()

        returning = asyncio.create_task(back())
        async for message in near:
            command = json.loads(message.data)
            if command.get("method") in AGREED:
                answer = {"type": "success", "id": command["id"], "result": {}}
                await near.send_str(json.dumps(answer))
            else:
                await far.send_str(message.data)
        returning.cancel()


async def main() -> int:
    firefox = await asyncio.create_subprocess_exec(
        FIREFOX,
        *sys.argv[1:],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert firefox.stdout
    async for line in firefox.stdout:
        text = line.decode(errors="replace")
        if found := LISTENING.search(text):
            text = text.replace(found[1], await listen(found[1]))
        sys.stderr.write(text)
        sys.stderr.flush()
    return await firefox.wait()


async def listen(url: str) -> str:
    """Listen in Firefox's place; returns where."""

    async def meet(request: web.Request) -> web.WebSocketResponse:
        near = web.WebSocketResponse(max_msg_size=MAX_MESSAGE_BYTES)
        await near.prepare(request)
        with suppress(ConnectionError):
            await between(near, url + request.path)
        return near

    app = web.Application()
    app.router.add_get("/{path:.*}", meet)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    return f"ws://{host}:{port}"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
