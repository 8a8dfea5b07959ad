"""Rooms as one user sees them."""

from collections.abc import Iterable

from handlers.schemas import responses
from handlers.services import Services
from hub import Connection
from store import members, messages, rooms
from store.records import Member, Room


async def mine(services: Services, user: str) -> list[tuple[Room, Member]]:
    """The rooms that a user is a member of, by name."""
    memberships = {
        member.room: member for member in await members.of_user(services.db, user)
    }
    found = await rooms.named(services.db, memberships)
    return sorted(
        ((room, memberships[room.name]) for room in found), key=lambda pair: pair[0].name
    )


async def seen(
    services: Services, pairs: Iterable[tuple[Room, Member]]
) -> list[responses.Room]:
    """How the members see the rooms; all pairs are one user's."""
    pairs = list(pairs)
    reads = {room.name: services.read_marks.of(member) for room, member in pairs}
    heads = {room.name: services.log.head(room.name) for room, _ in pairs}
    unread = {name: read for name, read in reads.items() if read < heads[name].seq}
    user = pairs[0][1].user if pairs else ""
    mentions = await messages.mentions(services.db, user, unread)
    heads = {room.name: services.log.head(room.name) for room, _ in pairs}
    return [
        responses.Room.of(
            room,
            heads[room.name],
            role=member.role,
            read=reads[room.name],
            unread=heads[room.name].seq - reads[room.name],
            mentions=mentions.get(room.name, 0),
            favorite=member.favorite,
            notify=member.notify,
        )
        for room, member in pairs
    ]


async def seen_one(services: Services, room: Room, member: Member | None) -> responses.Room:
    """How a user sees one room: as its member, or from outside."""
    if member is None:
        return responses.Room.of(room, services.log.head(room.name))
    return (await seen(services, [(room, member)]))[0]


async def with_last_messages(
    services: Services, views: list[responses.Room]
) -> list[responses.Room]:
    """The same rooms, each with its newest message."""
    newest = {(view.name, view.seq) for view in views if view.seq}
    found = await messages.by_seq(services.db, newest)
    for view in views:
        last = found.get((view.name, view.seq))
        view.last_message = responses.Message.of(last) if last else None
    return views


async def tell_member(services: Services, room: Room, user: str) -> None:
    """Tell a user how a room is for them now."""
    if services.hub.of_user(user) and (
        member := await members.find(services.db, room.name, user)
    ):
        services.hub.tell(
            services.hub.of_user(user), await seen_one(services, room, member)
        )


async def tell_connection(services: Services, name: str, connection: Connection) -> None:
    """Tell one connection how a room is for its user now, if it is theirs."""
    room = await rooms.find(services.db, name)
    member = await members.find(services.db, name, connection.user)
    if room and member:
        view = await seen_one(services, room, member)
        if name in connection.rooms:
            services.hub.tell((connection,), view)


async def tell_members(services: Services, room: Room) -> None:
    """Tell all members who are here how a room is for them now."""
    for member in await members.of_room(services.db, room.name):
        await tell_member(services, room, member.user)


async def move_mark(
    services: Services, room: str, user: str, seq: int
) -> responses.ReadMark:
    """Move a user's read mark; their other devices hear of it."""
    member = await members.require(services.db, room, user)
    head = services.log.head(room).seq
    services.read_marks.move(room, user, min(seq, head))
    read = services.read_marks.of(member)
    found = await messages.mentions(services.db, user, {room: read} if read < head else {})
    moved = responses.ReadMark(room, read, head - read, found.get(room, 0))
    services.hub.tell(services.hub.of_user(user), moved)
    return moved
