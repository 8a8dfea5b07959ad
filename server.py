"""Hearth: the app, put together, and the command line."""

import os
import socket
import sys
from functools import partial

from aiohttp import web

import handlers
from handlers.announce import announce
from handlers.counts import Counts
from handlers.credentials import Credentials
from handlers.keys import (
    COUNTS,
    CREDENTIALS,
    DB,
    HUB,
    LOG,
    MARKS,
    SENDS,
    SETTINGS,
    SIGN_INS,
)
from handlers.logs import log_to_stderr
from handlers.middleware import add_security_headers, authenticate
from handlers.refusals import explain_refusals
from handlers.throttle import Throttle
from handlers.tracing import add_request_id, trace
from hub import Hub
from settings import Settings, SettingsError
from store import embedded, users
from store.database import Database
from store.errors import CannotStart
from store.log import Log
from store.marks import Marks

MONGOD = web.AppKey("mongod", list[embedded.Embedded])
SHUTDOWN = 2.0  # seconds that requests under way have when the server ends
SIGN_IN_WINDOW = 180  # seconds


def create_app(settings: Settings) -> web.Application:
    """An app of its own: several can live in one process. Nothing opens before start-up."""
    limits = settings.limits
    app = web.Application(
        middlewares=[trace, explain_refusals, authenticate], client_max_size=limits.frame
    )
    app[SETTINGS] = settings
    app[COUNTS] = Counts()
    app[HUB] = Hub(limits.backlog)
    app[DB] = Database()
    app[MARKS] = Marks(app[DB])
    app[LOG] = Log(app[DB], app[MARKS], partial(announce, app[HUB]))
    app[CREDENTIALS] = Credentials(settings)
    app[SIGN_INS] = Throttle(
        limits.sign_ins / SIGN_IN_WINDOW, limits.sign_ins, "Too many attempts; please wait."
    )
    app[SENDS] = Throttle(limits.sends, limits.burst, "You send too much at once.")
    app[MONGOD] = []
    app.add_routes(handlers.ROUTES)
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
            app[MONGOD].append(await embedded.start(settings.data, settings.mongod or None))
            url = app[MONGOD][0].url
        await app[CREDENTIALS].open()
        await app[DB].open(url)
    except BaseException:
        await close_database(app)  # After a failed start, aiohttp calls no on_cleanup.
        raise
    app[HUB].start()
    await app[LOG].start()


async def close_sockets(app: web.Application) -> None:
    """Store what was handed in, and say goodbye to everyone."""
    app[HUB].is_closing = True
    await app[LOG].close()
    await app[HUB].close()


async def close_database(app: web.Application) -> None:
    """Disconnect, and stop our own mongod."""
    await app[MARKS].close()
    await app[DB].close()
    app[CREDENTIALS].close()
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


def listen(settings: Settings) -> tuple[socket.socket, str]:
    """Open the socket to serve on, and say its address.

    Raises:
        CannotStart: if it is taken or not allowed.
    """
    try:
        if settings.unix_socket:
            settings.unix_socket.unlink(missing_ok=True)
            opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            opened.bind(str(settings.unix_socket))
            settings.unix_socket.chmod(0o660)  # nginx may be in our group
            opened.listen(1024)
            return opened, f"unix:{settings.unix_socket}"
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        opened = socket.create_server(
            (settings.host, settings.port), family=family, backlog=1024
        )
    except OSError as error:
        where = settings.unix_socket or f"{settings.host}:{settings.port}"
        raise CannotStart(
            f"Hearth cannot listen on {where}: {error.strerror}. Set HEARTH_PORT (or "
            "HEARTH_HOST, HEARTH_UNIX_SOCKET) to another, or stop what listens there."
        ) from None
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return opened, f"http://{host}:{opened.getsockname()[1]}"


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit status 1 says why it cannot."""
    try:
        settings = Settings.from_env(os.environ)
        log_to_stderr(settings.log_format, settings.log_level)
        opened, address = listen(settings)
        app = create_app(settings)
        app.on_startup.append(partial(greet, address=address))
        web.run_app(
            app, sock=opened, print=None, access_log=None, shutdown_timeout=SHUTDOWN
        )
    except (SettingsError, CannotStart) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
