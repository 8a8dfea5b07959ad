"""Rooms as one user sees them."""

from collections.abc import Iterable

from aiohttp import web

from handlers.schemas.responses import Json, message_json, read_json, room_json
from handlers.services import DB, HUB, LOG, MARKS
from store import members, messages, rooms
from store.records import Member, Room


async def mine(app: web.Application, user: str) -> list[tuple[Room, Member]]:
    """The rooms that a user is a member of, by name."""
    memberships = {member.room: member for member in await members.of_user(app[DB], user)}
    found = await rooms.named(app[DB], memberships)
    return sorted(
        ((room, memberships[room.name]) for room in found), key=lambda pair: pair[0].name
    )


async def seen(app: web.Application, pairs: Iterable[tuple[Room, Member]]) -> list[Json]:
    """How the members see the rooms; all pairs are one user's."""
    pairs = list(pairs)
    reads = {room.name: app[MARKS].of(member) for room, member in pairs}
    heads = {room.name: app[LOG].head(room.name) for room, _ in pairs}
    unread = {name: read for name, read in reads.items() if read < heads[name].seq}
    user = pairs[0][1].user if pairs else ""
    mentions = await messages.mentions(app[DB], user, unread)
    return [
        room_json(
            room,
            heads[room.name],
            member,
            read=reads[room.name],
            mentions=mentions.get(room.name, 0),
        )
        for room, member in pairs
    ]


async def seen_one(app: web.Application, room: Room, member: Member | None) -> Json:
    """How a user sees one room: as its member, or from outside."""
    if member is None:
        return room_json(room, app[LOG].head(room.name))
    return (await seen(app, [(room, member)]))[0]


async def with_last_messages(app: web.Application, views: list[Json]) -> list[Json]:
    """The same rooms, each with its newest message."""
    newest = {(view["name"], view["seq"]) for view in views if view["seq"]}
    found = await messages.by_seq(app[DB], newest)
    for view in views:
        last = found.get((view["name"], view["seq"]))
        view["last_message"] = message_json(last) if last else None
    return views


async def tell_member(app: web.Application, room: Room, user: str) -> None:
    """Tell a user how a room is for them now."""
    if app[HUB].of_user(user) and (member := await members.find(app[DB], room.name, user)):
        app[HUB].tell(app[HUB].of_user(user), await seen_one(app, room, member))


async def tell_members(app: web.Application, room: Room) -> None:
    """Tell all members who are here how a room is for them now."""
    for member in await members.of_room(app[DB], room.name):
        await tell_member(app, room, member.user)


async def move_mark(app: web.Application, room: str, user: str, seq: int) -> Json:
    """Move a user's read mark; their other devices hear of it."""
    member = await members.require(app[DB], room, user)
    head = app[LOG].head(room).seq
    app[MARKS].move(room, user, min(seq, head))
    read = app[MARKS].of(member)
    found = await messages.mentions(app[DB], user, {room: read} if read < head else {})
    moved = read_json(room, read, head - read, found.get(room, 0))
    app[HUB].tell(app[HUB].of_user(user), moved)
    return moved
