"""Members of rooms."""

from aiohttp import web
from msgspec import UNSET

from handlers import room_state
from handlers.permissions import require_manager, require_space
from handlers.schemas import forms
from handlers.schemas.responses import json_response, member_json
from handlers.services import DB, HUB, LOG, MOVES, USER
from handlers.web import bodies
from handlers.web.security_log import note
from store import members, rooms, users
from store.errors import Conflict, NotFound
from store.records import Kind, Member, Room, User


async def list_members(request: web.Request) -> web.Response:
    """List a room's members."""
    db, room = request.app[DB], request.match_info["room"]
    await members.require(db, room, request[USER].name)
    found = await members.of_room(db, room)
    return json_response({"members": [member_json(member) for member in found]})


async def put_member(request: web.Request) -> web.Response:
    """Join, invite somebody, or give a member a role."""
    form = await bodies.read_optional(request, forms.PutMember)
    app, asker, name = request.app, request[USER], _name(request)
    own = await members.find(app[DB], request.match_info["room"], asker.name)
    room = await rooms.require(app[DB], request.match_info["room"])
    if own is None and (room.kind is not Kind.PUBLIC or name != asker.name):
        raise NotFound(rooms.STRANGER)
    if room.kind is Kind.DIRECT:
        raise Conflict(
            "A direct room has the members that its name says; open another one."
        )
    if form.role is not UNSET:
        require_manager(own, asker)
    user = await users.require(app[DB], name)
    if await members.find(app[DB], room.name, name) is None:
        if room.archived:
            raise Conflict("The room is archived.")
        await require_space(app, name)
    member, is_new = await bring_in(app, room, user)
    if form.role is not UNSET and form.role != member.role:
        async with app[MOVES]:
            member = await members.give_role(app[DB], member, form.role)
            note("room_role_changed", room=room.name, of=name, to=form.role)
            await _tell_role(app, room, member)
    return json_response(member_json(member), status=201 if is_new else 200)


async def remove_member(request: web.Request) -> web.Response:
    """Leave, or remove somebody; from the answer on, they neither say nor hear anything."""
    app, asker, name = request.app, request[USER], _name(request)
    own = await members.require(app[DB], request.match_info["room"], asker.name)
    room = await rooms.require(app[DB], own.room)
    if name != asker.name:
        require_manager(own, asker)
    if room.kind is Kind.DIRECT:
        raise Conflict("One cannot leave a direct room.")
    async with app[MOVES]:
        member = await members.require(app[DB], room.name, name)
        heir = await members.remove(app[DB], member)
        app[HUB].leave(room.name, name)
        note("member_removed", room=room.name, of=name)
        app[HUB].tell(app[HUB].of_user(name), {"type": "gone", "room": room.name})
        await app[LOG].flush()  # What they said before is stored before we answer.
        app[HUB].tell(app[HUB].of_room(room.name), member_json(member, joined=False))
        if heir:
            await _tell_role(app, room, heir)
    return web.Response(status=204)


async def bring_in(
    app: web.Application, room: Room, user: User, *, role: str = "member"
) -> tuple[Member, bool]:
    """Make a user a member; the room hears of it, and they hear the room.

    Returns:
        The member, and whether this call made them one.
    """
    async with app[MOVES]:
        read = app[LOG].head(room.name).seq
        member, is_new = await members.add(
            app[DB], room.name, user.name, role=role, read=read
        )
        if is_new:
            app[HUB].tell(app[HUB].of_room(room.name), member_json(member))
            app[HUB].join(room.name, user.name)
            await room_state.tell_member(app, room, user.name)
        return member, is_new


async def _tell_role(app: web.Application, room: Room, member: Member) -> None:
    app[HUB].tell(app[HUB].of_room(room.name), member_json(member))
    await room_state.tell_member(app, room, member.user)


def _name(request: web.Request) -> str:
    name = request.match_info["name"]
    return request[USER].name if name == "me" else name


ROUTES = [
    web.get("/api/rooms/{room}/members", list_members),
    web.put("/api/rooms/{room}/members/{name}", put_member),
    web.delete("/api/rooms/{room}/members/{name}", remove_member),
]
