"""A text on its way into a room: what it may name, and how many sends it counts as."""

from handlers.markup import prose
from handlers.markup.render import Rendered, extra_sends, render
from handlers.services import Services
from store import members, rooms, users
from store.records import Kind


async def rendered(services: Services, text: str, *, by: str, room: str = "") -> Rendered:
    """Render a text of a user, or of a hook, which knows its own room besides public ones.

    A text that takes much work counts as several sends: rates bound work, too.
    """
    names = await users.names(services.db) if "@" in text else frozenset()
    linked = await _rooms(services, text, by, room) if "#" in text else {}
    found = render(text, names, linked)
    services.rates.sends.charge(by, extra_sends(found))
    return found


async def _rooms(services: Services, text: str, user: str, own: str) -> dict[str, str]:
    """The rooms in a text that its sender may enter, each with the class of its link."""
    found = {}
    for room in await rooms.named(services.db, prose.rooms_in(text)):
        if room.kind is Kind.PUBLIC:
            found[room.name] = "room"
        elif room.name == own or await members.find(services.db, room.name, user):
            found[room.name] = "room private"
    return found
