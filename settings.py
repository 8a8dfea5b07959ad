"""Settings: the only reader of the environment."""

import dataclasses
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

VERSION = "0.2.0"
DISTRIBUTION = "hearth-chat"  # its name on the package index
DEFAULT_NAME = "Hearth"
MAX_NAME_CHARS = 40  # of the team's name: a phone cuts longer ones

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOCAL = (ipaddress.IPv4Network("127.0.0.0/8"), ipaddress.IPv6Network("::1"))


class SettingsError(ValueError):
    """Every bad setting at once, one line each."""


def _number(default: int, least: int, most: int) -> Any:
    return field(default=default, metadata={"least": least, "most": most})


@dataclass(frozen=True)
class Limits:
    """Limits of all kinds; published in `GET /api/config`.

    The fields are settings, `HEARTH_LIMIT_*`. What follows from them, or that nobody has
    had a reason to change, is none.
    """

    text: int = _number(8_000, 1, 100_000)  # characters in a message
    file: int = _number(25_000_000, 1, 2_000_000_000)  # bytes in a file
    storage: int = _number(5_000_000_000, 1, 999_999_999_999)  # bytes of one user's files
    rooms: int = _number(500, 1, 10_000)  # rooms of one user
    connections: int = _number(20, 1, 100_000)  # open sockets of one user
    sends: int = _number(10, 1, 1_000_000)  # messages and changes a second, of one user
    acts: int = _number(10, 1, 1_000_000)  # other changes a second; ten times that at once
    reads: int = _number(50, 1, 1_000_000)  # questions a second; ten times that at once
    sign_ins: int = _number(10, 1, 1_000_000)  # failures in 3 minutes, by name, by address
    sign_ups: int = _number(100, 1, 1_000_000)  # tries an hour, by address
    backlog: int = _number(256 * 1024, 16 * 1024, 2**30)  # bytes that a slow reader may owe
    idle: int = _number(75, 1, 3_600)  # seconds until a connection's next request has begun

    frame: ClassVar[int] = 64 * 1024  # bytes in a frame or a JSON body
    page: ClassVar[int] = 200  # messages in a page, at most
    password: ClassVar[int] = 8  # characters in a new password, at least
    reactions: ClassVar[int] = 20  # kinds on one message
    files: ClassVar[int] = 10  # files in a message
    pixels: ClassVar[int] = 40_000_000  # in a picture that is shown as one
    hello: ClassVar[float] = 5  # seconds until a connection must have said hello
    heartbeat: ClassVar[float] = 20  # seconds between pings

    @property
    def burst(self) -> int:
        """Messages and changes at once, of one user."""
        return 3 * self.sends

    @property
    def frames(self) -> int:
        """Objects a second, on one connection; twice that at once."""
        return 10 * self.sends

    @property
    def searches(self) -> int:
        """Searches a second, of one user; four times that at once."""
        return max(1, 3 * self.reads // 50)

    @property
    def strangers(self) -> int:
        """Sockets without a hello, by address or user."""
        return max(1, 5 * self.connections // 2)

    @property
    def new_rooms(self) -> int:
        """Rooms that one user makes a day; ten times that: people invited."""
        return max(1, self.rooms // 5)


# Limits that were settings once, so that who has one set is told, and not refused.
FORMER = {
    f"HEARTH_LIMIT_{name}"
    for name in (
        "FRAME", "PAGE", "PASSWORD", "REACTIONS", "FILES", "PIXELS", "HELLO", "HEARTBEAT",
        "BURST", "FRAMES", "SEARCHES", "STRANGERS", "NEW_ROOMS",
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an operator decides; the README's table says what each is for."""

    host: str = "127.0.0.1"
    port: int = _number(8080, 0, 65_535)
    unix_socket: Path | None = None
    data: Path = Path("data")
    mongodb_url: str = field(default="", repr=False)
    mongod: str = ""
    standby: int = _number(0, 0, 1)
    secret: str = field(default="", repr=False)
    public_url: str = ""
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = field(default="", repr=False)
    name: str = DEFAULT_NAME
    registration: str = field(
        default="invite", metadata={"choices": ("invite", "open", "closed")}
    )
    bcrypt_cost: int = _number(12, 4, 18)
    session_days: int = _number(30, 1, 3_650)
    trusted_proxies: tuple[Network, ...] = ()
    metrics: tuple[Network, ...] = LOCAL
    log_format: str = field(default="text", metadata={"choices": ("text", "json")})
    log_level: str = field(
        default="info", metadata={"choices": ("debug", "info", "warning")}
    )
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read `HEARTH_*`; names of limits are `HEARTH_LIMIT_*`.

        Raises:
            SettingsError: naming every setting that is unknown or not understood.
        """
        faults: list[str] = []
        limits = _read(Limits, "HEARTH_LIMIT_", environ, faults)
        values = _read(cls, "HEARTH_", environ, faults)
        known = set(names(cls, "HEARTH_")) | set(names(Limits, "HEARTH_LIMIT_"))
        faults += [
            f"{name} is not a setting of Hearth; the README lists them."
            for name in sorted(environ)
            if name.startswith("HEARTH_")
            and name not in known | FORMER
            and "_TEST_" not in name
        ]
        if bool(values.get("turn_urls")) != bool(values.get("turn_secret")):
            faults.append("HEARTH_TURN_URLS and HEARTH_TURN_SECRET need each other.")
        if faults:
            raise SettingsError("\n".join(faults))
        return cls(**values, limits=Limits(**limits))


def former(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each setting that has no effect any more."""
    return [
        f"{name} is no setting any more and has no effect; remove it (the README lists "
        "those that are, and what follows from them)."
        for name in sorted(FORMER & environ.keys())
    ]


def names(kind: type, prefix: str) -> list[str]:
    """The environment's names for the fields of a dataclass."""
    return [
        prefix + entry.name.upper()
        for entry in dataclasses.fields(kind)
        if entry.name != "limits"
    ]


def _read(
    kind: type, prefix: str, environ: Mapping[str, str], faults: list[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for entry in dataclasses.fields(kind):
        name = prefix + entry.name.upper()
        if text := environ.get(name, "").strip():
            try:
                values[entry.name] = _value(entry, text)
            except ValueError as error:
                faults.append(f"{name} {error}.")
    return values


def _value(entry: "dataclasses.Field[Any]", text: str) -> Any:
    metadata = entry.metadata
    if "least" in metadata:
        least, most = metadata["least"], metadata["most"]
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)
    if "choices" in metadata and text not in metadata["choices"]:
        raise ValueError(f"must be one of {', '.join(metadata['choices'])}")
    reader = _READERS.get(entry.name, str)
    return reader(text)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise ValueError(
            f"must be addresses or networks, separated by commas: {error}"
        ) from None


def _readers(text: str) -> tuple[Network, ...]:
    named = {"local": LOCAL, "off": ()}
    return named[text] if text in named else _networks(text)


def _secret(text: str) -> str:
    if len(text.encode()) < 32:
        raise ValueError("must be at least 32 bytes (try: openssl rand -hex 32)")
    return text


def _public_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise ValueError("must be the address people type, like https://chat.example.org")
    return text.rstrip("/")


def _ice_urls(*schemes: str) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        urls = tuple(part.strip() for part in text.split(","))
        if not all(url.startswith(schemes) for url in urls):
            raise ValueError(f"must be addresses that start with {' or '.join(schemes)}")
        return urls

    return read


def _name(text: str) -> str:
    if len(text) > MAX_NAME_CHARS or not text.isprintable():
        raise ValueError(f"must be at most {MAX_NAME_CHARS} characters on one line")
    return text


def _mongodb_url(text: str) -> str:
    if not text.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("must start with mongodb:// or mongodb+srv://")
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    "unix_socket": Path,
    "data": Path,
    "trusted_proxies": _networks,
    "metrics": _readers,
    "secret": _secret,
    "public_url": _public_url,
    "name": _name,
    "mongodb_url": _mongodb_url,
    "stun_urls": _ice_urls("stun:", "stuns:"),
    "turn_urls": _ice_urls("turn:", "turns:"),
}
