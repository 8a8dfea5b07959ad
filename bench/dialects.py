"""How to join and what to say: Hearth's protocol, and the bare one of the peers."""

import json
from typing import Protocol

from bench.ledger import LETTERS, MARK


class Dialect(Protocol):
    """What the load generator must know of a server."""

    def url(self, base: str, room: str, user: str) -> str:
        """Where a member connects."""

    def headers(self, key: str) -> dict[str, str]:
        """What a member shows at the door."""

    def hello(self) -> str:
        """What a member says first; nothing if empty."""

    def is_welcome(self, payload: bytes) -> bool:
        """Whether a frame says that the member is in."""

    def send(self, room: str, text: str) -> bytes:
        """A message as it is sent."""

    def tokens(self, payload: bytes) -> list[str]:
        """The tokens of the messages in a frame."""


class Broadcast:
    """The peers: the room is in the path, and what one says is said to all."""

    def url(self, base: str, room: str, user: str) -> str:
        """Where a member connects."""
        return f"{base}/{room}/{user}"

    def headers(self, key: str) -> dict[str, str]:
        """What a member shows at the door: nothing, as all may enter."""
        return {}

    def hello(self) -> str:
        """What a member says first: nothing, as nobody asks."""
        return ""

    def is_welcome(self, payload: bytes) -> bool:
        """Whether a frame says that the member is in: hearing anything does."""
        return True

    def send(self, room: str, text: str) -> bytes:
        """A message as it is sent: itself."""
        return text.encode()

    def tokens(self, payload: bytes) -> list[str]:
        """The token of the message that the frame is."""
        return [payload[:LETTERS].decode()] if payload.startswith(MARK.encode()) else []


class Hearth:
    """Hearth's socket: lines of JSON, see docs/socket.md."""

    _before = f'"text":"{MARK}'.encode()

    def url(self, base: str, room: str, user: str) -> str:
        """Where a member connects: one place for all rooms."""
        return f"{base}/api/socket"

    def headers(self, key: str) -> dict[str, str]:
        """What a member shows at the door."""
        return {"Authorization": f"Bearer {key}"}

    def hello(self) -> str:
        """What a member says first."""
        return '{"type":"hello"}'

    def is_welcome(self, payload: bytes) -> bool:
        """Whether a frame says that the member is in."""
        return payload.startswith(b'{"type":"welcome"')

    def send(self, room: str, text: str) -> bytes:
        """A message as it is sent; its token is its id."""
        fields = {"type": "send", "id": text[:LETTERS], "room": room, "text": text}
        return json.dumps(fields).encode()

    def tokens(self, payload: bytes) -> list[str]:
        """The tokens of the messages in a frame of lines."""
        after = payload.split(self._before)[1:]
        return [MARK + part[: LETTERS - len(MARK)].decode() for part in after]


DIALECTS: dict[str, Dialect] = {"broadcast": Broadcast(), "hearth": Hearth()}
