"""Members of rooms."""

from aiohttp import web
from msgspec import UNSET

from handlers import room_state
from handlers.permissions import require_manager, require_space
from handlers.schemas import forms
from handlers.schemas.responses import json_response, member_json
from handlers.services import SERVICES, USER, Services
from handlers.web import bodies
from handlers.web.security_log import note
from store import members, rooms, users
from store.errors import Conflict, NotFound
from store.records import Kind, Member, Room, User


async def list_members(request: web.Request) -> web.Response:
    """List a room's members."""
    db, room = request.app[SERVICES].db, request.match_info["room"]
    await members.require(db, room, request[USER].name)
    found = await members.of_room(db, room)
    return json_response({"members": [member_json(member) for member in found]})


async def put_member(request: web.Request) -> web.Response:
    """Join, invite somebody, or give a member a role."""
    form = await bodies.read_optional(request, forms.PutMember)
    services, asker, name = request.app[SERVICES], request[USER], _name(request)
    own = await members.find(services.db, request.match_info["room"], asker.name)
    room = await rooms.require(services.db, request.match_info["room"])
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
        await require_space(services, name)
    member, is_new = await bring_in(services, room, user)
    if form.role is not UNSET and form.role != member.role:
        async with services.membership_lock:
            member = await members.give_role(services.db, member, form.role)
            note("room_role_changed", room=room.name, of=name, to=form.role)
            await _tell_role(services, room, member)
    return json_response(member_json(member), status=201 if is_new else 200)


async def remove_member(request: web.Request) -> web.Response:
    """Leave, or remove somebody; from the answer on, they neither say nor hear anything."""
    services, asker, name = request.app[SERVICES], request[USER], _name(request)
    own = await members.require(services.db, request.match_info["room"], asker.name)
    room = await rooms.require(services.db, own.room)
    if name != asker.name:
        require_manager(own, asker)
    if room.kind is Kind.DIRECT:
        raise Conflict("One cannot leave a direct room.")
    async with services.membership_lock:
        member = await members.require(services.db, room.name, name)
        heir = await members.remove(services.db, member)
        services.hub.leave(room.name, name)
        note("member_removed", room=room.name, of=name)
        services.hub.tell(services.hub.of_user(name), {"type": "gone", "room": room.name})
        await services.log.flush()  # What they said before is stored before we answer.
        services.hub.tell(
            services.hub.of_room(room.name), member_json(member, joined=False)
        )
        if heir:
            await _tell_role(services, room, heir)
    return web.Response(status=204)


async def bring_in(
    services: Services, room: Room, user: User, *, role: str = "member"
) -> tuple[Member, bool]:
    """Make a user a member; the room hears of it, and they hear the room.

    Returns:
        The member, and whether this call made them one.
    """
    async with services.membership_lock:
        read = services.log.head(room.name).seq
        member, is_new = await members.add(
            services.db, room.name, user.name, role=role, read=read
        )
        if is_new:
            services.hub.tell(services.hub.of_room(room.name), member_json(member))
            services.hub.join(room.name, user.name)
            await room_state.tell_member(services, room, user.name)
        return member, is_new


async def _tell_role(services: Services, room: Room, member: Member) -> None:
    services.hub.tell(services.hub.of_room(room.name), member_json(member))
    await room_state.tell_member(services, room, member.user)


def _name(request: web.Request) -> str:
    name = request.match_info["name"]
    return request[USER].name if name == "me" else name


ROUTES = [
    web.get("/api/rooms/{room}/members", list_members),
    web.put("/api/rooms/{room}/members/{name}", put_member),
    web.delete("/api/rooms/{room}/members/{name}", remove_member),
]
