"""The control socket: what the operator's verbs ask of the server that runs.

It is a Unix socket in the data folder, and its mode is its lock. Verbs change people
through it and not in the database, because the server remembers what it has read, and
because open sockets must close at once.
"""

import logging
import socket
from pathlib import Path

from aiohttp import web
from msgspec import UNSET

from handlers.accounts import settle_in
from handlers.markup.characters import visible
from handlers.rules import require_free_name, require_good_password
from handlers.schemas import forms, responses
from handlers.services import SERVICES, Services
from handlers.users import apply
from handlers.web import bodies
from handlers.web.errors import error_middleware
from handlers.web.json_response import json_response
from store import invites, users
from store.errors import Conflict
from store.records import Role

log = logging.getLogger("hearth.control")

NAME = "control.sock"
_ADDRESS = web.AppKey("address", str)


async def add_user(request: web.Request) -> web.Response:
    """Make an account, however registration is set."""
    form = await bodies.read(request, forms.AddUser)
    services, role = request.app[SERVICES], Role(form.role)
    _require_database(services)
    require_free_name(form.name)
    require_good_password(services, form.name, form.password)
    user = await users.create(
        services.db,
        form.name,
        display_name=visible(form.display_name) or form.name,
        password_hash=await services.credentials.hash(form.password),
        role=role,
        founder=role is Role.OWNER and not await users.founded(services.db),
    )
    await settle_in(services, user)
    return json_response(responses.User.of(user), status=201)


async def change_user(request: web.Request) -> web.Response:
    """Give a new password or role, or disable or enable; takes effect at once."""
    form = await bodies.read(request, forms.ChangeAccount)
    services = request.app[SERVICES]
    _require_database(services)
    user = await users.require(services.db, request.match_info["name"])
    if user.role is Role.BOT and form.disabled is UNSET:
        raise Conflict("It is a bot, which has no password, and stays a bot.")
    fields: dict[str, object] = {}
    if form.password is not UNSET:
        require_good_password(services, user.name, form.password)
        fields["password_hash"] = await services.credentials.hash(form.password)
    if form.role is not UNSET:
        fields["role"] = Role(form.role).value
    if form.disabled is not UNSET:
        fields["disabled"] = form.disabled
    return json_response(responses.User.of(await apply(services, user.name, **fields)))


async def create_invite(request: web.Request) -> web.Response:
    """Make an invite; the answer has its whole link."""
    form = await bodies.read(request, forms.CreateInvite)
    services = request.app[SERVICES]
    _require_database(services)
    _, code = await invites.create(
        services.db, "", uses=form.uses, expires_in=form.expires_in, note=form.note
    )
    base = services.settings.public_url or request.app[_ADDRESS]
    return json_response({"url": f"{base}/join/{code}"}, status=201)


async def show_database(request: web.Request) -> web.Response:
    """Say where the database is: of the private one, only the server knows."""
    services = request.app[SERVICES]
    _require_database(services)
    await services.read_marks.flush()  # so that whoever reads it misses none
    return json_response({"url": services.db.url})


class Control:
    """An app's control socket. `address` stands in links while there is no public URL."""

    def __init__(self, services: Services, address: str = "") -> None:
        inner = web.Application(
            middlewares=[error_middleware], client_max_size=services.settings.limits.frame
        )
        inner[_ADDRESS] = address
        inner[SERVICES] = services
        inner.add_routes(ROUTES)
        self._path = path_in(services.settings.data)
        self._runner = web.AppRunner(inner, access_log=None, shutdown_timeout=1)

    async def open(self, _: web.Application) -> None:
        """Begin to listen; a server serves all the same if it cannot."""
        await self._runner.setup()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            listening.bind(str(self._path))
            self._path.chmod(0o600)  # Nobody can connect before it listens.
        except OSError as error:
            listening.close()
            log.warning("The command line cannot reach this server: %s", error)
            return
        await web.SockSite(self._runner, listening).start()

    async def close(self, _: web.Application) -> None:
        """Listen no more."""
        if self._runner.sites:
            self._path.unlink(missing_ok=True)
        await self._runner.cleanup()


def path_in(data: Path) -> Path:
    """Where the server of a data folder listens."""
    return data.absolute() / NAME


def _require_database(services: Services) -> None:
    services.db.require()
    services.log.require()


ROUTES = [
    web.post("/users", add_user),
    web.patch("/users/{name}", change_user),
    web.post("/invites", create_invite),
    web.get("/database", show_database),
]
