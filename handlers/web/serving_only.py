"""Answers are given only while we serve, but for those that say whether we do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import hdrs, web

from handlers.services import SERVICES, USER
from handlers.web.auth import SAFE
from store.errors import NotServing
from store.lease.lease import State

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
H = TypeVar("H", bound=Handler)

# A proxy before several servers asks with it for a status of their own, by which it knows
# that nothing was done, and that it may ask another one. After any other 503, it may not.
STANDBY_STATUS = "X-Standby-Status"
STANDBY_STATUSES = {"421": 421, "502": 502}  # that a proxy intercepts, or passes on


def always(handler: H) -> H:
    """Mark a handler that answers also while another server serves."""
    handler.is_always = True  # type: ignore[attr-defined]
    return handler


@web.middleware
async def serving_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another server is there for, and what is answered too late."""
    services = request.app[SERVICES]
    lease, task = services.lease, asyncio.current_task()
    if getattr(request.match_info.handler, "is_always", False):
        return await handler(request)
    status = STANDBY_STATUSES.get(request.headers.get(STANDBY_STATUS, ""))
    if lease.state is State.STANDING_BY or (status and not lease.is_held()):
        raise NotServing(lease.why_not(), status)
    assert task
    is_socket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
    services.under_way[task] = is_socket
    try:
        response = await handler(request)
    except asyncio.CancelledError:
        if lease.ended.is_set() and not task.uncancel():
            raise NotServing(lease.why_not()) from None
        raise
    finally:
        services.under_way.pop(task, None)
    # A process that was stopped meanwhile must not say that something was done.
    if not response.prepared and (request.method not in SAFE or USER in request):
        lease.require()
    return response
