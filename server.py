"""Hearth: the app, put together, and the command line."""

import asyncio
import gc
import os
import sys
from functools import partial

from aiohttp import web

import handlers
from handlers.control import Control
from handlers.media.images import Pictures
from handlers.pages import enter
from handlers.services import (
    ACTS,
    ATTACHING,
    CHUNKS,
    COUNTS,
    CREDENTIALS,
    DB,
    FOLLOWER,
    HUB,
    LOG,
    MARKS,
    MOVES,
    NEWCOMERS,
    PICTURES,
    READS,
    RECENT,
    SEARCH,
    SEARCHES,
    SENDS,
    SETTINGS,
    SIGN_INS,
    SIGN_UPS,
    SWEEPER,
    TRANSFERS,
)
from handlers.socket.announce import announce
from handlers.socket.recent import Recent
from handlers.web.access_log import add_request_id, trace
from handlers.web.auth import add_security_headers, authenticate
from handlers.web.counts import Counts
from handlers.web.credentials import Credentials
from handlers.web.errors import explain_refusals
from handlers.web.limits import Throttle, Turns
from handlers.web.listen import allow_many_files, listen
from handlers.web.logs import log_to_stderr
from hub import Hub
from settings import Settings, SettingsError
from store import users
from store.chunks import Chunks
from store.cleanup import Sweeper
from store.database import Database
from store.errors import CannotStart
from store.log.read_marks import Marks
from store.log.writer import Log
from store.mongod import process
from store.search.follower import Follower
from store.search.query import Search

MONGOD = web.AppKey("mongod", list[process.Embedded])
SHUTDOWN = 2.0  # seconds that requests under way have when the server ends
ATTACH_AT_ONCE = 4  # connections that read their past, so that live messages go between
SIGN_IN_WINDOW = 180  # seconds
GARBAGE = 10_000  # objects between looks for cycles; 700 took a quarter of a busy server
TRANSFERS_AT_ONCE = 40  # uploads and downloads of one user; each holds less than 1 MB


def create_app(settings: Settings) -> web.Application:
    """An app of its own: several can live in one process. Nothing opens before start-up."""
    limits = settings.limits
    app = web.Application(
        middlewares=[trace, explain_refusals, authenticate], client_max_size=limits.frame
    )
    app[SETTINGS] = settings
    app[COUNTS] = Counts()
    app[HUB] = Hub(limits.backlog)
    app[RECENT] = Recent()
    app[DB] = Database()
    app[MARKS] = Marks(app[DB])
    app[LOG] = Log(app[DB], app[MARKS], partial(announce, app[HUB], app[RECENT]))
    app[CHUNKS] = Chunks(app[DB])
    app[SWEEPER] = Sweeper(app[DB], app[CHUNKS], app[LOG])
    app[PICTURES] = Pictures(limits.pixels)
    app[TRANSFERS] = Turns(TRANSFERS_AT_ONCE, "Too many uploads and downloads at once.")
    app[CREDENTIALS] = Credentials(settings)
    app[SIGN_INS] = Throttle(
        limits.sign_ins / SIGN_IN_WINDOW, limits.sign_ins, "Too many attempts; please wait."
    )
    app[SIGN_UPS] = Throttle(
        limits.sign_ups / 3_600, limits.sign_ups, "Too many sign-ups; please wait."
    )
    app[SENDS] = Throttle(limits.sends, limits.burst, "You send too much at once.")
    app[FOLLOWER] = Follower(app[DB], app[LOG])
    app[SEARCH] = Search(app[DB], app[LOG], app[FOLLOWER])
    app[SEARCHES] = Throttle(
        limits.searches, 4 * limits.searches, "You search too much at once."
    )
    app[ACTS] = Throttle(limits.acts, 10 * limits.acts, "You change too much at once.")
    app[READS] = Throttle(limits.reads, 10 * limits.reads, "You ask too much at once.")
    app[ATTACHING] = asyncio.Semaphore(ATTACH_AT_ONCE)
    app[MOVES] = asyncio.Lock()
    app[NEWCOMERS] = Turns(limits.strangers, "Too many connections have said no hello.")
    app[MONGOD] = []
    app.add_routes(handlers.ROUTES)
    app.router.add_get("", enter)
    app.on_response_prepare.append(add_security_headers)
    app.on_response_prepare.append(add_request_id)
    app.on_startup.append(open_database)
    app.on_shutdown.append(close_sockets)
    app.on_cleanup.append(close_database)
    return app


async def open_database(app: web.Application) -> None:
    """Start our own mongod if there is no other, connect, and begin to write."""
    settings = app[SETTINGS]
    url = settings.mongodb_url
    try:
        if not url:
            app[MONGOD].append(await process.start(settings.data, settings.mongod or None))
            url = app[MONGOD][0].url
        await app[CREDENTIALS].open()
        await app[DB].open(url)
    except BaseException:
        await close_database(app)  # After a failed start, aiohttp calls no on_cleanup.
        raise
    app[HUB].start()
    await app[LOG].start()
    app[SWEEPER].start()
    app[FOLLOWER].start()


async def close_sockets(app: web.Application) -> None:
    """Store what was handed in, and say goodbye to everyone."""
    app[HUB].is_closing = True
    await app[LOG].close()
    await app[HUB].close()


async def close_database(app: web.Application) -> None:
    """Disconnect, and stop our own mongod."""
    await app[SWEEPER].close()
    await app[FOLLOWER].close()
    await app[MARKS].close()
    await app[DB].close()
    app[CREDENTIALS].close()
    app[PICTURES].close()
    for mongod in app[MONGOD]:
        await mongod.stop()


async def greet(app: web.Application, address: str) -> None:
    """Say where we are, and while nobody owns this server, who may."""
    settings = app[SETTINGS]
    print(f"Hearth serves at {settings.public_url or address}", flush=True)
    if not app[DB].prepared.is_set():
        return
    if not await users.founded(app[DB]):
        code = app[CREDENTIALS].owner_code(app[DB].epoch)
        url = settings.public_url or address
        print(f"Nobody owns it yet. Become its owner at {url}/join/{code}", flush=True)


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
        allow_many_files()
        opened, address = listen(settings)
        app = create_app(settings)
        control = Control(app, address)
        app.on_startup.append(control.open)
        app.on_shutdown.append(control.close)
        app.on_startup.append(partial(greet, address=address))
        gc.set_threshold(GARBAGE)
        gc.freeze()  # What was imported stays: to look at it took 60 ms.
        web.run_app(
            app,
            sock=opened,
            print=None,
            access_log=None,
            keepalive_timeout=settings.limits.idle,
            shutdown_timeout=SHUTDOWN,
            loop=_loop(),
        )
    except (SettingsError, CannotStart) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
