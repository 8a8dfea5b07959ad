"""Search: who asks, where to go on, and what was found."""

import re

from aiohttp import web

from handlers import excerpts
from handlers.schemas import forms, responses
from handlers.schemas.responses import moment
from handlers.search_query import understand
from handlers.services import SERVICES, USER, Services
from handlers.web import bodies, routes
from handlers.web.json_response import json_response
from store import members, messages
from store.errors import NotFound
from store.records import User
from store.search import postings
from store.search.query import Found

PAGE = 20  # hits, if nobody says otherwise
_PLACE = re.compile(r"(.+)/([0-9]{1,15})")


async def search(request: web.Request) -> web.Response:
    """Find messages, the newest first, in the rooms of the asker."""
    form = bodies.query(request, forms.Search)
    services, user = request.app[SERVICES], request[USER]
    services.rates.searches.take(user.name)
    rooms = await members.rooms_of(services.db, user.name)
    below = None
    if place := _PLACE.fullmatch(form.before):
        below = await _serial(services, user, place[1], int(place[2]))
        form.before = ""
    query = understand(form, user.name, rooms)
    limit = min(form.limit or PAGE, services.settings.limits.page)
    found = await services.search.find(query, limit=limit, below=below)
    # Again, after all that was awaited: who was removed meanwhile sees nothing.
    hits = [
        message
        for message in found.messages
        if await members.find(services.db, message.room, user.name)
    ]
    return json_response(excerpts.hits(hits, query.terms, await _next(services, found)))


async def _serial(services: Services, user: User, room: str, seq: int) -> int:
    """The serial of a message, for its room's members: it tells when it was posted."""
    await members.require(services.db, room, user.name)
    found = await messages.by_seq(services.db, [(room, seq)])
    if (room, seq) not in found:
        raise NotFound("There is no such message.")
    return found[room, seq].serial


async def _next(services: Services, found: Found) -> str | None:
    """Where to go on, as others may know it: serials count what is said in all rooms."""
    if found.below is None:
        return None
    if found.messages:
        last = found.messages[-1]
        return f"{last.room}/{last.seq}"
    return moment(await postings.began(services.db, found.below))


ROUTES = [
    routes.get(
        "/api/search", search, responses.Hits, query=forms.Search, refuses=(404, 429)
    ),
]
