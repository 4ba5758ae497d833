"""Where a message may be sent: names are resolved once, every address is judged, one is pinned.

A name that resolves to both a public and a private address is refused: which one a later look-up
would give is not ours to choose.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from chatbot.errors import InputError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) → addresses as text; raises OSError where there are none."""

_NAT64 = ip_network("64:ff9b::/96")


class BlockedError(Exception):
    """The target is, or resolves to, an address that messages are not sent to."""


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Addresses of a host, in the system's order, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(row[4][0]) for row in found))


def networks(text: str) -> tuple[Network, ...]:
    """Networks that the operator allows although they are not public, from words.

    Raises:
        InputError: one of them is not a network.

    >>> networks("127.0.0.1, 10.0.0.0/8")
    (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'))
    """
    found = []
    for part in text.replace(",", " ").split():
        try:
            found.append(ip_network(part))
        except ValueError:
            raise InputError(
                f"{part!r} is not a network.", hint="Write it like 127.0.0.1 or 10.0.0.0/8."
            ) from None
    return tuple(found)


def public(address: Address) -> bool:
    """Whether an address is on the open Internet, also behind what embeds an IPv4 address.

    >>> public(ip_address("::ffff:10.0.0.1")), public(ip_address("93.184.216.34"))
    (False, True)
    """
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
        if inner is not None:
            return public(inner)
        if address.scope_id or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def pinned(
    host: str, port: int, allowed: Sequence[Network], find: Resolve = resolve
) -> tuple[tuple[str, ...], bool]:
    """(addresses to connect to, whether all of them are the operator's own exceptions).

    Raises:
        BlockedError: any address of the host is not public and not allowed.
        OSError: the host has no address.
    """
    found = find(host, port)
    if not found:
        raise OSError(f"{host} has no address")
    private = 0
    for text in found:
        address = ip_address(text)
        if public(address):
            continue
        seen = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        if not any((seen or address) in network for network in allowed):
            raise BlockedError(f"{host} is at {address}, which is not a public address")
        private += 1
    return tuple(found), private == len(found)
