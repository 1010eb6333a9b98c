"""Containers with PBMAC1 (RFC 9579), put together here by the RFC and not by the code under test."""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from pyasn1.codec.der import decoder, encoder
from pyasn1.type import univ
from pyasn1_modules import rfc7292

_OID = univ.ObjectIdentifier
PRFS = {
    "sha256": ("1.2.840.113549.2.9", hashes.SHA256),
    "sha384": ("1.2.840.113549.2.10", hashes.SHA384),
    "sha512": ("1.2.840.113549.2.11", hashes.SHA512),
}


def with_pbmac1(
    container: bytes,
    password: str,
    *,
    prf: str = "sha256",
    mac: str = "sha512",
    iterations: int = 2048,
    key_length: int | None = 32,
    stated: int | None = None,
) -> bytes:
    """The container with another MAC in the place of its own; ``key_length`` in bytes, None to leave it out.

    ``stated`` iterations are written in the place of those that were done.
    """
    pfx, _ = decoder.decode(container, asn1Spec=rfc7292.PFX())
    content, _ = decoder.decode(bytes(pfx["authSafe"]["content"]), asn1Spec=univ.OctetString())
    salt = b"eight by"
    key = PBKDF2HMAC(PRFS[prf][1](), key_length or 32, salt, iterations).derive(password.encode())
    params = _sequence(
        _algorithm("1.2.840.113549.1.5.12", _pbkdf2(salt, stated or iterations, key_length, PRFS[prf][0])),
        _algorithm(PRFS[mac][0], univ.Null("")),
    )
    data = pfx["macData"]
    data["mac"]["digestAlgorithm"]["algorithm"] = _OID("1.2.840.113549.1.5.14")
    data["mac"]["digestAlgorithm"]["parameters"] = univ.Any(encoder.encode(params))
    data["mac"]["digest"] = hmac.digest(key, bytes(content), mac)
    data["macSalt"] = b"NOT USED"
    data["iterations"] = 1
    return bytes(encoder.encode(pfx))


def _pbkdf2(salt: bytes, iterations: int, key_length: int | None, prf: str) -> univ.Sequence:
    length = [univ.Integer(key_length)] if key_length is not None else []
    return _sequence(univ.OctetString(salt), univ.Integer(iterations), *length, _algorithm(prf, univ.Null("")))


def _algorithm(oid: str, params: univ.Any) -> univ.Sequence:
    return _sequence(_OID(oid), params)


def _sequence(*parts: univ.Any) -> univ.Sequence:
    made = univ.Sequence()
    for at, part in enumerate(parts):
        made.setComponentByPosition(at, part)
    return made
