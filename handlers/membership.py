"""Membership: who is in a room, and who owns it, changed and told under one lock.

Nothing else changes a membership. So clients hear changes in the order in which they were
stored, and nobody comes into a room that is being deleted.

A room in which there is an enabled person is owned by one: however it lost its owners, the
longest-standing enabled person takes over. A private room without people is archived, and
a room without people in which nothing was ever said goes.
"""

import asyncio
import logging

from handlers import room_state
from handlers.schemas import events, responses
from handlers.services import Services
from handlers.web.security_log import note
from store import files, hooks, members, rooms
from store.database import DEFAULT_ROOM, RETRY_SECONDS
from store.errors import Conflict, Unavailable, is_away
from store.records import Kind, Member, Role, Room, User

log = logging.getLogger("hearth.rooms")


async def bring_in(
    services: Services, room: Room, user: User, *, by: str, role: str = "member"
) -> tuple[Member, bool]:
    """Make a user a member; the room hears of it, and they hear the room.

    `by` is who does it: rooms into which others brought somebody do not count as theirs.

    Returns:
        The member, and whether this call made them one.

    Raises:
        NotFound: if the room was deleted meanwhile.
    """
    async with services.membership_lock:
        return await _bring_in(services, room, user, by, role)


async def make_room(
    services: Services, user: User, name: str, *, kind: Kind, title: str, topic: str
) -> Room:
    """Make a room, and its maker its first owner.

    Both under the lock: a room without people in which nothing was said goes.

    Raises:
        Conflict: if the name is taken, or belonged to a room that was deleted.
    """

    async def make() -> Room:
        room = await rooms.create(
            services.db, name, kind=kind, created_by=user.name, title=title, topic=topic
        )
        await _bring_in(services, room, user, user.name, "owner")
        return room

    async with services.membership_lock:
        try:
            return await make()
        except Conflict:
            taken = await rooms.find(services.db, name)
            if taken is None or await members.of_room(services.db, name):
                raise
            # The database may have gone away after the first half.
            await _find_owner(services, taken)
            return await make()


async def take_out(services: Services, room: Room, name: str) -> None:
    """End a membership; from the return on, they neither say nor hear anything."""
    async with services.membership_lock:
        member = await members.require(services.db, room.name, name)
        await members.remove(services.db, member)
        services.hub.leave(room.name, name)
        services.calls.remove(room.name, name)
        note("member_removed", room=room.name, of=name)
        left = member.version + 1
        latest = await rooms.find(services.db, room.name) or room
        services.hub.tell(
            services.hub.of_user(name), events.Gone(room.name, latest.version + left)
        )
        await services.log.flush()  # What they said before is stored before we answer.
        services.hub.tell(
            services.hub.of_room(room.name),
            responses.Member(room.name, name, joined=False, version=left),
        )
        await _find_owner(services, room)


async def give_role(services: Services, room: Room, name: str, role: str) -> Member:
    """Give a member another role in their room, which hears of it."""
    async with services.membership_lock:
        member = await members.require(services.db, room.name, name)
        member = await members.give_role(services.db, member, role)
        note("room_role_changed", room=room.name, of=name, to=role)
        await _tell_role(services, room, member)
        return member


async def dissolve(services: Services, room: Room) -> None:
    """Delete a room, its messages and their files for good; its members hear."""
    async with services.membership_lock:
        await rooms.delete(services.db, room)
        await _empty(services, room)
    await services.log.close_room(room.name)
    await files.drop_room(services.db, room.name)
    services.file_cleanup.wake()
    services.indexer.forget(room.name)
    note("room_deleted", room=room.name)


async def mend_at_start(services: Services) -> None:
    """Mend what a crash or an earlier version left, as soon as the database is there."""
    await services.db.prepared.wait()
    while True:
        try:
            services.log.require()
            return await _mend(services)
        except Exception as error:
            if not is_away(error) and not isinstance(error, Unavailable):
                log.exception("The rooms could not be looked through; trying again")
        await asyncio.sleep(RETRY_SECONDS)


async def settle_rooms_of(services: Services, user: str) -> None:
    """Find owners for the rooms of somebody who was disabled, or enabled again."""
    async with services.membership_lock:
        names = [member.room for member in await members.of_user(services.db, user)]
        for room in await rooms.named(services.db, names):
            await _find_owner(services, room)


async def abandoned(services: Services) -> list[Room]:
    """The rooms in which there is no enabled person and into which nobody can come."""
    peopled = await members.rooms_with_people(services.db)
    return [
        room
        for room in await rooms.shared(services.db)
        if room.name not in peopled and (room.archived or room.kind is Kind.PRIVATE)
    ]


async def find_abandoned(services: Services, asker: User, name: str) -> Room | None:
    """An abandoned room, for an owner of the server: they delete it or hand it on."""
    if asker.role is not Role.OWNER:
        return None
    return next((room for room in await abandoned(services) if room.name == name), None)


async def _bring_in(
    services: Services, room: Room, user: User, by: str, role: str
) -> tuple[Member, bool]:
    await rooms.require(services.db, room.name)
    read = services.log.head(room.name).seq
    member, is_new = await members.add(
        services.db, room.name, user.name, role=role, read=read, by=by
    )
    if is_new:
        services.hub.tell(services.hub.of_room(room.name), responses.Member.of(member))
        services.hub.join(room.name, user.name)
        await room_state.tell_member(services, room.name, user.name)
        await _find_owner(services, room)
    return member, is_new


async def _mend(services: Services) -> None:
    async with services.membership_lock:
        await members.remove_all(services.db, await rooms.retired(services.db))
        owned = await members.rooms_with_people(services.db, role="owner")
        for room in await rooms.shared(services.db):
            if room.name not in owned:
                await _find_owner(services, room)


async def _find_owner(services: Services, room: Room) -> None:
    if room.kind is Kind.DIRECT or room.name == DEFAULT_ROOM:
        return  # The first are their members', the other is the admins'.
    owner, is_new = await members.ensure_owner(services.db, room.name)
    if owner and is_new:
        note("room_taken_over", room=room.name, by=owner.user)
        await _tell_role(services, room, owner)
    elif owner is None and not await members.has_person(services.db, room.name):
        await _close(services, room)


async def _close(services: Services, room: Room) -> None:
    """Archive a private room that has no people; a room that was never used goes."""
    was_used = services.log.head(room.name).seq > 0
    if room.kind is Kind.PUBLIC and was_used:
        return  # Whoever joins it takes over.
    if not room.archived:
        # So that no hook says anything while we look whether anything was said.
        room = await rooms.change(services.db, room.name, archived=True)
        await room_state.tell_members(services, room.name)
    await services.log.flush()
    if services.log.head(room.name).seq == 0:
        left = await members.of_room(services.db, room.name)
        highest = max((member.version for member in left), default=0)
        await rooms.forget(services.db, room.name, highest)
        await _empty(services, room)
        await files.drop_room(services.db, room.name)
        services.file_cleanup.wake()


async def _empty(services: Services, room: Room) -> None:
    """Let nobody and nothing stay in a room."""
    await hooks.revoke_all(services.db, room.name)
    was = await members.of_room(services.db, room.name)
    await members.remove_all(services.db, [room.name])
    for member in was:
        services.hub.leave(room.name, member.user)
        gone = events.Gone(room.name, room.version + member.version + 1)
        services.hub.tell(services.hub.of_user(member.user), gone)


async def _tell_role(services: Services, room: Room, member: Member) -> None:
    services.hub.tell(services.hub.of_room(room.name), responses.Member.of(member))
    await room_state.tell_member(services, room.name, member.user)
