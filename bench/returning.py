"""People who come back while others talk: how long until they are up to date."""

import asyncio
from array import array
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.crowd import Crowd, clock
from bench.ledger import percentiles

PATIENCE = 60.0  # seconds


class _Guest(WSListener):  # type: ignore[misc]
    """One connection that resumes, and counts."""

    def __init__(self, hello: bytes, missed: int) -> None:
        self._hello, self._missed = hello, missed
        self.began = clock()
        self.welcome: float | None = None
        self.done = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None
        self.presence = self.presence_bytes = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        transport.send(WSMsgType.TEXT, self._hello)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        payload = frame.get_payload_as_bytes()
        if self.welcome is None:
            self.welcome = clock() - self.began
        for line in payload.split(b"\n"):
            if line.startswith(b'{"type":"presence"'):
                self.presence += 1
                self.presence_bytes += len(line)
        self._missed -= payload.count(b'"type":"message"')
        if self._missed <= 0 and not self.done.done():
            self.done.set_result(clock() - self.began)


class Returning:
    """Guests, `[key, hello]` each: all at once, over a time, or one after the other."""

    def __init__(self, crowd: Crowd, plan: dict[str, Any]) -> None:
        self._crowd, self._plan = crowd, plan
        self._guests: list[_Guest] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Let them come."""
        self._task = asyncio.create_task(self._come())

    async def finish(self) -> None:
        """Wait until all are up to date."""
        assert self._task
        await self._task

    async def _come(self) -> None:
        people = self._plan["people"]
        pause = self._plan.get("within", 0) / max(len(people), 1)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            for key, hello in people:
                arrival = group.create_task(self._arrive(key, hello.encode()))
                if self._plan.get("one_by_one"):
                    await arrival
                elif pause:
                    await asyncio.sleep(pause)
        await asyncio.sleep(self._plan.get("stay", 0))
        self._crowd.is_leaving = True
        for guest in self._guests:
            if guest.transport:
                guest.transport.disconnect(False)
        self._crowd.is_leaving = False

    async def _arrive(self, key: str, hello: bytes) -> None:
        guest = _Guest(hello, self._plan["missed"])
        self._guests.append(guest)
        crowd = self._crowd
        await ws_connect(
            lambda: guest,
            crowd.dialect.url(crowd.base, "", ""),
            extra_headers=crowd.dialect.headers(key),
            websocket_handshake_timeout=PATIENCE,
        )
        await guest.done
        if self._plan.get("one_by_one") and guest.transport:
            guest.transport.disconnect(False)

    def report(self) -> dict[str, Any]:
        """Times from the first byte of the connection, in milliseconds."""
        welcome = array("d", [guest.welcome or PATIENCE for guest in self._guests])
        up_to_date = array("d", [guest.done.result() for guest in self._guests])
        count = max(len(self._guests), 1)
        return {
            "welcome_ms": percentiles(welcome),
            "up_to_date_ms": percentiles(up_to_date),
            "presence_frames_each": sum(guest.presence for guest in self._guests) / count,
            "presence_bytes_each": sum(g.presence_bytes for g in self._guests) / count,
        }
