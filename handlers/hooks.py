"""Hooks: a room's incoming webhooks, in Slack's format."""

import asyncio
import hashlib
import math
import secrets
from functools import partial

from aiohttp import web

from handlers.markup.characters import is_seen, visible
from handlers.permissions import hand_over, managed
from handlers.rendering import rendered
from handlers.schemas import forms, responses
from handlers.services import SERVICES, USER, Services
from handlers.slack import payload
from handlers.web import bodies, routes
from handlers.web.auth import public
from handlers.web.errors import as_api_error, count_error, worded
from handlers.web.json_response import json_response
from handlers.web.quotas import take_message
from handlers.web.security_log import note
from store import hooks, rooms
from store.errors import (
    ApiError,
    Conflict,
    InsufficientStorage,
    Invalid,
    NotFound,
    TooLarge,
    TooMany,
    Unavailable,
)
from store.records import Draft, Hook, Kind, Room

IDEMPOTENCY_KEY = "Idempotency-Key"


class NoText(Invalid):
    """A payload that says nothing."""


# What Slack says, word by word: the libraries that post to it look for these.
SAYS: dict[type[ApiError], tuple[int, str]] = {
    Invalid: (400, "invalid_payload"),
    NoText: (400, "no_text"),
    NotFound: (404, "no_service"),
    Conflict: (410, "channel_is_archived"),
    TooLarge: (413, "invalid_payload"),
    TooMany: (429, "rate_limited"),
    Unavailable: (503, "service_unavailable"),
    InsufficientStorage: (507, "service_unavailable"),
}


async def list_hooks(request: web.Request) -> web.Response:
    """List a room's hooks."""
    room = await managed(request)
    found = await hooks.of_room(request.app[SERVICES].db, room.name)
    return json_response(responses.Hooks([responses.Hook.of(hook) for hook in found]))


async def create_hook(request: web.Request) -> web.Response:
    """Make a hook; its secret is shown this once."""
    form = await bodies.read_optional(request, forms.CreateHook)
    room = await managed(request)
    if room.archived or room.kind is Kind.DIRECT:
        raise Conflict("Neither an archived nor a direct room takes a new hook.")
    hook, secret = await hooks.create(
        request.app[SERVICES].db,
        room.name,
        display_name=visible(form.display_name) or "Webhook",
        by=request[USER].name,
    )
    note("hook_made", hook=hook.id, room=room.name)
    return json_response(
        responses.Hook.of(hook, secret=secret, path=f"/hooks/{secret}"), status=201
    )


async def revoke_hook(request: web.Request) -> web.Response:
    """Let nothing in by a hook any more."""
    room = await managed(request)
    await hooks.revoke(request.app[SERVICES].db, room.name, request.match_info["id"])
    note("hook_revoked", hook=request.match_info["id"], room=room.name)
    return web.Response(status=204)


@public
async def receive(request: web.Request) -> web.Response:
    """Post what another program says, and answer as Slack does."""
    services = request.app[SERVICES]
    try:
        await _post(request)
    except Exception as error:
        refusal = as_api_error(services, error)
        if refusal is None:
            raise
        count_error(services, refusal, "http")
        status, word = worded(SAYS, refusal)
        headers = {}
        if isinstance(refusal, TooMany | Unavailable):
            headers["Retry-After"] = str(max(1, math.ceil(refusal.retry_after)))
        return web.Response(text=word, status=status, headers=headers)
    return web.Response(text="ok")


async def _post(request: web.Request) -> None:
    services, secret = request.app[SERVICES], request.match_info["secret"]
    services.db.require()
    services.log.require()
    hook, _ = await _writable(services, secret)
    services.rates.sends.take(hook.id)  # before its payload takes time to be translated
    said = await bodies.read_payload(request)
    text = payload.markdown(said, services.settings.limits.text)
    if not is_seen(text):
        raise NoText("There is nothing in it.")
    services.rates.sends.give_back(hook.id)  # It is counted with its size, once.
    take_message(services, hook.id, text)
    await asyncio.sleep(0)  # To translate and to render take up to 20 ms each.
    shown = await rendered(services, text, by=hook.id, room=hook.room)
    await hooks.note_use(services.db, hook, secret)
    draft = Draft(
        room=hook.room,
        sender=hook.id,
        id=_id(request.headers.get(IDEMPOTENCY_KEY, "")),
        text=text,
        html=shown.html,
        mentions=shown.mentions,
        via=payload.via(said, hook.display_name),
    )
    await (await hand_over(_writable(services, secret), partial(services.log.post, draft)))


async def _writable(services: Services, secret: str) -> tuple[Hook, Room]:
    """A hook and its room.

    Raises:
        NotFound: if the hook was revoked, or the room deleted.
        Conflict: if the room is archived.
    """
    hook = await hooks.find(services.db, secret)
    room = await rooms.require(services.db, hook.room)
    if room.archived:
        raise Conflict("The room is archived.")
    return hook, room


def _id(key: str) -> str:
    """The name of a send: from the key that its sender chose, whatever that looks like."""
    if not key:
        return secrets.token_urlsafe(12)
    return hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()


_PAYLOAD_TYPES: routes.MediaTypes = {
    "application/json": None,
    "application/x-www-form-urlencoded": None,
}
_HOOKS = "/api/rooms/{room}/hooks"
ROUTES = [
    routes.get(_HOOKS, list_hooks, responses.Hooks, refuses=(403,)),
    routes.post(
        _HOOKS,
        create_hook,
        responses.Hook,
        status=(201,),
        body=forms.CreateHook,
        body_is_optional=True,
        refuses=(409,),
    ),
    routes.delete(_HOOKS + "/{id}", revoke_hook),
    routes.post(
        "/hooks/{secret}",
        receive,
        "text/plain",
        status=(200, 400, 404, 410, 413, 429, 503, 507),
        other_bodies=_PAYLOAD_TYPES,
    ),
]
