"""Tokens: one's own, and for admins those of the bots."""

from aiohttp import web
from msgspec import UNSET

from handlers.accounts import close_sockets
from handlers.schemas import forms, responses
from handlers.services import SERVICES, USER
from handlers.web import bodies, routes
from handlers.web.auth import signed_in
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from store import tokens, users
from store.errors import Forbidden, NotFound
from store.records import Role, User


async def list_tokens(request: web.Request) -> web.Response:
    """List the asker's tokens; for admins, those of all bots too."""
    services = request.app[SERVICES]
    db, asker, hub = services.db, request[USER], services.hub
    names = {asker.name}
    if asker.is_admin:
        names |= {each.name for each in await users.everyone(db) if each.role is Role.BOT}
    found = await tokens.of_users(db, names)
    used = {each.session for name in names for each in hub.of_user(name)}
    listed = [responses.Token.of(token, in_use=token.id in used) for token in found]
    return json_response(responses.Tokens(listed))


async def create_token(request: web.Request) -> web.Response:
    """Make a token; its secret is shown this once."""
    form = await bodies.read_optional(request, forms.CreateToken)
    signed_in(request)
    db, asker = request.app[SERVICES].db, request[USER]
    user = asker if form.user is UNSET else await users.require(db, form.user)
    if not _may_manage(asker, user):
        raise Forbidden("Only for yourself, and admins for bots.")
    token, secret = await tokens.create(db, user.name, note=form.note, by=asker.name)
    note("token_made", token=token.id, of=user.name)
    return json_response(responses.Token.of(token, secret), status=201)


async def revoke_token(request: web.Request) -> web.Response:
    """Revoke a token; its sockets close at once."""
    services = request.app[SERVICES]
    db = services.db
    token = await tokens.require(db, request.match_info["id"])
    if not _may_manage(request[USER], await users.require(db, token.user)):
        raise NotFound("There is no such token.")
    await tokens.revoke(db, token)
    note("token_revoked", token=token.id, of=token.user)
    close_sockets(services, token.user, token.id)
    return web.Response(status=204)


def _may_manage(asker: User, user: User) -> bool:
    return asker.name == user.name or (user.role is Role.BOT and asker.is_admin)


ROUTES = [
    routes.get("/api/tokens", list_tokens, responses.Tokens),
    routes.post(
        "/api/tokens",
        create_token,
        responses.Token,
        status=(201,),
        body=forms.CreateToken,
        body_is_optional=True,
        refuses=(404, 409),
    ),
    routes.delete("/api/tokens/{id}", revoke_token),
]
