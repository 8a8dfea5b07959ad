"""From the log to the hub: what was committed is said to the rooms."""

from collections.abc import Sequence

from handlers.schemas import responses
from handlers.services.recent import EncodedEvent, Recent
from hub import Hub, encode
from store.records import Message


def announce(hub: Hub, recent: Recent, stored: Sequence[Message]) -> None:
    """Say what one commit stored, each room's messages as one piece, encoded once."""
    rooms: dict[str, list[EncodedEvent]] = {}
    for message in stored:
        # Where nobody listens, nothing is encoded; whoever comes later reads the database.
        if hub.is_heard(message.room):
            line = EncodedEvent(
                message.rev, message.seq, encode(responses.Message.of(message))
            )
            rooms.setdefault(message.room, []).append(line)
    for room, lines in rooms.items():
        recent.note(room, lines)
        hub.publish(room, [line.text for line in lines])
