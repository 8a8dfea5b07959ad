"""How to join and what to say, to Hearth, to bare peers, and to engines."""

import json
from typing import Protocol

from bench.ledger import LETTERS, MARK


class Dialect(Protocol):
    """What the load generator must know of a server."""

    is_binary: bool

    def url(self, base: str, room: str, user: str) -> str:
        """Where a member connects."""

    def headers(self, key: str) -> dict[str, str]:
        """What a member shows at the door."""

    def hello(self, room: str) -> bytes:
        """What a member says first; nothing if empty."""

    def reply(self, payload: bytes, room: str, user: str) -> bytes:
        """What a member who is not in yet says to a frame; nothing if empty."""

    def is_welcome(self, payload: bytes) -> bool:
        """Whether a frame says that the member is in."""

    def send(self, room: str, text: str) -> bytes:
        """A message as it is sent."""

    def tokens(self, payload: bytes) -> list[str]:
        """The tokens of the messages in a frame."""


class Broadcast:
    """The peers: the room is in the path, and what one says is said to all."""

    is_binary = False
    protocol = ""  # of the socket, RFC 6455 section 1.9
    before = MARK.encode()  # what stands before each message in a frame, with its mark

    def url(self, base: str, room: str, user: str) -> str:
        """Where a member connects."""
        return f"{base}/{room}/{user}"

    def headers(self, key: str) -> dict[str, str]:
        """What a member shows at the door: nothing, as all may enter."""
        return {"Sec-WebSocket-Protocol": self.protocol} if self.protocol else {}

    def hello(self, room: str) -> bytes:
        """What a member says first: nothing, as nobody asks."""
        return b""

    def reply(self, payload: bytes, room: str, user: str) -> bytes:
        """What a member says to a frame before it is in: nothing."""
        return b""

    def is_welcome(self, payload: bytes) -> bool:
        """Whether a frame says that the member is in: hearing anything does."""
        return True

    def send(self, room: str, text: str) -> bytes:
        """A message as it is sent: itself."""
        return text.encode()

    def tokens(self, payload: bytes) -> list[str]:
        """The tokens of the messages in a frame."""
        after = payload.split(self.before)[1:]
        return [MARK + part[: LETTERS - len(MARK)].decode() for part in after]


class Nats(Broadcast):
    """NATS, https://docs.nats.io/reference/reference-protocols/nats-protocol."""

    is_binary = True

    def __init__(self, heard: str = "room.{}") -> None:
        self._heard = heard  # the subject of what members hear

    def hello(self, room: str) -> bytes:
        """Connect, and listen to the room; the PONG says that both are done."""
        subject = self._heard.format(room)
        return f'CONNECT {{"verbose":false}}\r\nSUB {subject} 1\r\nPING\r\n'.encode()

    def is_welcome(self, payload: bytes) -> bool:
        """Whether a frame says that the member is in."""
        return b"PONG\r\n" in payload

    def send(self, room: str, text: str) -> bytes:
        """A message as it is sent."""
        return f"PUB room.{room} {len(text)}\r\n{text}\r\n".encode()


class Mqtt(Broadcast):
    """MQTT 3.1.1 over a WebSocket, with QoS 0: at most once, as the others have it."""

    is_binary = True
    protocol = "mqtt"

    def url(self, base: str, room: str, user: str) -> str:
        """Where a member connects."""
        return f"{base}/mqtt"

    def hello(self, room: str) -> bytes:
        """CONNECT with a clean session and no name, and SUBSCRIBE."""
        connect = _string("MQTT") + b"\x04\x02\x00\x00" + _string("")
        return _packet(0x10, connect) + _packet(0x82, b"\x00\x01" + _string(room) + b"\x00")

    def is_welcome(self, payload: bytes) -> bool:
        """Whether a frame has the SUBACK."""
        return b"\x90\x03\x00\x01\x00" in payload

    def send(self, room: str, text: str) -> bytes:
        """A message as it is sent."""
        return _packet(0x30, _string(room) + text.encode())


def _string(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


def _packet(kind: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | 0x80 if size else digit])
        if not size:
            return bytes([kind]) + length + content


class Xmpp(Broadcast):
    """XMPP over a WebSocket (RFC 7395), in a room of XEP-0045."""

    protocol = "xmpp"
    before = f"<body>{MARK}".encode()
    _open = (
        b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"
    )

    def url(self, base: str, room: str, user: str) -> str:
        """Where a member connects."""
        return f"{base}/xmpp-websocket"

    def hello(self, room: str) -> bytes:
        """Open a stream."""
        return self._open

    def reply(self, payload: bytes, room: str, user: str) -> bytes:
        """Sign in as nobody, bind, and enter the room without its history."""
        if b"ANONYMOUS" in payload:
            return b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>"
        if b"<success" in payload:
            return self._open
        if b"<bind" in payload and b"<jid>" not in payload:
            return (
                b"<iq xmlns='jabber:client' type='set' id='b'>"
                b"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
            )
        if b"<jid>" in payload:
            return (
                f"<presence xmlns='jabber:client' to='{room}@rooms.localhost/{user}'>"
                "<x xmlns='http://jabber.org/protocol/muc'><history maxchars='0'/></x>"
                "</presence>"
            ).encode()
        return b""

    def is_welcome(self, payload: bytes) -> bool:
        """Whether a frame is the room's subject, which comes last."""
        return b"<subject" in payload

    def send(self, room: str, text: str) -> bytes:
        """A message as it is sent."""
        return (
            f"<message xmlns='jabber:client' type='groupchat' to='{room}@rooms.localhost'>"
            f"<body>{text}</body></message>"
        ).encode()


class Hearth(Broadcast):
    """Hearth's socket: lines of JSON, see docs/socket.md."""

    before = f'"text":"{MARK}'.encode()

    def url(self, base: str, room: str, user: str) -> str:
        """Where a member connects: one place for all rooms."""
        return f"{base}/api/socket"

    def headers(self, key: str) -> dict[str, str]:
        """What a member shows at the door."""
        return {"Authorization": f"Bearer {key}"}

    def hello(self, room: str) -> bytes:
        """What a member says first."""
        return b'{"type":"hello"}'

    def is_welcome(self, payload: bytes) -> bool:
        """Whether a frame says that the member is in."""
        return payload.startswith(b'{"type":"welcome"')

    def send(self, room: str, text: str) -> bytes:
        """A message as it is sent; its token is its id."""
        fields = {"type": "send", "id": text[:LETTERS], "room": room, "text": text}
        return json.dumps(fields).encode()


DIALECTS: dict[str, Dialect] = {
    "broadcast": Broadcast(),
    "hearth": Hearth(),
    "nats": Nats(),
    "jetstream": Nats(heard="heard"),
    "mqtt": Mqtt(),
    "xmpp": Xmpp(),
}
