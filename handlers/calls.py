"""Calls: joining and leaving them, and the servers that help browsers find each other."""

import asyncio
import base64
import hmac
from functools import partial

from aiohttp import web

from handlers.permissions import hand_over, may_write
from handlers.schemas import responses
from handlers.schemas.responses import IceServer
from handlers.services import SERVICES, USER, Services
from handlers.services.calls import Stored
from handlers.web import routes
from handlers.web.json_response import json_response
from handlers.web.quotas import take_message
from hub import Connection
from store.records import Access, now

CREDENTIAL_SECONDS = 3_600  # for which a relay knows somebody


async def change(
    services: Services, by: Access, mine: Connection, room: str, *, join: bool
) -> asyncio.Task[Stored]:
    """Let a connection join or leave the call of a room; done when it is stored."""
    if not join:
        return services.calls.leave(room, mine.id)
    take_message(services, by.user)
    return await hand_over(
        may_write(services, by, room, to_readers=True),
        partial(services.calls.join, room, by.user, mine.id),
    )


async def list_ice_servers(request: web.Request) -> web.Response:
    """List the servers that help browsers find each other for a call.

    A relay's credentials are the asker's own, and last an hour.
    """
    settings = request.app[SERVICES].settings
    servers = []
    if settings.stun_urls:
        servers.append(IceServer(list(settings.stun_urls)))
    if settings.turn_urls:
        until = int(now().timestamp()) + CREDENTIAL_SECONDS
        name = f"{until}:{request[USER].name}"
        # SHA-1 is what coturn's `use-auth-secret` reads.
        digest = hmac.digest(settings.turn_secret.encode(), name.encode(), "sha1")
        credential = base64.b64encode(digest).decode()
        servers.append(IceServer(list(settings.turn_urls), name, credential))
    return json_response(responses.IceServers(servers))


ROUTES = [routes.get("/api/calls/ice", list_ice_servers, responses.IceServers)]
