"""Rooms as one user sees them."""

import asyncio
import logging
from collections.abc import Iterable

from handlers.schemas import responses
from handlers.services import Services
from hub import Connection
from store import members, messages, rooms
from store.errors import is_away
from store.log.read_marks import MAX_OWN
from store.records import Member, Room

log = logging.getLogger("hearth.rooms")


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
    """The rooms as their members see them, at one moment; all pairs are one user's."""
    pairs = list(pairs)
    if not pairs:
        return []
    with services.unread.keeping(pairs[0][1].user):
        await _load_unread(services, [member for _, member in pairs])
        return [_view(services, room, member) for room, member in pairs]


async def seen_one(services: Services, room: Room, member: Member | None) -> responses.Room:
    """A room as a user sees it: as its member, or from outside."""
    if member is None:
        head = services.log.head(room.name)
        return responses.Room.of(room, seq=head.seq, rev=head.rev, role=None)
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


async def tell_member(services: Services, name: str, user: str) -> None:
    """Tell a user how a room is for them now, unless it is no longer theirs."""
    if services.hub.of_user(user) and (view := await _latest(services, name, user)):
        hearing = [each for each in services.hub.of_user(user) if name in each.rooms]
        services.hub.tell(hearing, view)


async def tell_connection(services: Services, name: str, connection: Connection) -> None:
    """Tell one connection how a room is for its user now, if it is theirs."""
    if view := await _latest(services, name, connection.user):
        services.hub.tell((connection,) if name in connection.rooms else (), view)


async def tell_members(services: Services, name: str) -> None:
    """Tell all members who are here how a room is for them now."""
    for user in {connection.user for connection in services.hub.of_room(name)}:
        await tell_member(services, name, user)


async def move_mark(
    services: Services, room: str, user: str, seq: int, *, back: bool = False
) -> responses.ReadMark:
    """Move a user's read mark on, or with `back` back; their other devices hear of it."""
    member = await members.require(services.db, room, user)
    with services.unread.keeping(user):
        if back:
            own = await messages.own(services.db, room, user, after=seq, most=MAX_OWN)
            await _load_unread(services, [member], down_to=seq)
            # Nothing may be awaited here: a count would forget what is up to the old mark.
            services.read_marks.set_back(member, seq, own)
        else:
            await _load_unread(services, [member])
            services.read_marks.move(member, min(seq, services.log.head(room).seq))
        return _tell_read(services, member)


async def tell_turned(services: Services) -> None:
    """Tell those for whom older messages count otherwise since a change of them."""
    unread = services.unread
    while True:
        await unread.has_turned.wait()
        unread.has_turned.clear()
        turned, unread.turned = unread.turned, {}
        for user, room in turned:
            try:
                if member := await members.find(services.db, room, user):
                    with unread.keeping(user):
                        await _load_unread(services, [member])
                        _tell_read(services, member)
            except Exception as error:
                if not is_away(error):
                    log.exception("A count could not be told")
            await asyncio.sleep(0)


def _tell_read(services: Services, member: Member) -> responses.ReadMark:
    mark = services.read_marks.of(member)
    head = services.log.head(member.room)
    unread, mentions = services.unread.count(member.user, member.room, mark, head)
    told = responses.ReadMark(member.room, mark.seq, unread, mentions, mark.version)
    mine = services.hub.of_user(member.user)
    services.hub.tell([each for each in mine if member.room in each.rooms], told)
    return told


async def _latest(services: Services, name: str, user: str) -> responses.Room | None:
    """A room as a member sees it at the moment of the answer, not of the question."""
    member = await members.find(services.db, name, user)
    if member is None:
        return None
    with services.unread.keeping(user):
        await _load_unread(services, [member])
        # What is known is not read again: nothing is awaited then.
        room = await rooms.find(services.db, name)
        member = await members.find(services.db, name, user)
        return _view(services, room, member) if room and member else None


async def _load_unread(
    services: Services, mine: list[Member], *, down_to: int | None = None
) -> None:
    marks = {member.room: services.read_marks.of(member).seq for member in mine}
    if down_to is not None:
        marks = {room: min(seq, down_to) for room, seq in marks.items()}
    heads = {room: services.log.head(room) for room in marks}
    await services.unread.load(mine[0].user, marks, heads)


def _view(services: Services, room: Room, member: Member) -> responses.Room:
    mark, head = services.read_marks.of(member), services.log.head(room.name)
    unread, mentions = services.unread.count(member.user, room.name, mark, head)
    return responses.Room.of(
        room,
        seq=head.seq,
        rev=head.rev,
        version=room.version + member.version,
        role=member.role,
        read=mark.seq,
        read_version=mark.version,
        unread=unread,
        mentions=mentions,
        favorite=member.favorite,
        notify=member.notify,
    )
