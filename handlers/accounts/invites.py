"""Invites: how admins let people in."""

from aiohttp import web

from handlers.permissions import require_admin
from handlers.schemas import forms, responses
from handlers.services import ACCESS, ADDRESS, SERVICES, USER, Services
from handlers.web import bodies, routes
from handlers.web.auth import for_operator, public, require_still
from handlers.web.forwarded import client_network
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from store import invites, users
from store.errors import ApiError, Forbidden, NotFound
from store.records import Invite


async def list_invites(request: web.Request) -> web.Response:
    """List the invites that still let somebody in."""
    require_admin(request[USER])
    found = await invites.usable(request.app[SERVICES].db)
    return json_response(
        responses.Invites([responses.Invite.of(invite) for invite in found])
    )


@for_operator
async def create_invite(request: web.Request) -> web.Response:
    """Make an invite; its code is shown this once."""
    services = request.app[SERVICES]
    require_admin(request[USER])
    form = await bodies.read_optional(request, forms.CreateInvite)
    invite, code = await invites.create(
        services.db,
        request[USER].name,
        uses=form.uses,
        expires_in=form.expires_in,
        note=form.note,
    )
    try:
        require_admin(await require_still(services, request[ACCESS]))
    except ApiError:  # Their right ended meanwhile; this must not outlive it.
        await invites.revoke(services.db, invite.id)
        raise
    note("invite_made", invite=invite.id, uses=invite.uses_left)
    return json_response(
        responses.Invite.of(invite, code=code, path=f"/join/{code}"), status=201
    )


async def revoke_invite(request: web.Request) -> web.Response:
    """Let nobody in by it any more."""
    require_admin(request[USER])
    await invites.revoke(request.app[SERVICES].db, request.match_info["id"])
    note("invite_revoked", invite=request.match_info["id"])
    return web.Response(status=204)


@public
async def show_joining(request: web.Request) -> web.Response:
    """Say what a code lets somebody become, before anybody fills in a form."""
    services, code = request.app[SERVICES], request.match_info["code"]
    services.db.require()
    services.rates.reads.take(f"link {client_network(request[ADDRESS])}")
    if services.credentials.is_owner_code(code, services.db.epoch):
        if await users.founded(services.db):
            raise NotFound(invites.ENDED)
        return json_response(responses.Joining("owner"))
    if services.settings.registration == "closed":
        raise Forbidden("Registration is closed.")
    try:
        invite = await require_joinable(services, code)
    except Forbidden as refusal:
        if services.settings.registration == "open":
            return json_response(responses.Joining("member"))
        raise NotFound(str(refusal)) from None
    expires_at = responses.moment(invite.expires_at)
    return json_response(responses.Joining("member", invite.created_by, expires_at))


async def require_joinable(services: Services, code: str) -> Invite:
    """An invite that lets somebody in: what an admin made ends with their right to.

    Raises:
        Forbidden: if there is none of this code, or not any more.
    """
    try:
        invite = await invites.require(services.db, code)
    except NotFound as refusal:
        raise Forbidden(str(refusal)) from None
    by = invite.created_by
    maker = await users.find(services.db, by) if by else None  # The command line is nobody.
    if by and (maker is None or maker.disabled or not maker.is_admin):
        raise Forbidden(invites.ENDED)
    return invite


ROUTES = [
    routes.get(
        "/api/join/{code:[A-Za-z0-9_-]+}",
        show_joining,
        responses.Joining,
        refuses=(403, 429, 503),
    ),
    routes.get("/api/invites", list_invites, responses.Invites, refuses=(403,)),
    routes.post(
        "/api/invites",
        create_invite,
        responses.Invite,
        status=(201,),
        body=forms.CreateInvite,
        body_is_optional=True,
    ),
    routes.delete("/api/invites/{id}", revoke_invite),
]
