"""Requests to addresses that users gave: to public ones only, checked while connecting.

The check is made where a socket is made, of the very address it will connect to: whatever
a name resolved to before, there is no second look-up that it could change between.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from ssl import SSLContext
from threading import Thread
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

REQUEST_SECONDS = 10.0  # for one, with all that belongs to it
MAX_CONNECTIONS = 8
# Addresses of IPv6 for anybody; all others are for special uses.
_GLOBAL = IPv6Network("2000::/3")
# Public by their registry, but they lead to an IPv4 address that nobody has checked.
_TRANSLATED = (IPv6Network("2002::/16"), IPv4Network("192.88.99.0/24"))


def is_public(address: str) -> bool:
    """True if an address is anybody's, and no way into a network of ours."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found not in _GLOBAL:
        return False
    is_translated = any(found in network for network in _TRANSLATED)
    return found.is_global and not found.is_multicast and not is_translated


class Resolver(AbstractResolver):
    """Look-ups in threads of their own: a name server that hangs holds up nobody else."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host."""
        found: Future[list[Any]] = Future()

        def look_up() -> None:
            found.set_running_or_notify_cancel()
            try:
                found.set_result(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
            except Exception as error:
                found.set_exception(error)

        # A daemon: no exit waits for it.
        Thread(target=look_up, name="hearth-names", daemon=True).start()
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, proto, _, address in await asyncio.wrap_future(found)
        ]

    async def close(self) -> None:
        """Nothing is open."""


def open_session(
    may_connect: Callable[[str], bool] = is_public,
    resolver: AbstractResolver | None = None,
    tls: SSLContext | bool = True,
) -> ClientSession:
    """A session that connects to such addresses only; the arguments are for tests."""

    def guarded(info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, (address, *_) = info
        if not may_connect(address):
            raise PermissionError(f"{address} is not public")
        return socket.socket(family, kind, proto)

    connector = TCPConnector(
        resolver=resolver or Resolver(),
        socket_factory=guarded,
        ssl=tls,
        limit=MAX_CONNECTIONS,
    )
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=REQUEST_SECONDS),
        trust_env=False,  # A proxy would connect for us, to what nobody has checked.
    )
