"""The socket: who connects, and how it begins and ends. docs/socket.md is its contract."""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, hdrs, web

from handlers.services import ADDRESS, SERVICES, Services
from handlers.services.calls import LOST_SECONDS
from handlers.services.limits import Throttle
from handlers.socket.commands import Commands
from handlers.socket.frames import Hello, parse
from handlers.socket.resume import CatchUp, welcome
from handlers.web import cookies, routes
from handlers.web.auth import (
    Asker,
    by_token,
    identify,
    public,
    require_own_origin,
    require_still,
)
from handlers.web.errors import as_api_error, count_error, error_event
from handlers.web.forwarded import client_network
from hub import GOING_AWAY, SIGN_IN, TOO_MANY, Connection, close_socket, encode
from store.errors import ApiError, Invalid, TooMany, Unauthenticated, Unavailable
from store.lease.timeouts import REQUEST_SECONDS
from store.records import Access, now

KERNEL_BUFFER_BYTES = 64 * 1024  # that a stalled reader can hide from our backlog limit
MAX_PENDING_SOCKETS = 500  # sockets at once that have not said who they are
HELLO_READS = 5  # questions that a hello counts as, by its work
MAX_WAIT_SECONDS = 1.0  # of somebody who connects too often, until they hear that
NO_UPGRADE = (
    "This is a WebSocket, and the request asks for none. If it did, a proxy on the way has "
    "taken that out: it must speak HTTP/1.1 and pass Upgrade and Connection on, as "
    "deploy/nginx.conf does."
)
_Timer = asyncio.TimerHandle

log = logging.getLogger("hearth.socket")


@public
async def open_socket(request: web.Request) -> web.StreamResponse:
    """Upgrade to a WebSocket; who it is may also be said in its first object."""
    ws, conversation = await _begin(request)
    try:
        if conversation:
            await conversation.go_on()
        return ws
    finally:
        # Its frames hold the socket, which holds the error: to find hundreds of such
        # circles took the collector a tenth of a second.
        if error := ws.exception():
            error.__traceback__ = None


async def _begin(
    request: web.Request,
) -> "tuple[web.WebSocketResponse, _Conversation | None]":
    services = request.app[SERVICES]
    hub, limits = services.hub, services.settings.limits
    asker = await _asker(request)
    if hub.is_closing or (asker is None and hub.unauthenticated >= MAX_PENDING_SOCKETS):
        raise Unavailable("No more connections are taken now.")
    ws = web.WebSocketResponse(
        autoping=False,  # It would answer all pings, counted or not, read or not.
        max_msg_size=limits.frame,
        compress=False,  # It would cost 100 KB a connection and 10 us a delivery.
        writer_limit=2**40,  # Writing never waits; the hub cuts who owes too much.
    )
    who = (
        f"user {asker[0].name}" if asker else f"address {client_network(request[ADDRESS])}"
    )
    with services.pending_sockets.one(who):
        await ws.prepare(request)
        transport: Any = request.transport
        if transport is not None:
            if raw := transport.get_extra_info("socket"):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)
            conversation = _Conversation(services, ws, transport)
            if await conversation.begin(asker):
                return ws, conversation
    return ws, None


async def _asker(request: web.Request) -> Asker | None:
    """Whoever asks for a socket; None if the hello will say it."""
    asker = None
    if hdrs.AUTHORIZATION in request.headers or cookies.token(request):
        try:
            asker = await identify(request)
        except Unauthenticated:
            if hdrs.AUTHORIZATION in request.headers:
                raise  # A browser cannot see a refused upgrade; it gets 4401 after hello.
    if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
        raise Invalid(NO_UPGRADE)
    if asker is None and hdrs.ORIGIN in request.headers:
        require_own_origin(request)  # Others' pages must not use up our visitors' turns.
    return asker


class _Conversation:
    """One socket, from its hello to its end."""

    __slots__ = (
        "_begun",
        "_catching_up",
        "_hub",
        "_limits",
        "_lines",
        "_mine",
        "_services",
        "_transport",
        "_ws",
    )

    def __init__(
        self, services: Services, ws: web.WebSocketResponse, transport: asyncio.Transport
    ) -> None:
        self._services, self._ws, self._transport = services, ws, transport
        self._hub, self._limits = services.hub, services.settings.limits
        self._lines = self._read()
        self._begun: list[tuple[Hello, Asker]] = []
        self._mine: Connection | None = None
        self._catching_up: asyncio.Task[None] | None = None

    async def begin(self, asker: Asker | None) -> bool:
        """Hear the hello, and who says it; if there is none, it has ended."""
        self._hub.unauthenticated += asker is None
        try:
            async with asyncio.timeout(self._limits.hello):
                self._begun.append(await self._hello(asker))
                return True
        except (TimeoutError, Unauthenticated) as error:
            await self._close(SIGN_IN, str(error) or "No hello came in time.")
        except TooMany as refusal:
            # Whoever comes again at once waits here, where only so many may.
            await asyncio.sleep(min(refusal.retry_after, MAX_WAIT_SECONDS))
            await self._close(TOO_MANY, str(refusal))
        except ApiError as refusal:
            await self._close(GOING_AWAY, str(refusal))
        except ConnectionResetError:
            pass
        finally:
            self._hub.unauthenticated -= asker is None
        await self._lines.aclose()
        return False

    async def _hello(self, asker: Asker | None) -> tuple[Hello, Asker]:
        async for line in self._lines:
            try:
                frame = parse(line)
                if not isinstance(frame, Hello):
                    raise Invalid("Say hello first.")
            except Invalid as refusal:
                await self._ws.send_frame(encode(error_event(refusal)), WSMsgType.TEXT)
                continue
            if frame.token:
                asker = await by_token(self._services, frame.token)
            if asker is None:
                raise Unauthenticated("Please sign in.")
            self._services.rates.reads.take(asker[0].name, count=HELLO_READS)
            return frame, asker
        raise ConnectionResetError  # Gone without a hello.

    async def go_on(self) -> None:
        """Attach, and hear the rest."""
        by = self._begun[0][1][1]
        async with aclosing(self._lines):
            if len(self._hub.of_user(by.user)) < self._limits.connections:
                with self._services.unread.keeping(by.user):
                    await self._converse(by)
            else:
                await self._close(TOO_MANY, "You have too many connections.")

    async def _converse(self, by: Access) -> None:
        mine = self._mine = Connection(by.user, by.id, self._ws, self._transport)
        self._hub.connect(mine)
        timer = self._cut_when_over(mine, by)
        try:
            await self._welcome(mine)
            commands = Commands(self._services, mine, by)
            async for line in self._lines:
                await commands.hear(line)
        except Unauthenticated as refusal:
            await self._close(SIGN_IN, str(refusal))
        except TooMany as refusal:
            count_error(self._services, refusal, "socket", user=mine.user)
            await self._close(TOO_MANY, str(refusal))
        except Exception as error:
            cause = as_api_error(self._services, error)
            await self._close(GOING_AWAY, str(cause or "Please resume in a moment."))
            if cause is None:
                raise
        finally:
            for each in (timer, self._catching_up):
                if each:
                    each.cancel()
            self._hub.disconnect(mine)
            has_ended = mine.cut_code == SIGN_IN
            self._services.calls.lose(mine.id, 0 if has_ended else LOST_SECONDS)

    async def _welcome(self, mine: Connection) -> None:
        # Popped, as whoever was in 500 rooms named as many cursors.
        hello, (user, by) = self._begun.pop()
        async with (
            asyncio.timeout(REQUEST_SECONDS),
            self._services.reads_at_once.of(mine.user),
            self._services.resume_slots,
        ):
            # From `connect` on, whoever ends the session finds this connection. If it
            # ended before that, we find out here.
            await require_still(self._services, by)
            cursors = await welcome(self._services, mine, user, hello)
        if cursors:
            self._catching_up = asyncio.create_task(self._catch_up(mine, cursors))
            self._catching_up.add_done_callback(self._caught_up)

    def _caught_up(self, task: "asyncio.Task[None]") -> None:
        self._catching_up = None

    def _cut_when_over(self, mine: Connection, by: Access) -> _Timer | None:
        if not by.expires_at:
            return None
        return asyncio.get_running_loop().call_later(
            (by.expires_at - now()).total_seconds(),
            self._hub.cut,
            (mine,),
            SIGN_IN,
            "The session has ended; please sign in.",
        )

    async def _catch_up(self, mine: Connection, cursors: dict[str, int]) -> None:
        try:
            await CatchUp(self._services, mine).run(cursors)
        except Exception as error:
            cause = as_api_error(self._services, error)
            if cause is None:
                log.exception("A connection could not catch up")
            reason = str(cause or "Please resume in a moment.")
            self._hub.cut((mine,), GOING_AWAY, reason)

    async def _read(self) -> AsyncGenerator[str, None]:
        """The lines of a peer, until it goes; too many of them are refused."""
        pace = Throttle(self._limits.frames, 2 * self._limits.frames, "Too much at once.")
        async for frame in self._ws:
            if self._mine:
                self._mine.silent_looks = 0
            if frame.type is WSMsgType.TEXT:
                for line in frame.data.removesuffix("\n").split("\n"):
                    pace.take("")
                    who = self._mine.user if self._mine else self
                    await self._services.objects.take(who)
                    yield line
            elif frame.type is WSMsgType.PING:
                pace.take("")
                if self._transport.get_write_buffer_size() < self._limits.backlog // 8:
                    await self._ws.pong(frame.data)
            elif frame.type is WSMsgType.PONG:
                pace.take("")
            elif frame.type is WSMsgType.BINARY:
                await self._close(WSCloseCode.UNSUPPORTED_DATA, "Text frames only.")

    async def _close(self, code: int, reason: str) -> None:
        with suppress(ConnectionResetError):
            await close_socket(self._ws, self._transport, code, reason)


ROUTES = [
    routes.get(
        "/api/socket", open_socket, status=(101,), refuses=(400, 401, 403, 429, 503)
    ),
]
