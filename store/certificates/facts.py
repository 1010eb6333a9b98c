"""What the store keeps of a certificate beside its bytes: each fact is a field here and a column of its name.

A fact that is added here is written and read by itself; it needs its column, a migration, and who shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """The facts of any certificate; ``sha256`` is its fingerprint in lower-case hex."""

    subject: str
    issuer: str
    serial: int
    sha256: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts(CertificateFacts):
    """The facts of a client certificate; ``effective_end`` is the earliest end of its chain.

    ``chain_names`` go from the issuer upwards. ``expires_first`` names the certificate of the chain that expires before
    the client certificate; empty if none does.
    """

    effective_end: datetime
    key_type: str
    signature: str
    san: tuple[str, ...]
    eku: tuple[str, ...]
    chain_names: tuple[str, ...] = ()
    expires_first: str = ""


def columns(facts: CertificateFacts, kind: type[CertificateFacts]) -> dict[str, Any]:
    """Return the facts of ``kind`` as columns: the serial number in hex, for it has up to 160 bits, and lists."""
    values = {field.name: getattr(facts, field.name) for field in fields(kind)}
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {**values, "serial": format(facts.serial, "x")}
