"""Invites: how admins let people in."""

from aiohttp import web

from handlers.permissions import require_admin
from handlers.schemas import forms
from handlers.schemas.answers import invite_json
from handlers.schemas.responses import json_response
from handlers.services import SERVICES, USER
from handlers.web import bodies
from handlers.web.security_log import note
from store import invites


async def list_invites(request: web.Request) -> web.Response:
    """List the invites that still let somebody in."""
    require_admin(request[USER])
    found = await invites.usable(request.app[SERVICES].db)
    return json_response({"invites": [invite_json(invite) for invite in found]})


async def create_invite(request: web.Request) -> web.Response:
    """Make an invite; its code is shown this once."""
    require_admin(request[USER])
    form = await bodies.read_optional(request, forms.CreateInvite)
    invite, code = await invites.create(
        request.app[SERVICES].db,
        request[USER].name,
        uses=form.uses,
        expires_in=form.expires_in,
        note=form.note,
    )
    note("invite_made", invite=invite.id, uses=invite.uses_left)
    return json_response(invite_json(invite, code), status=201)


async def revoke_invite(request: web.Request) -> web.Response:
    """Let nobody in by it any more."""
    require_admin(request[USER])
    await invites.revoke(request.app[SERVICES].db, request.match_info["id"])
    note("invite_revoked", invite=request.match_info["id"])
    return web.Response(status=204)


ROUTES = [
    web.get("/api/invites", list_invites),
    web.post("/api/invites", create_invite),
    web.delete("/api/invites/{id}", revoke_invite),
]
