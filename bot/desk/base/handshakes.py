"""The port to a partner's server: a TLS handshake with a client certificate, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pydantic import SecretBytes


class Tls(StrEnum):
    """Version of the protocol."""

    V1_3 = "TLS 1.3"
    V1_2 = "TLS 1.2"


class Outcome(StrEnum):
    """What came of a handshake. FAILED is any end that the client certificate is not the reason of."""

    ACCEPTED = "accepted"
    NOT_ASKED = "not_asked"
    REJECTED = "rejected"
    FAILED = "failed"
    SILENT = "silent"
    NO_TLS = "no_tls"
    UNREACHABLE = "unreachable"
    UNKNOWN_HOST = "unknown_host"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Identity:
    """A client certificate: ``key`` is PKCS #8 DER, ``certificates`` are DER, the leaf first and then upwards."""

    key: SecretBytes
    certificates: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Handshake:
    """What came of one handshake: ``alert`` is what the server said in the end, as RFC 8446 (6.2) names it.

    ``chain`` are the server's certificates (DER, its own first), ``issuers`` the names (DER) of the authorities whose
    client certificates it takes; where it asks for one and names none, it takes any.
    """

    tls: Tls
    outcome: Outcome
    alert: str = ""
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    asks: bool = False
    issuers: tuple[bytes, ...] = field(default=(), repr=False)


class Handshakes(Protocol):
    """Does handshakes, each bounded in time and bytes, with hosts that may be called."""

    async def shake(self, host: str, port: int, identity: Identity | None, tls: Tls) -> Handshake:
        """Connect, do the handshake, and send nothing else. It never raises."""


class NoHandshakes:
    """Calls nobody."""

    async def shake(self, host: str, port: int, identity: Identity | None, tls: Tls) -> Handshake:
        """Return that the host may not be called."""
        return Handshake(tls, Outcome.FORBIDDEN)
