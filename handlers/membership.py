"""Membership: who is in a room, changed and told under one lock.

Nothing else changes a membership. So clients hear changes in the order in which they were
stored, and nobody comes into a room that is being deleted.
"""

import asyncio
import logging

from handlers import room_state
from handlers.schemas import events, responses
from handlers.services import Services
from handlers.web.security_log import note
from store import files, hooks, members, rooms
from store.database import RETRY_AFTER
from store.errors import Unavailable, is_away
from store.records import Member, Room, User

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
        await rooms.require(services.db, room.name)
        read = services.log.head(room.name).seq
        member, is_new = await members.add(
            services.db, room.name, user.name, role=role, read=read, by=by
        )
        if is_new:
            services.hub.tell(services.hub.of_room(room.name), responses.Member.of(member))
            services.hub.join(room.name, user.name)
            await room_state.tell_member(services, room, user.name)
        return member, is_new


async def take_out(services: Services, room: Room, name: str) -> None:
    """End a membership; from the return on, they neither say nor hear anything."""
    async with services.membership_lock:
        member = await members.require(services.db, room.name, name)
        heir = await members.remove(services.db, member)
        services.hub.leave(room.name, name)
        note("member_removed", room=room.name, of=name)
        services.hub.tell(services.hub.of_user(name), events.Gone(room.name))
        await services.log.flush()  # What they said before is stored before we answer.
        services.hub.tell(
            services.hub.of_room(room.name), responses.Member(room.name, name, joined=False)
        )
        if heir:
            await _tell_role(services, room, heir)


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
        await hooks.revoke_all(services.db, room.name)
        was = await members.of_room(services.db, room.name)
        await members.remove_all(services.db, [room.name])
        for member in was:
            services.hub.leave(room.name, member.user)
            services.hub.tell(services.hub.of_user(member.user), events.Gone(room.name))
    await services.log.close_room(room.name)
    await files.drop_room(services.db, room.name)
    services.file_cleanup.wake()
    services.follower.forget_rooms()
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
        await asyncio.sleep(RETRY_AFTER)


async def _mend(services: Services) -> None:
    async with services.membership_lock:
        await members.remove_all(services.db, await rooms.retired(services.db))


async def _tell_role(services: Services, room: Room, member: Member) -> None:
    services.hub.tell(services.hub.of_room(room.name), responses.Member.of(member))
    await room_state.tell_member(services, room, member.user)
