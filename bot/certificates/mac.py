"""Verifying a PKCS #12 container's MAC ourselves (RFC 7292, section 5.1 and appendix B).

The library gives one and the same error for a wrong password and for a cipher that it does not know. The MAC tells
them apart: it covers the content under the password alone.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from enum import Enum

from pyasn1.codec.ber import decoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import univ
from pyasn1_modules import rfc2315, rfc7292
from pydantic import SecretStr

_DATA = rfc2315.data
_MAC_KEY = 3  # RFC 7292, appendix B.3: the ID of key material for a MAC
_DIGESTS = {
    "1.3.14.3.2.26": "sha1",
    "1.2.840.113549.2.5": "md5",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_KEY_BAGS = frozenset({rfc7292.id_keyBag, rfc7292.id_pkcs8ShroudedKeyBag})


class Proof(Enum):
    """What the MAC says of a password."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Container:
    """The outside of a container; nothing of it was decrypted. ``digest`` is None where there is no MAC we know."""

    content: bytes = field(repr=False)
    digest: str | None
    has_mac: bool
    mac: bytes = field(repr=False)
    salt: bytes
    iterations: int
    open_keys: int


def read(data: bytes) -> Container:
    """Read a container's outside, DER or BER; raises ValueError for what is not one (truncated, say)."""
    try:
        pfx, _ = decoder.decode(data, asn1Spec=rfc7292.PFX())
        content, _ = decoder.decode(bytes(pfx["authSafe"]["content"]), asn1Spec=univ.OctetString())
    except (PyAsn1Error, RecursionError, KeyError, TypeError, AttributeError, OverflowError, MemoryError):
        raise ValueError("not a PKCS #12 container") from None
    octets = bytes(content)
    if not pfx["macData"].hasValue():
        return Container(octets, None, False, b"", b"", 0, _key_bags(octets))
    mac = pfx["macData"]
    return Container(
        content=octets,
        digest=_DIGESTS.get(str(mac["mac"]["digestAlgorithm"]["algorithm"])),
        has_mac=True,
        mac=bytes(mac["mac"]["digest"]),
        salt=bytes(mac["macSalt"]),
        iterations=int(mac["iterations"]),
        open_keys=_key_bags(octets),
    )


def prove(container: Container, password: SecretStr | None) -> Proof:
    """Check the password against the MAC. No password stands for the empty one, which tools write in two ways."""
    if container.digest is None:
        return Proof.UNKNOWN
    text = password.get_secret_value() if password is not None else ""
    # RFC 7292, B.1: a BMPString ends with two zero bytes; some tools write the empty password as no bytes at all.
    spellings = [_bmp(text)] if text else [b"\0\0", b""]
    return Proof.RIGHT if any(_matches(container, spelling) for spelling in spellings) else Proof.WRONG


def _bmp(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass") + b"\0\0"


def _matches(container: Container, password: bytes) -> bool:
    digest = container.digest or ""
    size = hashlib.new(digest, usedforsecurity=False).digest_size
    key = derive(digest, password, container.salt, container.iterations, _MAC_KEY, size)
    return hmac.compare_digest(hmac.digest(key, container.content, digest), container.mac)


def derive(digest: str, password: bytes, salt: bytes, iterations: int, purpose: int, size: int) -> bytes:  # noqa: PLR0917  the order of RFC 7292, B.2
    """The key derivation of RFC 7292, appendix B.2; ``size`` in bytes. Costs ``iterations`` digests a block."""
    block = hashlib.new(digest, usedforsecurity=False).block_size
    diversifier = bytes([purpose]) * block
    state = bytearray(_fill(salt, block) + _fill(password, block))
    out = b""
    while True:
        chunk = hashlib.new(digest, diversifier + state, usedforsecurity=False).digest()
        for _ in range(iterations - 1):
            chunk = hashlib.new(digest, chunk, usedforsecurity=False).digest()
        out += chunk
        if len(out) >= size:
            return out[:size]
        _stir(state, _fill(chunk, block), block)


def _fill(part: bytes, block: int) -> bytes:
    """Repeat ``part`` up to a whole number of blocks; nothing stays nothing."""
    if not part:
        return b""
    length = block * -(-len(part) // block)
    return (part * -(-length // len(part)))[:length]


def _stir(state: bytearray, chunk: bytes, block: int) -> None:
    """Add ``chunk`` + 1 to each block of ``state``, modulo 2^(8 * block)."""
    add = int.from_bytes(chunk[:block], "big") + 1
    for at in range(0, len(state), block):
        total = (int.from_bytes(state[at : at + block], "big") + add) % (1 << (8 * block))
        state[at : at + block] = total.to_bytes(block, "big")


def _key_bags(content: bytes) -> int:
    """Private key bags that can be counted without a password; shrouded ones show their kind, not their content."""
    try:
        safes, _ = decoder.decode(content, asn1Spec=rfc7292.AuthenticatedSafe())
        return sum(_key_bags_of(safe) for safe in safes)
    except (PyAsn1Error, RecursionError, KeyError, TypeError, AttributeError, OverflowError):
        return 0


def _key_bags_of(safe: univ.Sequence) -> int:
    if safe["contentType"] != _DATA:
        return 0
    octets, _ = decoder.decode(bytes(safe["content"]), asn1Spec=univ.OctetString())
    bags, _ = decoder.decode(bytes(octets), asn1Spec=rfc7292.SafeContents())
    return sum(1 for bag in bags if bag["bagId"] in _KEY_BAGS)
