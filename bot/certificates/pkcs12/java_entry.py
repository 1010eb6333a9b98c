"""Which certificate Java takes for the private key of a container: it goes by localKeyId and names, not by keys.

The rules are those of ``sun.security.pkcs12.PKCS12KeyStore`` (OpenJDK 17), compared with ``keytool``.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.certificates.formats import x509_reader
from bot.certificates.formats.keys import SigningKey, public_bytes
from bot.certificates.pkcs12.container import Opened
from bot.certificates.pkcs12.structure import Bag, Kind

# What Java gives to the one key without an identifier, and to a certificate that stands first behind it.
_MADE_UP = b"01"
NO_CERTIFICATE = "it finds the private key without its certificate (localKeyId is missing or differs)"
OTHER_CERTIFICATE = "it takes another certificate for the private key's (localKeyId is missing or differs)"


def trouble(opened: Opened, keys: Sequence[SigningKey]) -> str | None:
    """Return what Java gets wrong about a container of one key, as a clause; None where it gets it right."""
    bags = [one.bag for one in opened.bags]
    holders = [number for number, bag in enumerate(bags) if bag.kind is Kind.SHROUDED_KEY]
    if len(keys) != 1 or len(holders) != 1 or not any(bag.kind is Kind.CERTIFICATE for bag in bags):
        return None
    found = _matched(bags, holders[0])
    if found is None:
        return NO_CERTIFICATE
    try:
        is_leaf = x509_reader.public_bytes(x509_reader.parse(found)) == public_bytes(keys[0])
    except ValueError:
        return None
    return None if is_leaf else OTHER_CERTIFICATE


def _matched(bags: Sequence[Bag], at: int) -> bytes | None:
    """Return the certificate (DER) that Java takes: one of the key's identifier and name, else of either."""
    key, by_id, by_name = bags[at], None, None
    for number, bag in enumerate(bags):
        if bag.kind is not Kind.CERTIFICATE or bag.trusted_by_java:
            continue
        made_up = _MADE_UP if number > at and bag.position == 0 else None
        same_id = (key.local_key_id or _MADE_UP) == (bag.local_key_id or made_up)
        same_name = key.name is not None and bag.name is not None and key.name.lower() == bag.name.lower()
        if same_id and same_name:
            return bag.value
        by_id = bag.value if same_id else by_id
        by_name = bag.value if same_name else by_name
    return by_id or by_name
