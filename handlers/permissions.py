"""Permissions. Membership is looked up first, so that outsiders learn nothing."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from handlers.services import SERVICES, USER, Services
from handlers.web.auth import require_still
from store import members, rooms, users
from store.errors import Conflict, Forbidden, NotFound
from store.records import Access, Member, Room, User

T = TypeVar("T")


def require_admin(user: User) -> None:
    """Refuse all who do not run this server.

    Raises:
        Forbidden: for them.
    """
    if not user.is_admin:
        raise Forbidden("Only admins may do this.")


async def managed(request: web.Request) -> Room:
    """The room of a request, if the asker is one of its owners, or an admin in it.

    Raises:
        NotFound: for strangers.
        Forbidden: for other members.
    """
    services = request.app[SERVICES]
    user = request[USER]
    member = await members.find(services.db, request.match_info["room"], user.name)
    require_manager(member, user)
    return await rooms.require(services.db, request.match_info["room"])


def may_manage(member: Member, user: User) -> bool:
    """True if a member is an owner of the room, or an admin of the server."""
    return member.role == "owner" or user.is_admin


def require_manager(member: Member | None, user: User) -> None:
    """Refuse all who may not manage a room.

    Raises:
        NotFound: for strangers.
        Forbidden: for other members.
    """
    if member is None:
        raise NotFound(rooms.ROOM_NOT_FOUND)
    if not may_manage(member, user):
        raise Forbidden("Only the room's owners and admins may do this.")


async def writable(services: Services, room: str, user: str) -> Member:
    """A user's membership of a room that can be written to.

    Raises:
        NotFound: for strangers.
        Conflict: if the room is archived.
    """
    found = await rooms.find(services.db, room)
    member = await members.require(services.db, room, user)
    if found is None or found.archived:
        raise Conflict("The room is archived.")
    return member


async def may_write(
    services: Services, by: Access, room: str, *, to_readers: bool = False
) -> None:
    """Refuse whoever may not write to a room by what lets them in, at this very moment.

    Raises:
        Unauthenticated: if what lets them in is over.
        NotFound: for strangers.
        Conflict: if the room is archived, or, with `to_readers`, nobody could read it.
    """

    async def check() -> None:
        await require_still(services, by)
        await writable(services, room, by.user)
        if to_readers and "~" in room:
            await require_reader(services, room, by.user)

    key = ("write", by.key, by.user, room, to_readers)
    await services.db.cache.steadily(key, check)


async def hand_over(check: Awaitable[object], act: Callable[[], T]) -> T:
    """Act on a right that is checked as the last await before the act.

    Who was removed, and what was revoked, while a request was read or rendered says nothing
    more: a removal waits for what was handed to the log before it, and for nothing later.
    """
    await check
    return act()


async def require_space(services: Services, user: str) -> None:
    """Refuse one room too many.

    Raises:
        Conflict: if the user came into as many rooms by themselves as one may.
    """
    most = services.settings.limits.rooms
    if await members.count(services.db, user) >= most:
        raise Conflict(
            f"You have made or joined {most} rooms, which is the most; leave one first."
        )


async def require_reader(services: Services, room: str, user: str) -> None:
    """Refuse to write to people none of whom can read it.

    Raises:
        Conflict: in a direct room of which all others are disabled.
    """
    others = {name for name in room.split("~") if name != user} if "~" in room else set()
    found = [await users.find(services.db, name) for name in sorted(others)]
    if found and all(each is None or each.disabled for each in found):
        names = " and ".join(sorted(others))
        raise Conflict(f"The account of {names} is disabled; nobody would read this.")
