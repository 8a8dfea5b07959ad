"""Members of rooms: listed, brought in, given roles and removed."""

from aiohttp import web
from msgspec import UNSET

from handlers.membership import bring_in, find_abandoned, give_role, take_out
from handlers.permissions import require_manager, require_space
from handlers.schemas import forms, responses
from handlers.services import SERVICES, USER, Services
from handlers.web import bodies, routes
from handlers.web.auth import user_in_path
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from store import members, rooms, users
from store.errors import Conflict, NotFound
from store.records import Kind, Room, User


async def list_members(request: web.Request) -> web.Response:
    """List a room's members."""
    db, room = request.app[SERVICES].db, request.match_info["room"]
    await members.require(db, room, request[USER].name)
    found = await members.of_room(db, room)
    return json_response(
        responses.Members([responses.Member.of(member) for member in found])
    )


async def put_member(request: web.Request) -> web.Response:
    """Join, invite somebody, or give a member a role."""
    form = await bodies.read_optional(request, forms.PutMember)
    services, asker, name = request.app[SERVICES], request[USER], user_in_path(request)
    own = await members.find(services.db, request.match_info["room"], asker.name)
    room = await rooms.require(services.db, request.match_info["room"])
    if own is None and (
        left := await find_abandoned(services, asker, request.match_info["room"])
    ):
        return await _hand_on(services, left, asker, name)
    if own is None and (room.kind is not Kind.PUBLIC or name != asker.name):
        raise NotFound(rooms.ROOM_NOT_FOUND)
    if room.kind is Kind.DIRECT:
        raise Conflict(
            "A direct room has the members that its name says; open another one."
        )
    if form.role is not UNSET:
        require_manager(own, asker)
    user = await users.require(services.db, name)
    if await members.find(services.db, room.name, name) is None:
        if room.archived:
            raise Conflict("The room is archived.")
        if name == asker.name:
            await require_space(services, name)
        else:
            services.rates.invitations.take(asker.name)
    member, is_new = await bring_in(services, room, user, by=asker.name)
    if form.role is not UNSET and form.role != member.role:
        member = await give_role(services, room, name, form.role)
    return json_response(responses.Member.of(member), status=201 if is_new else 200)


async def _hand_on(services: Services, room: Room, asker: User, name: str) -> web.Response:
    """Give an abandoned room to somebody who is not the asker, who needs not read it."""
    heir = await users.require(services.db, name)
    if name == asker.name or not heir.is_active_person:
        raise Conflict("An abandoned room goes to another person who can sign in.")
    member, is_new = await bring_in(services, room, heir, by="", role="owner")
    note("room_handed_on", room=room.name, to=name)
    return json_response(responses.Member.of(member), status=201 if is_new else 200)


async def remove_member(request: web.Request) -> web.Response:
    """Leave, or remove somebody; from the answer on, they neither say nor hear anything."""
    services, asker, name = request.app[SERVICES], request[USER], user_in_path(request)
    own = await members.require(services.db, request.match_info["room"], asker.name)
    room = await rooms.require(services.db, own.room)
    if name != asker.name:
        require_manager(own, asker)
    if room.kind is Kind.DIRECT:
        raise Conflict("Nobody can leave a direct room.")
    await take_out(services, room, name)
    return web.Response(status=204)


ROUTES = [
    routes.get("/api/rooms/{room}/members", list_members, responses.Members),
    routes.put(
        "/api/rooms/{room}/members/{name}",
        put_member,
        responses.Member,
        status=(200, 201),
        body=forms.PutMember,
        body_is_optional=True,
        refuses=(409,),
    ),
    routes.delete("/api/rooms/{room}/members/{name}", remove_member, refuses=(409,)),
]
