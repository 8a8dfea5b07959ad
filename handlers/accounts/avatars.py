"""Avatars: a user's picture; clients draw something for those who gave none."""

from aiohttp import hdrs, web

from handlers.accounts.users import tell_user
from handlers.files import SANDBOX
from handlers.schemas import responses
from handlers.services import SERVICES, USER
from handlers.web import bodies, routes
from handlers.web.auth import unhurried, user_in_path
from handlers.web.conditions import knows
from handlers.web.json_response import json_response
from store import avatars, users
from store.errors import Forbidden, NotFound, Unsupported
from store.records import User

MAX_PICTURE_BYTES = 10_000_000  # of a picture to make an avatar of


async def show_avatar(request: web.Request) -> web.Response:
    """Show a user's picture."""
    services = request.app[SERVICES]
    user = await users.require(services.db, user_in_path(request))
    found = await avatars.find(services.db, user.name) if user.avatar else None
    if found is None:
        raise NotFound("They have no picture.")
    tag, content = found
    answer = web.Response(headers={"Content-Security-Policy": SANDBOX})
    # Who asks for this very picture may keep it; else it is asked for again each time.
    is_this = bodies.query_parameter(request, "v") == tag
    keep = "max-age=31536000, immutable" if is_this else "no-cache"
    answer.headers[hdrs.CACHE_CONTROL] = f"private, {keep}"
    answer.etag = tag
    if knows(request, tag):
        answer.set_status(304)
        return answer
    answer.content_type = "image/webp"
    answer.body = content
    return answer


@unhurried
async def put_avatar(request: web.Request) -> web.Response:
    """Make the asker's avatar of a picture; everybody hears."""
    services, user = request.app[SERVICES], request[USER]
    if user_in_path(request) != user.name:
        raise Forbidden("Everybody chooses their own picture.")
    services.disk.require_for_files()
    services.rates.sends.take(user.name)
    with services.file_slots.one(user.name):
        pieces = bodies.stream(request, MAX_PICTURE_BYTES)
        face = await services.images.face(user.name, pieces)
    if face is None:
        raise Unsupported("Send a picture that is not too large: JPEG, PNG, GIF or WebP.")
    return await _tell(request, await avatars.put(services.db, user.name, face))


async def delete_avatar(request: web.Request) -> web.Response:
    """Take a picture away: one's own, or as an admin anybody's."""
    services = request.app[SERVICES]
    user = request[USER]
    if user_in_path(request) != user.name and not user.is_admin:
        raise Forbidden("Only admins may do this.")
    found = await users.require(services.db, user_in_path(request))
    return await _tell(request, await avatars.delete(services.db, found.name))


async def _tell(request: web.Request, user: User) -> web.Response:
    await tell_user(request.app[SERVICES], user.name)
    return json_response(responses.User.of(user))


_AVATAR = "/api/users/{name}/avatar"
ROUTES = [
    routes.get(_AVATAR, show_avatar, "image/webp", status=(200, 304), parameters=("v",)),
    routes.put(
        _AVATAR, put_avatar, responses.User, other_bodies=routes.FILE, refuses=(429, 507)
    ),
    routes.delete(_AVATAR, delete_avatar, responses.User),
]
