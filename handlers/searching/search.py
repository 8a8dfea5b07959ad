"""Search: who asks, where to go on, and what was found."""

import re
from math import floor

from aiohttp import web
from msgspec import UNSET

from handlers.schemas import forms, responses
from handlers.searching import excerpts
from handlers.searching.query import understand
from handlers.services import SERVICES, USER, Services
from handlers.web import bodies, routes
from handlers.web.json_response import json_response
from store import hooks, members, messages, users
from store.errors import NotFound
from store.records import Message, User
from store.search.pace import Pace

USUAL_SECONDS = 0.02  # of work that a search may take and count as one
PAGE_HITS = 20  # hits, if nobody says otherwise
HOOK = re.compile(f"{hooks.PREFIX}[0-9a-f]+")
CURSOR = re.compile(r"(.+)/([0-9]{1,15})")


async def search(request: web.Request) -> web.Response:
    """Find messages, the newest first, in the rooms of the asker."""
    form = bodies.query(request, forms.Search)
    services, user = request.app[SERVICES], request[USER]
    services.rates.searches.take(user.name)
    rooms = await members.rooms_of(services.db, user.name)
    after = None
    if cursor := CURSOR.fullmatch(form.before):
        after = await _message(services, user, cursor[1], int(cursor[2]))
        form.before = ""
    query, people = understand(form, user.name, rooms)
    for name in people:
        if not HOOK.fullmatch(name) and await users.find(services.db, name) is None:
            raise NotFound(f"Nobody is called {name!r}.")
    limit = min(form.limit or PAGE_HITS, services.settings.limits.page)
    pace = Pace()
    try:
        found = await services.search.find(query, pace, limit=limit, after=after)
    finally:
        # Rates bound work, too: a search that took much counts as several.
        services.rates.searches.charge(user.name, int(pace.seconds / USUAL_SECONDS))
    hits = await excerpts.hits(found.messages, query.terms, pace)
    # Last, after all else that is awaited: who was removed meanwhile sees nothing.
    shown = [hit for hit in hits if await members.find(services.db, hit.room, user.name)]
    next = f"{found.after.room}/{found.after.seq}" if found.after else None
    indexed = floor(found.indexed * 100) / 100 if found.indexed < 1 else UNSET
    return json_response(responses.Hits(shown, next, indexed))


async def _message(services: Services, user: User, room: str, seq: int) -> Message:
    """The message after which to go on, for its room's members."""
    await members.require(services.db, room, user.name)
    found = await messages.by_seq(services.db, [(room, seq)])
    if (room, seq) not in found:
        raise NotFound("There is no such message.")
    return found[room, seq]


ROUTES = [
    routes.get(
        "/api/search", search, responses.Hits, query=forms.Search, refuses=(404, 429)
    ),
]
