"""Digests and pseudo-random functions by object identifier (RFC 8018, B.1; NIST CSOR; RFC 8702)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes


@dataclass(frozen=True, slots=True)
class Digest:
    """Digest: ``name`` for people, ``python`` for :mod:`hashlib`."""

    name: str
    python: str

    @property
    def available(self) -> bool:
        """Return whether Python's OpenSSL has it."""
        try:
            hashlib.new(self.python, usedforsecurity=False)
        except ValueError:
            return False
        return True

    @property
    def size(self) -> int:
        """Return its length in bytes."""
        return hashlib.new(self.python, usedforsecurity=False).digest_size


@dataclass(frozen=True, slots=True)
class Prf:
    """HMAC with a digest, as in PBKDF2 and PBMAC1; ``digest`` is None if the library does not have it."""

    name: str
    digest: Callable[[], hashes.HashAlgorithm] | None


MD5 = Digest("MD5", "md5")
SHA1 = Digest("SHA-1", "sha1")
_DIGESTS = {
    "1.2.840.113549.2.4": Digest("MD4", "md4"),
    "1.2.840.113549.2.5": MD5,
    "1.3.14.3.2.26": SHA1,
    "1.2.840.113549.1.1.5": SHA1,  # some writers name the signature instead of the digest
    "1.3.36.3.2.1": Digest("RIPEMD-160", "ripemd160"),
    "2.16.840.1.101.3.4.2.4": Digest("SHA-224", "sha224"),
    "2.16.840.1.101.3.4.2.1": Digest("SHA-256", "sha256"),
    "2.16.840.1.101.3.4.2.2": Digest("SHA-384", "sha384"),
    "2.16.840.1.101.3.4.2.3": Digest("SHA-512", "sha512"),
    "2.16.840.1.101.3.4.2.5": Digest("SHA-512/224", "sha512_224"),
    "2.16.840.1.101.3.4.2.6": Digest("SHA-512/256", "sha512_256"),
    "2.16.840.1.101.3.4.2.7": Digest("SHA3-224", "sha3_224"),
    "2.16.840.1.101.3.4.2.8": Digest("SHA3-256", "sha3_256"),
    "2.16.840.1.101.3.4.2.9": Digest("SHA3-384", "sha3_384"),
    "2.16.840.1.101.3.4.2.10": Digest("SHA3-512", "sha3_512"),
    "1.2.156.10197.1.401": Digest("SM3", "sm3"),
    "1.3.6.1.4.1.1722.12.2.1.16": Digest("BLAKE2b-512", "blake2b"),
    "1.3.6.1.4.1.1722.12.2.2.8": Digest("BLAKE2s-256", "blake2s"),
    "1.0.10118.3.0.55": Digest("Whirlpool", "whirlpool"),
    "1.2.643.7.1.1.2.2": Digest("GOST R 34.11-2012 (256 bits)", "md_gost12_256"),
    "1.2.643.7.1.1.2.3": Digest("GOST R 34.11-2012 (512 bits)", "md_gost12_512"),
}
_PRFS = {
    "1.2.840.113549.2.6": Prf("HMAC-MD5", hashes.MD5),
    "1.2.840.113549.2.7": Prf("HMAC-SHA-1", hashes.SHA1),
    "1.3.6.1.5.5.8.1.2": Prf("HMAC-SHA-1", hashes.SHA1),
    "1.2.840.113549.2.8": Prf("HMAC-SHA-224", hashes.SHA224),
    "1.2.840.113549.2.9": Prf("HMAC-SHA-256", hashes.SHA256),
    "1.2.840.113549.2.10": Prf("HMAC-SHA-384", hashes.SHA384),
    "1.2.840.113549.2.11": Prf("HMAC-SHA-512", hashes.SHA512),
    "1.2.840.113549.2.12": Prf("HMAC-SHA-512/224", hashes.SHA512_224),
    "1.2.840.113549.2.13": Prf("HMAC-SHA-512/256", hashes.SHA512_256),
    "2.16.840.1.101.3.4.2.13": Prf("HMAC-SHA3-224", hashes.SHA3_224),
    "2.16.840.1.101.3.4.2.14": Prf("HMAC-SHA3-256", hashes.SHA3_256),
    "2.16.840.1.101.3.4.2.15": Prf("HMAC-SHA3-384", hashes.SHA3_384),
    "2.16.840.1.101.3.4.2.16": Prf("HMAC-SHA3-512", hashes.SHA3_512),
    "1.2.156.10197.1.401.2": Prf("HMAC-SM3", hashes.SM3),
    "1.3.6.1.5.5.8.1.4": Prf("HMAC-RIPEMD-160", None),
    "1.2.643.2.2.10": Prf("HMAC-GOST R 34.11-94", None),
    "1.2.643.7.1.1.4.1": Prf("HMAC-GOST R 34.11-2012 (256 bits)", None),
    "1.2.643.7.1.1.4.2": Prf("HMAC-GOST R 34.11-2012 (512 bits)", None),
}


def digest_of(oid: str) -> Digest | None:
    """Return the digest of an object identifier, or None for an unknown one."""
    return _DIGESTS.get(oid)


def prf_of(oid: str) -> Prf:
    """Return the pseudo-random function of an object identifier; an unknown one is named by it."""
    return _PRFS.get(oid) or Prf(f"PRF {oid}", None)
