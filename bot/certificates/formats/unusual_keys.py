"""Private keys that OpenSSL and Java read and the library does not: BER, lost zeros, missing numbers."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from pyasn1.error import PyAsn1Error
from pyasn1.type import univ

from bot.certificates.encryption import ber
from bot.certificates.encryption.ber import Malformed

_RSA, _EC = ("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"), "1.2.840.10045.2.1"
_ED25519, _ED448 = "1.3.101.112", "1.3.101.113"
_PARAMETERS = 0xA0
_CURVES: dict[str, ec.EllipticCurve] = {
    "1.2.840.10045.3.1.7": ec.SECP256R1(),
    "1.3.132.0.34": ec.SECP384R1(),
    "1.3.132.0.35": ec.SECP521R1(),
    "1.3.132.0.33": ec.SECP224R1(),
    "1.3.132.0.10": ec.SECP256K1(),
}
# Finding the primes of a larger key takes longer than a file may.
_MOST_BITS = 8192

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey


def load(data: bytes) -> Key:
    """Load an unencrypted key, PKCS #8 or traditional, from its numbers; raises :class:`Malformed` if it cannot be."""
    try:
        return _loaded(ber.items(data))
    except Malformed:
        raise
    except (PyAsn1Error, ValueError, TypeError, IndexError, KeyError, StopIteration, AttributeError):
        raise Malformed from None


def _loaded(parts: list[Any]) -> Key:
    if isinstance(parts[1], univ.OctetString):
        return _elliptic(bytes(parts[1]), _curve_within(parts))
    if isinstance(parts[1], univ.Integer):
        return _rsa([int(one) for one in parts[1:]])
    kind, inside = str(parts[1][0]), bytes(parts[2])
    if kind in _RSA:
        return _rsa([int(one) for one in ber.items(inside)[1:]])
    if kind == _EC:
        return _elliptic(bytes(ber.items(inside)[1]), str(parts[1][1]))
    # RFC 8410, 7: the key is an OCTET STRING within one; version 1 (RFC 5958) has the public key behind it.
    raw = ber.octets(inside)
    if kind == _ED25519:
        return ed25519.Ed25519PrivateKey.from_private_bytes(raw)
    if kind == _ED448:
        return ed448.Ed448PrivateKey.from_private_bytes(raw)
    raise Malformed


def _curve_within(parts: list[Any]) -> str:
    """Return the curve that a traditional key names, in its part [0] (RFC 5915, 3)."""
    named = next(one for one in parts if isinstance(one, bytes) and one[0] == _PARAMETERS)
    return str(ber.decode(ber.children(named)[0], univ.ObjectIdentifier()))


def _elliptic(number: bytes, curve: str) -> ec.EllipticCurvePrivateKey:
    """Return the key of that number: some tools leave out its leading zeros (RFC 5915, 3, has them)."""
    return ec.derive_private_key(int.from_bytes(number, "big"), _CURVES[curve])


def _rsa(numbers: list[int]) -> rsa.RSAPrivateKey:
    """Return the key of its numbers from the modulus on (RFC 8017, A.1.2); the primes are found if they are missing."""
    n, e, d, *primes = numbers
    if n.bit_length() > _MOST_BITS:
        raise Malformed
    p, q = primes[:2] if len(primes) > 1 and all(primes[:2]) else rsa.rsa_recover_prime_factors(n, e, d)
    private = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(e, n)
    )
    return private.private_key()
