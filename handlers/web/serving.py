"""Serving: begun when the lease is ours, ended when it is not, while the app stays up."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress

from aiohttp import web

from handlers.services import Services
from store.database import RETRY_SECONDS
from store.errors import CannotStart, FolderInUse, is_away, reason_of
from store.lease.lease import State
from store.lease.place import occupy
from store.lease.timeouts import LOOK_SECONDS, PROMISED_SECONDS
from store.mongod import process

log = logging.getLogger("hearth.serving")

ANSWERS_SECONDS = 0.3  # that answers have to leave, before another server serves
AWAY = (
    "The database does not answer; Hearth has started, answers 503 and goes on trying. Is "
    "MongoDB running, and is HEARTH_MONGODB_URL right?"
)


class Serving:
    """The turns of one server, from its start to its end."""

    def __init__(
        self,
        services: Services,
        turn: Callable[[Services], AbstractAsyncContextManager[None]],
        forget: Callable[[Services], None],
    ) -> None:
        """Serve by what `turn` opens and closes; `forget` builds it anew after one."""
        self._services, self._make_turn, self._forget = services, turn, forget
        self._turn, self._opened = AsyncExitStack(), AsyncExitStack()
        self._is_connected = self._is_checked = False
        self._complaint = ""  # the last one, which is logged once
        self._has_begun = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, _: web.Application) -> None:
        """Connect, and serve if it is our turn; otherwise stand by, or wait.

        Raises:
            CannotStart: if waiting would not help. What was opened is closed then, as
                aiohttp calls no on_cleanup.
        """
        services = self._services
        async with AsyncExitStack() as opened:
            self._opened = opened
            opened.callback(services.images.close)
            opened.callback(services.credentials.close)
            await self._settle_secret()
            opened.push_async_callback(services.lease.release)
            is_ours = await self._look()
            self._task = asyncio.create_task(self._run(is_ours), name="hearth.serving")
            opened.push_async_callback(self._stop)
            if is_ours:
                begun = asyncio.create_task(self._has_begun.wait())
                await asyncio.wait(
                    {begun, self._task},
                    timeout=PROMISED_SECONDS,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                begun.cancel()
                if self._task.done():
                    self._task.result()
            self._opened = opened.pop_all()

    async def say_goodbye(self, _: web.Application) -> None:
        """Store what was handed in, let another server serve, and close all sockets."""
        services = self._services
        await self._stop()
        services.hub.is_closing = True
        await services.log.close()
        asked = [task for task, is_socket in services.under_way.items() if not is_socket]
        marks = asyncio.create_task(services.read_marks.close())
        await asyncio.wait([*asked, marks], timeout=ANSWERS_SECONDS)
        await marks
        await services.hub.say_goodbye()
        # All that needs the lease is done: the next one begins while we close the rest.
        await services.lease.release()
        await self._turn.aclose()
        await services.hub.close()

    async def close(self, _: web.Application) -> None:
        """Disconnect, and stop our own mongod."""
        await self._opened.aclose()

    async def _settle_secret(self) -> None:
        services = self._services
        await services.credentials.open()
        services.lease.agree_on(
            services.credentials.fingerprint(), services.settings.public_url
        )

    async def _stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, is_ours: bool) -> None:
        services = self._services
        while True:
            while not is_ours:
                is_standing_by = services.lease.state is State.STANDING_BY
                await asyncio.sleep(LOOK_SECONDS if is_standing_by else RETRY_SECONDS)
                try:
                    is_ours = await self._look()
                except Exception as error:
                    self._complain(error)
            await self._begin()
            await services.lease.ended.wait()
            await self._end()
            is_ours = False

    async def _look(self) -> bool:
        """True if it is our turn now."""
        services, lease = self._services, self._services.lease
        before = lease.state, lease.serves
        try:
            if not self._is_connected:
                await self._connect()
            if not self._is_checked:
                await services.db.check()
                self._is_checked = True
            is_ours = False
            if await lease.is_worth_taking():
                # Each time: the last one may have been newer, or a restore that broke off.
                await services.db.check_data()
                is_ours = await lease.take()
        except FolderInUse as error:
            if not services.settings.standby:
                raise
            lease.stand_by_for(f"process {error.owner} on this data folder")
            is_ours = False
        except Exception as error:
            if not is_away(error):
                raise
            if not self._complaint:
                log.warning("%s (%s)", AWAY, reason_of(error))
                self._complaint = AWAY
            return False
        self._complaint = ""
        if not is_ours and before != (lease.state, lease.serves):
            await self._tell()
        return is_ours

    async def _connect(self) -> None:
        """Start our own mongod if there is no other, and make a client."""
        services, settings = self._services, self._services.settings
        async with AsyncExitStack() as opened:
            where = ""
            if url := settings.mongodb_url:
                if found := occupy(settings.data):
                    where, file = found
                    opened.callback(file.close)
            else:
                mongod = await process.start(settings.data, settings.mongod or None)
                opened.push_async_callback(mongod.stop)
                url = mongod.url
            opened.push_async_callback(services.db.close)
            await services.db.open(url, exclusive=not settings.mongodb_url, place=where)
            self._is_connected = True
            self._opened.push_async_exit(opened.pop_all())

    async def _begin(self) -> None:
        """Open what serves, as soon as the database is there for it."""
        services = self._services
        while not services.lease.ended.is_set():
            try:
                await services.db.prepare()
                await self._turn.enter_async_context(self._make_turn(services))
            except Exception as error:
                if not is_away(error):
                    raise
                await asyncio.sleep(LOOK_SECONDS)
                continue
            log.info("Serving: term %d.", services.lease.term)
            await self._tell()
            self._has_begun.set()
            return

    async def _end(self) -> None:
        """Somebody else serves: say nothing more, and forget everything."""
        services = self._services
        services.hub.is_closing = True
        await services.hub.close()
        for task in tuple(services.under_way):
            task.cancel()
        await services.log.close(0)
        await self._turn.aclose()
        services.db.forget()
        self._forget(services)
        await self._tell()

    async def _tell(self) -> None:
        for tell in self._services.when_changed:
            with suppress(OSError):
                await tell()

    def _complain(self, error: Exception) -> None:
        if str(error) != self._complaint:
            self._complaint = str(error)
            if isinstance(error, CannotStart):
                log.error("%s", error)
            else:
                log.error("This server could not begin to serve", exc_info=error)
