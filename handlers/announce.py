"""From the log to the hub: what was committed is said to the rooms."""

from collections.abc import Sequence

from handlers.representations import message_json
from hub import Hub, encode
from store.records import Message


def announce(hub: Hub, stored: Sequence[Message]) -> None:
    """Say what one commit stored, each room's messages as one piece."""
    rooms: dict[str, list[tuple[int, bytes]]] = {}
    for message in stored:
        if hub.is_heard(message.room):
            line = encode(message_json(message))
            rooms.setdefault(message.room, []).append((message.rev, line))
    for room, lines in rooms.items():
        hub.publish(room, lines)
