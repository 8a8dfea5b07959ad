"""Invites: how admins let people in."""

from aiohttp import web

from handlers.permissions import require_admin
from handlers.schemas import forms, responses
from handlers.services import ACCESS, SERVICES, USER
from handlers.web import bodies, routes
from handlers.web.auth import for_operator, require_still
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from store import invites
from store.errors import ApiError


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
    return json_response(responses.Invite.of(invite, code), status=201)


async def revoke_invite(request: web.Request) -> web.Response:
    """Let nobody in by it any more."""
    require_admin(request[USER])
    await invites.revoke(request.app[SERVICES].db, request.match_info["id"])
    note("invite_revoked", invite=request.match_info["id"])
    return web.Response(status=204)


ROUTES = [
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
