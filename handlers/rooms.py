"""Rooms: made, opened, changed, read and deleted."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web
from msgspec import UNSET, structs

from handlers import room_state
from handlers.markup.characters import visible
from handlers.membership import abandoned, bring_in, dissolve, find_abandoned, make_room
from handlers.permissions import managed, require_space
from handlers.schemas import forms, responses
from handlers.services import SERVICES, USER, Services
from handlers.web import bodies, routes
from handlers.web.json_response import json_response
from store import members, rooms, users
from store.errors import ApiError, Conflict, Forbidden, Invalid, NotFound
from store.records import Kind, Member, Role, Room, User

MAX_DIRECT_MEMBERS = 8


async def list_rooms(request: web.Request) -> web.Response:
    """List the asker's rooms, and the public ones."""
    services, user = request.app[SERVICES], request[USER].name
    own = await room_state.mine(services, user)
    mine = {room.name for room, _ in own}
    others = [room for room in await rooms.public(services.db) if room.name not in mine]
    seen = await room_state.with_last_messages(
        services, await room_state.seen(services, own)
    )
    seen += [await room_state.seen_one(services, room, None) for room in others]
    return json_response(responses.Rooms(seen))


async def list_abandoned_rooms(request: web.Request) -> web.Response:
    """List the rooms that have lost all their people, for the server's owners."""
    services = request.app[SERVICES]
    if request[USER].role is not Role.OWNER:
        raise Forbidden("Only owners of the server may do this.")
    found = await abandoned(services)
    return json_response(
        responses.Rooms([await room_state.seen_one(services, room, None) for room in found])
    )


async def create_room(request: web.Request) -> web.Response:
    """Make a room, and the asker its owner."""
    form = await bodies.read(request, forms.CreateRoom)
    services, user = request.app[SERVICES], request[USER]
    invited = [
        await users.require(services.db, name) for name in dict.fromkeys(form.members)
    ]
    await require_space(services, user.name)
    with _counted_today(services, user, invited=len(invited)):
        room = await make_room(
            services,
            user,
            form.name,
            kind=Kind(form.kind),
            title=_title(form.title, form.name),
            topic=visible(form.topic),
        )
    for other in invited:
        await bring_in(services, room, other, by=user.name)
    return await _shown(request, room, status=201)


async def show_room(request: web.Request) -> web.Response:
    """Show a room of the asker's, or a public one."""
    room, _ = await _visible(request)
    return await _shown(request, room)


async def open_direct_room(request: web.Request) -> web.Response:
    """Open a direct room by its members' names; once it is there, nothing changes.

    With oneself alone, the name is said twice: these are one's notes.
    """
    services, user = request.app[SERVICES], request[USER]
    names = request.match_info["room"].split("~")
    if len(names) < 2:
        raise NotFound(
            "Rooms are made by POST /api/rooms; only direct rooms are opened by name."
        )
    if user.name not in names:
        raise NotFound(rooms.ROOM_NOT_FOUND)
    names = sorted(set(names))
    if len(names) > MAX_DIRECT_MEMBERS:
        raise Invalid(f"A direct room has at most {MAX_DIRECT_MEMBERS} members.")
    people = [await users.require(services.db, name) for name in names]
    name = "~".join(names if len(names) > 1 else names * 2)
    room = await rooms.find(services.db, name)
    is_new = room is None
    if room is None:
        if disabled := [each.name for each in people if each.disabled]:
            raise Conflict(f"The account of {' and '.join(disabled)} is disabled.")
        room, is_new = await _make_direct(services, name, user, len(people) - 1)
    for person in people:
        await bring_in(services, room, person, by=user.name)
    return await _shown(request, room, status=201 if is_new else 200)


async def _make_direct(
    services: Services, name: str, user: User, others: int
) -> tuple[Room, bool]:
    await require_space(services, user.name)
    try:
        with _counted_today(services, user, invited=others):
            return await rooms.create(
                services.db, name, kind=Kind.DIRECT, created_by=user.name
            ), True
    except Conflict:  # Somebody else was faster.
        return await rooms.require(services.db, name), False


async def change_room(request: web.Request) -> web.Response:
    """Change a room's title or topic, or archive it; its members hear."""
    services = request.app[SERVICES]
    form = await bodies.read(request, forms.ChangeRoom)
    room = await managed(request)
    fields = {
        name: value for name, value in structs.asdict(form).items() if value is not UNSET
    }
    if fields:
        if room.kind is Kind.DIRECT:
            raise Conflict("A direct room has neither title nor archive.")
        if form.title is not UNSET:
            fields["title"] = _title(form.title, room.name)
        if form.topic is not UNSET:
            fields["topic"] = visible(form.topic)
        room = await rooms.change(services.db, room.name, **fields)
        await room_state.tell_members(services, room.name)
    return await _shown(request, room)


async def delete_room(request: web.Request) -> web.Response:
    """Delete a room, its messages and their files for good."""
    services = request.app[SERVICES]
    room = await find_abandoned(services, request[USER], request.match_info["room"])
    await dissolve(services, room or await managed(request))
    return web.Response(status=204)


async def favorite(request: web.Request) -> web.Response:
    """Make a room a favourite, or not (DELETE)."""
    return await _change_mine(request, favorite=request.method == "PUT")


async def notify(request: web.Request) -> web.Response:
    """Choose which messages of a room to be told of."""
    form = await bodies.read(request, forms.Notify)
    return await _change_mine(request, notify=form.notify)


async def read(request: web.Request) -> web.Response:
    """Move the asker's read mark forward."""
    services = request.app[SERVICES]
    form = await bodies.read(request, forms.Read)
    room, user = request.match_info["room"], request[USER].name
    moved = await room_state.move_mark(services, room, user, form.seq, back=form.back)
    await services.read_marks.flush()
    return json_response(moved)


@contextmanager
def _counted_today(services: Services, user: User, *, invited: int) -> Iterator[None]:
    """Count a new room and those invited into it, unless it is not made."""
    rates = services.rates
    rates.new_rooms.take(user.name)
    try:
        if invited:
            rates.invitations.take(user.name, count=invited)
        try:
            yield
        except ApiError:
            rates.invitations.give_back(user.name, count=invited)
            raise
    except ApiError:
        rates.new_rooms.give_back(user.name)
        raise


def _title(text: str, name: str) -> str:
    return visible(text) or name


async def _visible(request: web.Request) -> tuple[Room, Member | None]:
    name, db = request.match_info["room"], request.app[SERVICES].db
    member = await members.find(db, name, request[USER].name)
    room = await rooms.require(db, name)
    if member is None and room.kind is not Kind.PUBLIC:
        raise NotFound(rooms.ROOM_NOT_FOUND)
    return room, member


async def _change_mine(request: web.Request, **fields: object) -> web.Response:
    services = request.app[SERVICES]
    name, user = request.match_info["room"], request[USER].name
    await members.change(services.db, name, user, **fields)
    await room_state.tell_member(services, name, user)
    return web.Response(status=204)


async def _shown(request: web.Request, room: Room, *, status: int = 200) -> web.Response:
    services = request.app[SERVICES]
    member = await members.find(services.db, room.name, request[USER].name)
    return json_response(await room_state.seen_one(services, room, member), status=status)


_ROOM = "/api/rooms/{room}"
ROUTES = [
    routes.get("/api/rooms", list_rooms, responses.Rooms),
    routes.get(
        "/api/abandoned-rooms", list_abandoned_rooms, responses.Rooms, refuses=(403,)
    ),
    routes.post(
        "/api/rooms",
        create_room,
        responses.Room,
        status=(201,),
        body=forms.CreateRoom,
        refuses=(404, 409),
    ),
    routes.get(_ROOM, show_room, responses.Room),
    routes.put(
        _ROOM, open_direct_room, responses.Room, status=(200, 201), refuses=(400, 409)
    ),
    routes.patch(_ROOM, change_room, responses.Room, body=forms.ChangeRoom, refuses=(409,)),
    routes.delete(_ROOM, delete_room, refuses=(409,)),
    routes.put(f"{_ROOM}/favorite", favorite),
    routes.delete(f"{_ROOM}/favorite", favorite),
    routes.put(f"{_ROOM}/notify", notify, body=forms.Notify),
    routes.put(f"{_ROOM}/read", read, responses.ReadMark, body=forms.Read),
]
