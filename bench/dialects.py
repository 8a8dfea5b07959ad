"""How to join and what to say, to Hearth, to bare peers, and to engines."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from bench.ledger import LETTERS, MARK


def _itself(room: str, text: str) -> bytes:
    return text.encode()


@dataclass(frozen=True)
class Dialect:
    """What the load generator must know of a server.

    As it stands, it is the bare peers': the room is in the path, and what one says is said
    to all.
    """

    path: str = "/{room}/{user}"
    protocol: str = ""  # of the socket, RFC 6455 section 1.9
    is_binary: bool = False
    hello: Callable[[str], bytes] = lambda room: b""  # said first; if empty, one is in
    replies: tuple[
        tuple[bytes, str], ...
    ] = ()  # to a frame that has this, before one is in
    welcome: bytes = b""  # in the frame that says that the member is in
    send: Callable[[str, str], bytes] = _itself
    before: bytes = MARK.encode()  # stands before each message in a frame, with its mark

    def headers(self, key: str) -> dict[str, str]:
        """What a member shows at the door; the peers do not look."""
        shown = {"Authorization": f"Bearer {key}"}
        return shown | ({"Sec-WebSocket-Protocol": self.protocol} if self.protocol else {})

    def reply(self, payload: bytes, room: str, user: str) -> bytes:
        """What a member who is not in yet says to a frame; nothing if empty."""
        for heard, reply in self.replies:
            if heard in payload:
                return reply.format(room=room, user=user).encode()
        return b""

    def tokens(self, payload: bytes) -> list[str]:
        """The tokens of the messages in a frame."""
        after = payload.split(self.before)[1:]
        return [MARK + part[: LETTERS - len(MARK)].decode() for part in after]


def _hearth_send(room: str, text: str) -> bytes:
    """A message as docs/socket.md says; its token is its id."""
    fields = {"type": "send", "id": text[:LETTERS], "room": room, "text": text}
    return json.dumps(fields).encode()


def _nats(subject: str) -> Dialect:
    """NATS, https://docs.nats.io/reference/reference-protocols/nats-protocol."""
    listen = 'CONNECT {{"verbose":false}}\r\nSUB {} 1\r\nPING\r\n'
    return Dialect(
        is_binary=True,
        hello=lambda room: listen.format(subject.format(room)).encode(),
        welcome=b"PONG\r\n",
        send=lambda room, text: f"PUB room.{room} {len(text)}\r\n{text}\r\n".encode(),
    )


def _string(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


def _packet(kind: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | 0x80 if size else digit])
        if not size:
            return bytes([kind]) + length + content


# MQTT 3.1.1 with QoS 0: CONNECT with a clean session and no name, SUBSCRIBE, and a SUBACK.
MQTT = Dialect(
    path="/mqtt",
    protocol="mqtt",
    is_binary=True,
    hello=lambda room: (
        _packet(0x10, _string("MQTT") + b"\x04\x02\x00\x00" + _string(""))
        + _packet(0x82, b"\x00\x01" + _string(room) + b"\x00")
    ),
    welcome=b"\x90\x03\x00\x01\x00",
    send=lambda room, text: _packet(0x30, _string(room) + text.encode()),
)
OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"
# XMPP over a WebSocket (RFC 7395): sign in as nobody, bind, and enter a room of XEP-0045
# without its history; its subject comes last.
XMPP = Dialect(
    path="/xmpp-websocket",
    protocol="xmpp",
    hello=lambda room: OPEN.encode(),
    replies=(
        (
            b"ANONYMOUS",
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>",
        ),
        (b"<success", OPEN),
        (
            b"<jid>",
            "<presence xmlns='jabber:client' to='{room}@rooms.localhost/{user}'><x xmlns="
            "'http://jabber.org/protocol/muc'><history maxchars='0'/></x></presence>",
        ),
        (
            b"<bind",
            "<iq xmlns='jabber:client' type='set' id='b'>"
            "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
        ),
    ),
    welcome=b"<subject",
    send=lambda room, text: (
        f"<message xmlns='jabber:client' type='groupchat' to='{room}@rooms.localhost'>"
        f"<body>{text}</body></message>"
    ).encode(),
    before=f"<body>{MARK}".encode(),
)
DIALECTS = {
    "broadcast": Dialect(),
    "hearth": Dialect(
        path="/api/socket",
        hello=lambda room: b'{"type":"hello"}',
        welcome=b'{"type":"welcome"',
        send=_hearth_send,
        before=f'"text":"{MARK}'.encode(),
    ),
    "nats": _nats("room.{}"),
    "jetstream": _nats("heard"),
    "mqtt": MQTT,
    "xmpp": XMPP,
}
