"""The address of a request's client; forwarding headers count from trusted proxies only."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from settings import Network

PASSED_ON = (  # what proxies add to a request
    hdrs.X_FORWARDED_FOR,
    hdrs.X_FORWARDED_PROTO,
    hdrs.X_FORWARDED_HOST,
    hdrs.FORWARDED,
    hdrs.VIA,
    "X-Real-IP",
)
UNIX = "unix"  # the peer of a Unix socket has no address


def asker(request: web.Request, trusted: Iterable[Network]) -> tuple[str, str, str]:
    """Address, scheme and host of whoever asks.

    A proxy adds whom it has heard at the right; what stands further left may be made up.
    So hops are read from the right, for as long as a trusted proxy says them.
    """
    address = _address(request.remote or "") or UNIX
    scheme, host = request.scheme, request.host
    if not _is_trusted(address, trusted):
        return address, scheme, host
    for hop in reversed(_listed(request, hdrs.X_FORWARDED_FOR)):
        found = _address(hop)
        if not found:
            break  # We know no better than that it came through this proxy.
        address = found
        if not _is_trusted(address, trusted):
            break
    said = _listed(request, hdrs.X_FORWARDED_PROTO)[-1:]
    if said and said[0].lower() in {"http", "https"}:
        scheme = said[0].lower()
    if named := _listed(request, hdrs.X_FORWARDED_HOST)[-1:]:
        host = named[0]
    return address, scheme, host


def is_from_proxy(request: web.Request, trusted: Iterable[Network]) -> bool:
    """True if a request comes from a proxy that we trust."""
    return _is_trusted(_address(request.remote or "") or UNIX, trusted)


def is_near(request: web.Request, address: str, networks: Iterable[Network]) -> bool:
    """True if the client's address is in one of the networks.

    False if forwarding headers are present but the peer is no trusted proxy, because the
    address is the proxy's then. A Unix socket is as near as 127.0.0.1.
    """
    peer = _address(request.remote or "") or UNIX
    if address == peer and any(name in request.headers for name in PASSED_ON):
        return False
    return _is_trusted("127.0.0.1" if address == UNIX else address, networks)


def is_own_host(host: str, own: str) -> bool:
    """True if a host is an address, a name that only a local network has, or our own.

    A page can have its own name lead to 127.0.0.1 (DNS rebinding), and then asks from near
    what it may not from afar; but it cannot have a name that nobody can register.
    """
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    is_local = "." not in name or name.endswith(".localhost")
    return is_local or name == own or bool(_address(name))


def client_network(address: str) -> str:
    """The network of one customer of a provider: an IPv4 address, or a /64 of IPv6.

    Each would else have 2^64 addresses to try from, and to fill our tables with.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _listed(request: web.Request, name: str) -> list[str]:
    """The items of all lines of a header, which commas part."""
    lines = request.headers.getall(name, ())
    return [part.strip() for line in lines for part in line.split(",")]


def _address(text: str) -> str:
    """An address in its one spelling, without its port; empty if it is none."""
    bare = re.sub(r"\A\[(.*)\](:[0-9]+)?\Z|\A([0-9.]+):[0-9]+\Z", r"\1\3", text)
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)


def _is_trusted(address: str, trusted: Iterable[Network]) -> bool:
    """True if it is a proxy's; whoever may open a Unix socket is one, if there are any."""
    networks = tuple(trusted)
    if address == UNIX:
        return bool(networks)
    found = ipaddress.ip_address(address)
    return any(found in network for network in networks)
