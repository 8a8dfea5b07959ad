"""Search: who asks, where to go on, and what was found."""

import re

from aiohttp import web

from handlers.excerpts import hits_json
from handlers.schemas import forms
from handlers.schemas.responses import json_response, moment
from handlers.search_query import understand
from handlers.services import DB, SEARCH, SEARCHES, SETTINGS, USER
from handlers.web import bodies
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
    app, user = request.app, request[USER]
    app[SEARCHES].take(user.name)
    rooms = await members.rooms_of(app[DB], user.name)
    below = None
    if place := _PLACE.fullmatch(form.before):
        below = await _serial(app, user, place[1], int(place[2]))
        form.before = ""
    query = understand(form, user.name, rooms)
    limit = min(form.limit or PAGE, app[SETTINGS].limits.page)
    found = await app[SEARCH].find(query, limit=limit, below=below)
    # Again, after all that was awaited: who was removed meanwhile sees nothing.
    hits = [
        message
        for message in found.messages
        if await members.find(app[DB], message.room, user.name)
    ]
    return json_response(hits_json(hits, query.terms, await _next(app, found)))


async def _serial(app: web.Application, user: User, room: str, seq: int) -> int:
    """The serial of a message, for its room's members: it tells when it was posted."""
    await members.require(app[DB], room, user.name)
    found = await messages.by_seq(app[DB], [(room, seq)])
    if (room, seq) not in found:
        raise NotFound("There is no such message.")
    return found[room, seq].serial


async def _next(app: web.Application, found: Found) -> str | None:
    """Where to go on, as others may know it: serials count what is said in all rooms."""
    if found.below is None:
        return None
    if found.messages:
        last = found.messages[-1]
        return f"{last.room}/{last.seq}"
    return moment(await postings.began(app[DB], found.below))


ROUTES = [web.get("/api/search", search)]
