"""Hearth: the app, put together, and the command line."""

import asyncio
import dataclasses
import gc
import logging
import os
import platform
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from aiohttp import web

import handlers
from handlers.media.images import Pictures
from handlers.membership import mend_at_start
from handlers.pages import enter
from handlers.push.delivery import Delivery
from handlers.push.notice import Notices
from handlers.push.outgoing import open_session
from handlers.room_state import tell_turned
from handlers.services import SERVICES, RateLimits, Services
from handlers.services.calls import Calls
from handlers.services.counts import Counts
from handlers.services.credentials import Credentials, threads
from handlers.services.limits import ConcurrencyLimit, Throttle
from handlers.services.recent import Recent
from handlers.socket.announce import announce
from handlers.telling import compose, tell_devices
from handlers.web.access_log import add_request_id, trace
from handlers.web.auth import add_security_headers, authenticate
from handlers.web.errors import error_middleware
from handlers.web.listen import allow_many_files, listen
from handlers.web.logs import log_to_stderr
from handlers.web.metrics import add_gauges
from handlers.web.quotas import CHANGE_BYTES, DAILY_SHARE
from handlers.web.serving import Serving
from handlers.web.serving_only import serving_only
from hub import Hub
from settings import Limits, Settings, SettingsError, former
from store import users
from store.database import Database
from store.disk import Disk
from store.errors import CannotStart
from store.gridfs.chunks import Chunks
from store.gridfs.cleanup import FileCleanup
from store.lease.lease import Lease, State
from store.log.read_marks import ReadMarks
from store.log.unread import Unread
from store.log.writer import Log
from store.push import devices
from store.search.indexer import Indexer
from store.search.query import Search

log = logging.getLogger("hearth")
SHUTDOWN_SECONDS = 2.0  # that requests under way have when the server ends
MAX_RESUMES = 4  # clients that catch up together; more would delay live messages
INVITATIONS_PER_ROOM = 10  # of the rooms and the invitations that one has a day
SIGN_IN_WINDOW_SECONDS = 180
RIGHT_SIGN_INS_FACTOR = 3  # times as many of a user as wrong ones, as programs sign in, too
# GC threshold: at the default of 700, collection took 25 % of a busy server's CPU.
GC_THRESHOLD = 10_000
# A commit's thread waits so long for a busy loop, each of the several times that it goes
# on; at Python's 5 ms, others' messages took twice as long beside a busy user.
SWITCH_SECONDS = 0.0005
MAX_TRANSFERS = 40  # uploads and downloads at once; each holds less than 1 MB
LINES_A_SECOND, LINES_AT_ONCE = 1, 100  # of the log, of one network's strangers
NOTES_A_SECOND, NOTES_AT_ONCE = 1, 10  # of the log, that one user or address is too fast


def create_app(settings: Settings) -> web.Application:
    """An app of its own: several can live in one process. Nothing opens before start-up."""
    app = web.Application(
        middlewares=[trace, error_middleware, serving_only, authenticate],
        client_max_size=settings.limits.frame,
    )
    services = app[SERVICES] = build_services(settings)
    add_gauges(services)
    serving = Serving(services, turn, forget)
    app.add_routes(handlers.ROUTES)
    app.router.add_get("", enter)
    app.on_response_prepare.append(add_security_headers)
    app.on_response_prepare.append(add_request_id)
    app.on_startup.append(serving.start)
    app.on_shutdown.append(serving.say_goodbye)
    app.on_cleanup.append(serving.close)
    return app


def build_services(settings: Settings, kept: Services | None = None) -> Services:
    """Everything that a request may need, not open yet; some may be kept from before."""
    limits = settings.limits
    lease = kept.lease if kept else Lease(f"{platform.node()}, process {os.getpid()}")
    db = kept.db if kept else Database(lease)
    hub, recent = Hub(limits.backlog, limits.heartbeat, lease.is_held), Recent()
    read_marks, chunks = ReadMarks(db), Chunks(db)
    log, unread = Log(db, read_marks), Unread(db)
    indexer = Indexer(db, log, settings.data, threads(1, "hearth-search"))
    counts = kept.counts if kept else Counts(db.counts.registry)
    delivery = Delivery(db, counts.pushes, open_session)
    notices = Notices(hub, delivery.drop)
    tell_hub = partial(announce, hub, recent)
    for listener in (unread.note, tell_hub, indexer.hear, notices.hear):
        log.listen(listener)
    return Services(
        settings=settings,
        lease=lease,
        db=db,
        disk=Disk(db, None if settings.mongodb_url else settings.data),
        log=log,
        read_marks=read_marks,
        unread=unread,
        chunks=chunks,
        file_cleanup=FileCleanup(db, chunks, log),
        indexer=indexer,
        search=Search(db, indexer),
        notices=notices,
        delivery=delivery,
        hub=hub,
        recent=recent,
        calls=Calls(db, log),
        when_changed=kept.when_changed if kept else [],
        counts=counts,
        credentials=kept.credentials if kept else Credentials(settings),
        images=kept.images if kept else Pictures(limits.pixels),
        rates=kept.rates if kept else build_rates(limits),
        file_slots=ConcurrencyLimit(
            MAX_TRANSFERS, "Too many uploads and downloads at once."
        ),
        pending_sockets=ConcurrencyLimit(
            limits.strangers, "Too many connections have said no hello."
        ),
        resume_slots=asyncio.Semaphore(MAX_RESUMES),
    )


def build_rates(limits: Limits) -> RateLimits:
    """The rates that the settings allow."""
    return RateLimits(
        sends=Throttle(limits.sends, limits.burst, "You send too much at once."),
        writes=Throttle(limits.acts, 10 * limits.acts, "You change too much at once."),
        reads=Throttle(limits.reads, 10 * limits.reads, "You ask too much at once."),
        written=_daily(
            max(limits.storage // DAILY_SHARE, limits.text * 4 + CHANGE_BYTES),
            "You have written too much today.",
        ),
        searches=Throttle(
            limits.searches, 4 * limits.searches, "You search too much at once."
        ),
        new_rooms=_daily(limits.new_rooms, "You have made too many rooms today."),
        invitations=_daily(
            limits.new_rooms * INVITATIONS_PER_ROOM, "You have invited too many today."
        ),
        test_pushes=Throttle(0.1, 3, "You test too often; please wait."),
        sign_ins=Throttle(
            limits.sign_ins / SIGN_IN_WINDOW_SECONDS,
            limits.sign_ins,
            "Too many attempts; please wait.",
        ),
        new_sessions=Throttle(
            RIGHT_SIGN_INS_FACTOR * limits.sign_ins / SIGN_IN_WINDOW_SECONDS,
            RIGHT_SIGN_INS_FACTOR * limits.sign_ins,
            "You sign in too often; please wait.",
        ),
        lines=Throttle(LINES_A_SECOND, LINES_AT_ONCE, "It has been noted often enough."),
        notes=Throttle(NOTES_A_SECOND, NOTES_AT_ONCE, "It has been noted often enough."),
        sign_ups=Throttle(
            limits.sign_ups / 3_600, limits.sign_ups, "Too many sign-ups; please wait."
        ),
    )


def _daily(count: int, detail: str) -> Throttle:
    """So many at once, and so many a day from then on."""
    return Throttle(count / 86_400, count, detail)


@asynccontextmanager
async def turn(services: Services) -> AsyncIterator[None]:
    """Serve, until it is another server's turn: each part closes in the reverse order."""
    async with AsyncExitStack() as opened:
        opened.push_async_callback(services.read_marks.close)
        opened.push_async_callback(services.disk.close)
        services.disk.start()
        services.hub.start()
        await services.log.start()
        opened.push_async_callback(services.file_cleanup.close)
        services.file_cleanup.start()
        opened.push_async_callback(services.indexer.close)
        services.indexer.start()
        opened.callback(services.calls.close)
        services.calls.start()
        services.delivery.start(partial(compose, services))
        opened.push_async_callback(services.delivery.close)
        services.notices.users |= await devices.all_users(services.db)
        pushing = asyncio.create_task(tell_devices(services), name="hearth.push")
        opened.callback(pushing.cancel)
        telling = asyncio.create_task(tell_turned(services), name="hearth.unread")
        opened.callback(telling.cancel)
        mending = asyncio.create_task(mend_at_start(services), name="hearth.rooms")
        opened.callback(mending.cancel)
        yield


def forget(services: Services) -> None:
    """Build anew what remembers anything of the database, which another server changes."""
    fresh = build_services(services.settings, services)
    for each in dataclasses.fields(Services):
        setattr(services, each.name, getattr(fresh, each.name))


class Greeting:
    """Says on standard output what we do and where, and while nobody owns us, who may."""

    def __init__(self, services: Services, address: str) -> None:
        self._services = services
        self._said: list[str] = []
        self._address = services.settings.public_url or address

    async def say(self, _: web.Application | None = None) -> None:
        """Say what has changed; who may own us, as soon as the database can tell."""
        services, lease = self._services, self._services.lease
        if lease.state is State.STANDING_BY:
            self._print(f"Hearth stands by at {self._address} for {lease.serves}")
            return
        self._print(f"Hearth serves at {self._address}")
        if services.db.is_well() and not await users.founded(services.db):
            code = services.credentials.owner_code(services.db.epoch)
            link = f"{self._address}/join/{code}"
            self._print(f"Nobody owns it yet. Become its owner at {link}")

    def _print(self, line: str) -> None:
        if line not in self._said:
            print(line, flush=True)
        if line.startswith("Hearth "):  # what it does now; a link stays what it is
            self._said = [said for said in self._said if not said.startswith("Hearth ")]
        self._said.append(line)


def _loop() -> asyncio.AbstractEventLoop:
    """The faster event loop, if it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def main() -> None:
    """Serve, or do what a verb of the command line says."""
    if sys.argv[1:] in ([], ["serve"]):
        serve()
    else:
        import cli  # what serving does not need

        sys.exit(cli.main(sys.argv[1:], read_settings, create_app))


def read_settings() -> Settings:
    """The settings of this process."""
    return Settings.from_env(os.environ)


def serve() -> None:
    """Serve until SIGTERM or SIGINT; exit status 1 says why it cannot."""
    try:
        settings = read_settings()
        log_to_stderr(settings.log_format, settings.log_level)
        for sentence in former(os.environ):
            log.warning(sentence)
        allow_many_files()
        opened, address = listen(settings)
        app = create_app(settings)
        greeting = Greeting(app[SERVICES], address)
        app[SERVICES].when_changed.append(greeting.say)
        app.on_startup.append(greeting.say)
        sys.setswitchinterval(SWITCH_SECONDS)
        gc.set_threshold(GC_THRESHOLD)
        gc.freeze()  # What was imported stays: to look at it took 60 ms.
        web.run_app(
            app,
            sock=opened,
            print=None,
            access_log=None,
            keepalive_timeout=settings.limits.idle,
            shutdown_timeout=SHUTDOWN_SECONDS,
            loop=_loop(),
        )
    except (SettingsError, CannotStart) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
