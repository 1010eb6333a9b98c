"""Allowed addresses of calls. Members choose a webhook's address, so it must not reach what only this machine may.

Private networks are allowed: a pipeline on one's own premises is what a webhook is for. This machine itself and
unencrypted HTTP are allowed to hosts that the operator names; link-local addresses, where clouds answer with
credentials, to nobody.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

_LONGEST = 500
_NAT64, _NAT64_LOCAL = IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")
# Amazon's metadata service answers there as well, in a range that is otherwise private.
_METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200")})


def is_allowed(url: str, listed: frozenset[str]) -> bool:
    """Return whether a webhook may go to ``url``; ``listed`` are the hosts that the operator named, if any."""
    parts = _parts(url)
    if parts is None:
        return False
    # A dot may end a name, and an address as well: it is the same without.
    host = (parts.hostname or "").lower().removesuffix(".")
    if listed:
        return host in listed and not _is_forbidden(host, here=True)
    return parts.scheme == "https" and not _is_forbidden(host, here=False)


def _parts(url: str) -> SplitResult | None:
    """Split a web address; None if it has credentials, a fragment or a character that could end a line."""
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return None
    plain = parts.scheme in {"http", "https"} and parts.hostname and not parts.username and not parts.password
    if not plain or not port_is_fine or parts.fragment:
        return None
    # RFC 1035, 2.3.4: what has no such labels is no name that can be looked up. A dot may end it.
    labels = (parts.hostname or "").removesuffix(".").split(".")
    return parts if all(0 < len(label) < 64 for label in labels) else None


def _is_forbidden(host: str, *, here: bool) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return not here
    try:
        return _leads_inside(ip_address(host), here=here)
    except ValueError:
        # What looks like a number and is no address, such as 2130706433 or 0x7f.1, is one to some resolvers.
        return host.rsplit(".", 1)[-1][:1].isdigit()


def _leads_inside(address: IPv4Address | IPv6Address, *, here: bool) -> bool:
    if address in _NAT64_LOCAL:
        # Where in it the IPv4 address stands is the network's affair (RFC 8215).
        return True
    inner = _carried(address)
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner in _METADATA:
        return True
    return bool(inner.is_loopback) and not here


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address leads to, or the address itself.

    Mapped and compatible (RFC 4291), 6to4 (RFC 3056), Teredo (RFC 4380) or NAT64 (RFC 6052).
    """
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64 or (address in _COMPATIBLE and not (address.is_loopback or address.is_unspecified)):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


class Resolver(ThreadedResolver):
    """Looks names up, and lets none lead to where no call may go; to this machine, those of ``here`` may."""

    def __init__(self, here: frozenset[str]) -> None:
        super().__init__()
        self._here = here

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET, **more: Any
    ) -> list[ResolveResult]:
        """Resolve a name to the addresses that may be called; raises OSError if there is none."""
        found = await super().resolve(host, port, family, **more)
        here = host.lower() in self._here
        good = [one for one in found if not _leads_inside(ip_address(one["host"].partition("%")[0]), here=here)]
        if not good:
            raise OSError(None, "no address that may be called")
        return good
