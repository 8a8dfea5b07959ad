"""Attach a connection to its rooms, without a gap and without a double."""

from collections.abc import Iterator

from handlers import room_state
from handlers.schemas import events, frames, responses
from handlers.schemas.responses import MAX_CHANGES
from handlers.services import Services
from hub import Connection, encode
from settings import VERSION
from store import messages
from store.records import User

AT_ONCE = 200  # changes read in one query
LONGEST = 64 * 1024  # bytes of a frame with the past, but for a longer line


async def attach(
    services: Services, connection: Connection, user: User, hello: frames.Hello
) -> None:
    """Welcome a connection, give it what it missed, and let it hear what is live.

    Its rooms are joined first, and what they say is held; then the past is read; then what
    was held and is newer than the past is let go.
    """
    pairs = await room_state.mine(services, user.name)
    for room, _ in pairs:
        services.hub.listen(connection, room.name)
    floors = {room.name: services.log.head(room.name).rev for room, _ in pairs}
    seen = await room_state.seen(services, pairs)
    known = hello.epoch in {None, services.db.epoch}
    past: list[tuple[str, list[bytes]]] = []  # by room; strangers are told what is gone
    for name, cursor in hello.cursors.items():
        if name not in floors:
            past.append(("", [encode(events.Gone(name))]))
        elif known and 0 <= floors[name] - cursor <= MAX_CHANGES:
            past.append((name, await _changes(services, name, cursor, floors[name])))
        else:
            past.append((name, [encode(events.Reset(name))]))
    # Rooms that ceased to be ours while we read are left out: nobody tells a stranger.
    mine = connection.rooms
    told = [line for room, lines in past if not room or room in mine for line in lines]
    welcome = _welcome(services, user, [view for view in seen if view.name in mine])
    for lines in _packed([encode(welcome), *told]):
        connection.outbox = lines
        await connection.write()
    connection.catch_up_allowance = (
        connection.unsent_bytes()
    )  # Else a slow line would be cut, for ever.
    services.hub.attach(connection, floors)


def _packed(lines: list[bytes]) -> Iterator[list[bytes]]:
    """The lines of one frame after the other: clients refuse what is far larger."""
    packed: list[bytes] = []
    size = 0
    for line in lines:
        if packed and size + len(line) > LONGEST:
            yield packed
            packed, size = [], 0
        packed.append(line)
        size += len(line)
    yield packed


async def _changes(services: Services, room: str, cursor: int, until: int) -> list[bytes]:
    """What changed after a cursor, up to the head from which on lines are held.

    Not further: what is stored but not announced yet will be announced to us, too.
    """
    if cursor == until:
        return []
    recent = services.recent.since(room, cursor, until)
    if recent is not None:
        return recent
    missed: list[bytes] = []
    while found := await messages.changes(
        services.db, room, since=cursor, until=until, limit=AT_ONCE
    ):
        missed += [encode(responses.Message.of(message)) for message in found]
        cursor = found[-1].rev
        if cursor >= until:
            break
    return missed


def _welcome(services: Services, user: User, rooms: list[responses.Room]) -> events.Welcome:
    return events.Welcome(
        user=responses.User.of(user),
        epoch=services.db.epoch,
        rooms=rooms,
        presence=services.hub.present(),
        limits=responses.Limits.of(services.settings.limits),
        server=events.Server("Hearth", VERSION),
    )
