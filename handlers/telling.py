"""Telling people on their devices what they have not seen: who, of what, in which words."""

import asyncio
import logging
from urllib.parse import quote

from handlers import room_state
from handlers.push.delivery import REST_FACTOR
from handlers.push.notice import Notice
from handlers.services import Services
from hub import encode
from settings import DEFAULT_NAME
from store import members, rooms, users
from store.errors import is_away
from store.push import devices
from store.records import Device, Kind

log = logging.getLogger("hearth.push")
BADGE_SECONDS = 5.0  # that a count is good for
DECLARATIVE = 8030  # by which Safari knows a push that it shows by itself


async def tell_devices(services: Services) -> None:
    """Tell people of messages that they have not read in time."""
    clock = asyncio.get_running_loop().time
    while True:
        notice = await services.notices.due()
        began = clock()
        try:
            await _tell(services, notice)
        except Exception as error:
            if not is_away(error):
                log.exception("Nobody could be told of a message")
        await asyncio.sleep(REST_FACTOR * (clock() - began))


async def _tell(services: Services, notice: Notice) -> None:
    """Tell all who want to know of a message, or a call, that they have not seen."""
    room = notice.room
    if "~" in room:
        names = set(room.split("~"))
    elif "all" in notice.mentions:
        names = {member.user for member in await members.of_room(services.db, room)}
    else:
        names = {*notice.mentions, *await members.told_of_all(services.db, room)}
    names &= services.notices.users
    told = [name for name in sorted(names) if await is_wanted(services, name, notice)]
    if told:
        for device in await devices.of_users(services.db, told):
            services.delivery.put(device, notice)


async def is_wanted(services: Services, user: str, notice: Notice) -> bool:
    """True if a user is to be told of a message now: a member who has not seen it."""
    member = await members.find(services.db, notice.room, user)
    person = await users.find(services.db, user)
    if member is None or person is None or person.disabled or notice.sender == user:
        return False
    is_seen = services.read_marks.of(member).seq >= notice.seq
    if is_seen or services.notices.is_viewed(user, notice.room):
        return False
    if "~" in notice.room or {user, "all"} & set(notice.mentions):
        return member.notify != "nothing"
    return member.notify == "all"


async def compose(services: Services, device: Device, notice: Notice) -> bytes | None:
    """The words for a device, as Safari shows them by itself and our worker elsewhere.

    Looked at once more: a push may have waited for long, and nobody is told anything of a
    room that they have left, or on a device that they have lost.
    """
    services.lease.require()
    room = notice.room
    if not await devices.is_told(services.db, device):
        return None
    if room and not await is_wanted(services, device.user, notice):
        return None
    badge = await _badge(services, device.user)
    path = f"#/rooms/{quote(room, safe='~')}/{notice.seq}" if room else "#/profile"
    said = {
        "title": await _title(services, notice),
        "body": notice.text,
        "navigate": device.home + path,
        "tag": room or "test",
        "silent": False,
        "app_badge": str(badge),  # where Safari looks for it; the standard has it outside
        "data": {"room": room, "seq": notice.seq},
    }
    return encode({"web_push": DECLARATIVE, "notification": said, "app_badge": badge})


async def _title(services: Services, notice: Notice) -> str:
    name = services.settings.name
    if not notice.room:
        return name
    person = await users.find(services.db, notice.sender)
    sender = notice.via or (person.display_name if person else notice.sender)
    words = _isolated(sender)
    if "~" not in notice.room and (room := await rooms.find(services.db, notice.room)):
        words += f" in {_isolated(room.title or room.name)}"
    return words if name == DEFAULT_NAME else f"{words} · {name}"


async def _badge(services: Services, user: str) -> int:
    """The number of messages that call somebody, as their sidebar counts them.

    It is counted now and then only: of many pushes at once, the next ones put it right.
    """
    moment, counted = asyncio.get_running_loop().time(), services.notices.badges
    if user in counted and moment - counted[user][0] < BADGE_SECONDS:
        return counted[user][1]
    unread = {
        member.room: member
        for member in await members.of_user(services.db, user)
        if member.notify != "nothing"
        and services.read_marks.of(member).seq < services.log.head(member.room).seq
    }
    found = await rooms.named(services.db, unread)
    heard = [(room, unread[room.name]) for room in found if not room.archived]
    counts = [
        view.unread if view.kind is Kind.DIRECT else view.mentions
        for view in await room_state.seen(services, heard)
    ]
    badge = sum(count or 0 for count in counts)
    counted[user] = moment, badge
    return badge


def _isolated(text: str) -> str:
    """A name that cannot turn the text around it."""
    return f"\u2068{text}\u2069"
