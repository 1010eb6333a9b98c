"""Names of the certificates in a stored chain."""

from __future__ import annotations

from bot.certificates import inspect_authorities
from bot.desk.base.desk import Desk
from store import Authority, Version


def earliest_name(desk: Desk, target: Version | Authority) -> str:
    """Return the name of the chain's certificate that expires before the client certificate; empty if none does."""
    if isinstance(target, Authority) or target.effective_end >= target.not_after:
        return ""
    chain = inspect_authorities(target.chain_der, desk.context()).shown
    return next((one.name for one in chain if one.not_after == target.effective_end), "a certificate")


def chain_names(desk: Desk, version: Version) -> tuple[str, ...]:
    """Return the names of the chain's certificates, from the leaf's issuer up. They were checked when deposited."""
    if not version.chain_der:
        return ()
    return tuple(one.name for one in inspect_authorities(version.chain_der, desk.context()).shown)
