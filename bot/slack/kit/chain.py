"""Names of the certificates in a stored chain."""

from __future__ import annotations

from bot.desk.base.desk import Desk
from store import Authority, Version


def earliest_name(_desk: Desk, target: Version | Authority) -> str:
    """Return the name of the chain's certificate that expires before the client certificate; empty if none does."""
    return target.expires_first if isinstance(target, Version) else ""


def chain_names(_desk: Desk, version: Version) -> tuple[str, ...]:
    """Return the names of the chain's certificates, from the leaf's issuer up."""
    return version.chain_names
