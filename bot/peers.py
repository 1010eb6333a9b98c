"""Whose address a request comes from, also behind a proxy that the operator trusts."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

Network = IPv4Network | IPv6Network


class Peers:
    """``trusted`` are the networks of proxies, whose ``X-Forwarded-For`` is believed."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = tuple(trusted)

    def of(self, request: web.Request) -> str | None:
        """Return the address that the request comes from; None where it has none.

        A proxy appends whom it heard it from: the last one that is no proxy of ours counts, for what stands before it
        anybody could have sent.
        """
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
        hops = [*(one.strip() for one in forwarded.split(",") if one.strip()), request.remote or ""]
        for hop in reversed(hops):
            address = _address(hop)
            if address is None:
                return request.remote
            if not any(address in one for one in self._trusted):
                return str(address)
        return request.remote


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
