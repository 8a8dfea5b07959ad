"""Resets: an admin makes a link by which a person sets a new password, once.

The link signs nobody in and shows nothing but whom it is for. Using it ends all sessions,
is noted in the security log, and is told to the person when they sign in.
"""

from aiohttp import hdrs, web

from handlers.accounts.access import end_sessions
from handlers.accounts.rules import require_good_password
from handlers.permissions import require_admin
from handlers.schemas import forms, responses
from handlers.services import ACCESS, ADDRESS, SERVICES, USER, Services
from handlers.web import bodies, cookies, routes
from handlers.web.auth import (
    OPERATOR,
    for_operator,
    identify,
    public,
    require_own_origin,
    require_still,
)
from handlers.web.forwarded import client_network
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from store import resets, users
from store.errors import Conflict, Forbidden, NotFound, Unauthenticated
from store.records import Reset, Role, User


@for_operator
async def create_reset(request: web.Request) -> web.Response:
    """Make a link by which somebody sets a new password; it is shown this once."""
    services = request.app[SERVICES]
    require_admin(request[USER])
    user = await users.require(services.db, request.match_info["name"])
    asker = await require_still(services, request[ACCESS])
    if asker.name == user.name:
        raise Conflict("One changes one's own password; a link is for somebody else.")
    if user.role is Role.BOT or user.disabled:
        raise Conflict("A bot has no password, and who is disabled cannot sign in.")
    if not _may_reset(asker, user):
        raise Forbidden("Only owners may do this.")
    reset, code = await resets.create(services.db, user.name, asker.name)
    note("reset_made", of=user.name)
    return json_response(
        responses.Reset.of(reset, code=code, path=f"/reset/{code}"), status=201
    )


@public
async def show_reset(request: web.Request) -> web.Response:
    """Say whom a link is for, before anybody fills in a form."""
    services = request.app[SERVICES]
    services.db.require()
    services.rates.reads.take(f"link {client_network(request[ADDRESS])}")
    reset = await _usable(services, request.match_info["code"])
    return json_response(responses.Reset.of(reset))


@public
async def use_reset(request: web.Request) -> web.Response:
    """Set a new password by a link; all sessions of its user end."""
    services, code = request.app[SERVICES], request.match_info["code"]
    form = await bodies.read(request, forms.SetPassword)
    if hdrs.ORIGIN in request.headers:
        require_own_origin(request)
    services.db.require()
    services.credentials.require()
    services.rates.sign_ins.take(f"link {client_network(request[ADDRESS])}")
    user = await users.require(services.db, (await _usable(services, code)).user)
    await _require_nobody_else(request, user)
    names = (user.name, user.display_name)
    await require_good_password(services, names, form.password)
    hashed = await services.credentials.hash(form.password)
    reset = await _usable(services, code)  # Its maker may be an admin no more.
    await resets.use(services.db, code, reset, hashed)
    note("password_reset", user=user.name, by=reset.created_by)
    await end_sessions(services, user.name)
    return web.Response(status=204)


async def _usable(services: Services, code: str) -> Reset:
    """A link that can be used, and whose maker might still make it.

    Raises:
        NotFound: if there is none of this code.
    """
    reset = await resets.require(services.db, code)
    by = reset.created_by
    maker = await users.find(services.db, by) if by else OPERATOR
    user = await users.require(services.db, reset.user)
    if maker is None or maker.disabled or not _may_reset(maker, user):
        raise NotFound(resets.ENDED)
    return reset


async def _require_nobody_else(request: web.Request, user: User) -> None:
    """Refuse whoever is signed in as somebody else, as whoever made the link is.

    Raises:
        Forbidden: for them.
    """
    if not (hdrs.AUTHORIZATION in request.headers or cookies.token(request)):
        return
    try:
        asker, _ = await identify(request)
    except Unauthenticated:
        return
    if asker.name != user.name:
        raise Forbidden(f"This link is for {user.name}; give it to them.")


def _may_reset(maker: User, user: User) -> bool:
    return maker.role is Role.OWNER or (maker.is_admin and not user.is_admin)


ROUTES = [
    routes.post(
        "/api/users/{name}/reset",
        create_reset,
        responses.Reset,
        status=(201,),
        refuses=(403, 409),
    ),
    routes.get(
        "/api/reset/{code:[A-Za-z0-9_-]+}", show_reset, responses.Reset, refuses=(429, 503)
    ),
    routes.post(
        "/api/reset/{code:[A-Za-z0-9_-]+}",
        use_reset,
        body=forms.SetPassword,
        refuses=(403, 429, 503),
    ),
]
