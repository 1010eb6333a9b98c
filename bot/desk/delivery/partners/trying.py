"""Trying a certificate with the partners that it is for: a TLS handshake with the key, in memory, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import certifi

from bot.certificates import pem_certificates
from bot.certificates.checks.server import ServerTrust, issuer_names, server_trust
from bot.desk.base import parsing
from bot.desk.base.access import changing
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import BadHost, KeyBroken, NoHosts, UnknownLabel
from bot.desk.base.handshakes import Handshake, Handshakes, Identity, Tls
from bot.desk.certificates.lookup import having
from bot.desk.certificates.pins import read_host
from store import Environment, SealBroken, Version
from store.certificates import authorities, clients

MOST_HOSTS = 3
HTTPS = 443


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of the handshakes with one host, and whether its own chain is trusted.

    ``takes_ours`` is None where the server named no authorities, and takes certificates of any.
    """

    host: str
    port: int
    handshakes: tuple[Handshake, ...]
    trust: ServerTrust
    takes_ours: bool | None


@dataclass(frozen=True, slots=True)
class Trial:
    """A certificate and the hosts that it was tried with."""

    environment: Environment
    version: Version
    tried: tuple[Tried, ...]


async def try_out(
    desk: Desk, member: Member, channel: str, label: str, *, host: str = "", path: str | None = None
) -> Trial:
    """Do a handshake with ``host`` (``name`` or ``name:port``), or with the certificate's hosts, in TLS 1.3 and 1.2.

    Raises UnknownLabel, BadHost, NoHosts, KeyBroken, and as :func:`changing`: the key is used, which is recorded.
    """
    where = [host_and_port(host)] if host else []
    async with changing(desk, member, having(channel, label, path)) as (tx, place):
        version = await clients.find(tx, place.id, label)
        if version is None:
            raise UnknownLabel(label, parsing.nearest(label, await clients.labels(tx, place.id)))
        where = where or hosts_of(version.pins)
        if not where:
            raise NoHosts(label)
        why = "try " + " ".join(f"{name}:{port}" for name, port in where)
        try:
            key = await clients.reveal(tx, version_id=version.id, by=member.id, at=desk.clock(), why=why[:200])
        except SealBroken:
            raise KeyBroken(label) from None
        trusted = [one.der for one in await authorities.current(tx, place.id)]
    identity = Identity(key, (version.leaf_der, *version.chain_der))
    tried = [await handshaken(desk.handshakes, one, identity, trusted, desk.clock()) for one in where]
    return Trial(place, version, tuple(tried))


def host_and_port(text: str) -> tuple[str, int]:
    """Read ``partner.example`` or ``partner.example:8443``. Raises BadHost."""
    name, colon, number = text.strip().rpartition(":")
    if not colon:
        name, number = number, str(HTTPS)
    is_port = number.isascii() and number.isdigit() and len(number) <= 5 and 0 < int(number) < 65536
    host = read_host(name)
    if not is_port or host is None:
        raise BadHost(text)
    return host, int(number)


def hosts_of(pins: Iterable[str]) -> list[tuple[str, int]]:
    """Return the first of the pins that are hosts, with the port of HTTPS."""
    return [(pin, HTTPS) for pin in pins if is_host(pin)][:MOST_HOSTS]


def is_host(pin: str) -> bool:
    """Return whether a pin is a host: services and identifiers have capitals, spaces or slashes, or no dot."""
    return "." in pin and read_host(pin) == pin


async def handshaken(
    handshakes: Handshakes, where: tuple[str, int], identity: Identity, trusted: Sequence[bytes], now: datetime
) -> Tried:
    """Do the handshakes with a host and a port; ``trusted`` are the environment's CA certificates (DER)."""
    host, port = where
    shakes = tuple([await handshakes.shake(host, port, identity, tls) for tls in (Tls.V1_3, Tls.V1_2)])
    chain = next((one.chain for one in shakes if one.chain), ())
    public = pem_certificates(certifi.contents().encode())
    trust = server_trust(chain, host, environment=trusted, public=public, now=now)
    named = next((one.issuers for one in shakes if one.issuers), ())
    return Tried(host, port, shakes, trust, _takes(named, identity) if named else None)


def _takes(named: tuple[bytes, ...], identity: Identity) -> bool:
    """Return whether one of the authorities that the server names issued a certificate of ours."""
    return any(issuer in named for issuer in issuer_names(identity.certificates))
