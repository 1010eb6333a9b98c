"""What the certificates of a stored chain are called, for messages that name them."""

from __future__ import annotations

from bot.certificates import inspect_authorities
from bot.desk.base.desk import Desk
from store import Authority, Version


def earliest_name(desk: Desk, target: Version | Authority) -> str:
    """What the certificate of the chain is called that ends before the client certificate does; empty for none."""
    if isinstance(target, Authority) or target.effective_end >= target.not_after:
        return ""
    chain = inspect_authorities(target.chain_der, desk.context()).shown
    return next((one.name for one in chain if one.not_after == target.effective_end), "a certificate")


def chain_names(desk: Desk, version: Version) -> tuple[str, ...]:
    """What the chain's certificates are called, from the leaf's issuer upwards. They were checked when deposited."""
    if not version.chain_der:
        return ()
    return tuple(one.name for one in inspect_authorities(version.chain_der, desk.context()).shown)
