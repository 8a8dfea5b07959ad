"""From the log to the hub: what was committed is said to the rooms."""

from collections.abc import Sequence

from handlers.representations import Json, message_json
from hub import Hub
from store.records import Message


def announce(hub: Hub, stored: Sequence[Message]) -> None:
    """Say what one commit stored, each room's messages as one piece."""
    rooms: dict[str, list[tuple[int, Json]]] = {}
    for message in stored:
        rooms.setdefault(message.room, []).append((message.rev, message_json(message)))
    for room, events in rooms.items():
        hub.publish(room, events)
