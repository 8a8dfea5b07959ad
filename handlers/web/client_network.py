"""Where somebody asks from, as limits by address count it."""

import ipaddress


def client_network(address: str) -> str:
    """What one customer of a provider has: an IPv4 address, or an IPv6 network of 64 bits.

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
