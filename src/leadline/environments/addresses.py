"""Which network addresses a fetcher may connect to.

The name is resolved once; every address is unwrapped (IPv4 inside IPv6: mapped, NAT64, 6to4, Teredo) and must be
global; the connection then goes to that very number. Python's `is_global` alone says True for several wrapped
forms of 127.0.0.1 and for site-local addresses.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from leadline.errors import PermissionRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) -> addresses as text."""

PORTS = frozenset({80, 443, 8080, 8443})
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_REFUSED = [
    ipaddress.ip_network(net)
    for net in (
        "fec0::/10",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "198.18.0.0/15",
        "2001:db8::/32",
        "::/96",
        "fd00:ec2::/32",
    )
]


def resolve(host: str, port: int) -> list[str]:
    """The system's resolver. Raises PermissionRefused when there is no such host."""
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (socket.gaierror, UnicodeError, OSError) as error:
        raise PermissionRefused(f"The host {host!r} cannot be found.", remedy="Check the address.") from error


def unwrap(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, if there is one.

    >>> unwrap(ipaddress.ip_address("64:ff9b::7f00:1")), unwrap(ipaddress.ip_address("2002:7f00:1::"))
    (IPv4Address('127.0.0.1'), IPv4Address('127.0.0.1'))
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in net for net in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(text: str) -> bool:
    """Whether an address may be connected to."""
    try:
        address = unwrap(ipaddress.ip_address(text.split("%", 1)[0]))
    except ValueError:
        return False
    if any(address in net for net in _REFUSED if net.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def check_url(url: str, look_up: Resolve = resolve) -> tuple[str, int, str]:
    """(host, port, address to connect to) of a URL. Raises PermissionRefused with the reason.

    Only http and https, only the usual ports, no credentials in the URL, every resolved address public.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise PermissionRefused(f"{url[:200]!r} is not a URL: {error}.") from error
    if parts.scheme not in ("http", "https"):
        raise PermissionRefused(f"Only http and https are fetched, not {parts.scheme or 'nothing'!r}.")
    host = parts.hostname or ""
    if (
        not host
        or parts.username
        or parts.password
        or "\\" in url
        or any(c.isspace() or ord(c) < 32 for c in url)
    ):
        raise PermissionRefused(f"{url[:200]!r} is not a plain web address.")
    if port not in PORTS:
        raise PermissionRefused(f"Port {port} is not fetched; only {', '.join(map(str, sorted(PORTS)))} are.")
    addresses = look_up(host, port)
    if not addresses or not all(is_public(address) for address in addresses):
        raise PermissionRefused(
            f"{host} is not on the public network.", remedy="Give the file itself as a source."
        )
    return host, port, addresses[0]
