"""Addresses that people gave, kept away from private networks.

Whoever may say where their reminders go could otherwise have this machine ask its own services, or those of
its neighbours. A name is looked up once, every address that it has is judged, and the connection goes to one
of them: a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Resolver = Callable[..., Sequence[Any]]
Place = tuple[socket.AddressFamily, tuple[Any, ...]]
"""Where to connect to: the kind of address, and the address as `socket.connect` takes it."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""RFC 4291 section 2.4: outside of it are local addresses, and IPv4 addresses in IPv6 clothes."""

_NOT_FOR_US = (
    IPv4Network("192.0.0.0/24"),  # RFC 6890: protocols of the local network, though some count as global
    IPv4Network("168.63.129.16/32"),  # what a machine at Azure asks about itself
)


class PrivateAddressError(Exception):
    """A name that leads into a private network, to this machine, or to nobody's address."""


def places(
    host: str, port: int, *, private_too: bool = False, resolve: Resolver = socket.getaddrinfo
) -> list[Place]:
    """Where ``host`` is, by one look-up. Raises PrivateAddressError, and OSError where nothing is found.

    One private address among several is enough to be refused, unless ``private_too``.
    """
    try:
        found = resolve(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror("not a name") from error
    if not private_too and not all(is_public(entry[4][0]) for entry in found):
        raise PrivateAddressError
    return [(entry[0], entry[4]) for entry in found]


def is_public(address: str) -> bool:
    """Whether everybody on the internet could reach the IP ``address``, and so this machine may."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and (found not in _GLOBAL_UNICAST or found.sixtofour or found.teredo):
        return False
    return found.is_global and not (found.is_multicast or any(found in network for network in _NOT_FOR_US))
