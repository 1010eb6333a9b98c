"""Password-based key derivations of containers and encrypted keys.

Each states its cost in advance. They hold the interpreter's lock while they run: call them in a worker.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bot.certificates.encryption.digests import Digest, Prf

KEY, IV, MAC_KEY = 1, 2, 3  # RFC 7292, appendix B.3


class CannotDerive(ValueError):
    """The parameters are outside of what the derivation allows."""


class _Derivation:
    """Defaults that most derivations share: little memory, and supported."""

    __slots__ = ()

    @property
    def memory(self) -> int:
        """Return the memory needed in bytes; 0 for a few hundred."""
        return 0

    @property
    def unsupported(self) -> str | None:
        """Return the name of the part that is not supported, or None."""
        return None


@dataclass(frozen=True, slots=True)
class _OfDigest(_Derivation):
    """Derivation by repeating a digest."""

    digest: Digest
    salt: bytes
    iterations: int

    @property
    def unsupported(self) -> str | None:
        """Return the name of the part that is not supported, or None."""
        return None if self.digest.available else self.digest.name


@dataclass(frozen=True, slots=True)
class Pkcs12Kdf(_OfDigest):
    """Derivation of RFC 7292, appendix B.2. Takes the password as a BMPString with its two zero bytes."""

    @property
    def name(self) -> str:
        """Return its name for people."""
        return f"PKCS #12 derivation with {self.digest.name}"

    def derive(self, password: bytes, size: int, purpose: int = KEY) -> bytes:
        """Derive ``size`` bytes for a purpose (key, initialization vector, MAC key)."""
        return derive_pkcs12(self, password, size, purpose)


@dataclass(frozen=True, slots=True)
class Pbkdf1(_OfDigest):
    """PBKDF1 (RFC 8018, section 5.1): key and initialization vector are the two halves of 16 bytes.

    NSS takes the vector from the end of the digest (``iv_from_end``), which differs for SHA-1's 20 bytes.
    """

    iv_from_end: bool = False

    @property
    def name(self) -> str:
        """Return its name for people."""
        return f"PBKDF1 with {self.digest.name}"

    def derive(self, password: bytes, size: int, purpose: int = KEY) -> bytes:
        """Derive the first ``size`` bytes for a key, later ones for an initialization vector."""
        chunk = _repeated(self.digest.python, password + self.salt, self.iterations)
        if purpose != IV:
            return chunk[:size]
        return chunk[-size:] if self.iv_from_end else chunk[8 : 8 + size]


@dataclass(frozen=True, slots=True)
class Pbkdf2(_Derivation):
    """PBKDF2 (RFC 8018, section 5.2). ``key_length`` in bytes, if the parameters state one."""

    prf: Prf
    salt: bytes
    iterations: int
    key_length: int | None = None

    @property
    def name(self) -> str:
        """Return its name for people."""
        return f"PBKDF2 with {self.prf.name}"

    @property
    def unsupported(self) -> str | None:
        """Return the name of the part that is not supported, or None."""
        return self.prf.name if self.prf.digest is None else None

    def derive(self, password: bytes, size: int, purpose: int = KEY) -> bytes:
        """Derive ``size`` bytes; the purpose makes no difference. Raises :class:`CannotDerive`."""
        del purpose
        if self.prf.digest is None:
            raise CannotDerive
        try:
            return PBKDF2HMAC(self.prf.digest(), size, self.salt, self.iterations).derive(password)
        except (ValueError, OverflowError, UnsupportedAlgorithm):
            raise CannotDerive from None


@dataclass(frozen=True, slots=True)
class ScryptKdf(_Derivation):
    """scrypt (RFC 7914): cost ``n``, block size ``r`` (of 128 bytes), parallelization ``p``."""

    salt: bytes
    n: int
    r: int
    p: int
    key_length: int | None = None

    @property
    def name(self) -> str:
        """Return its name for people."""
        return f"scrypt (N={self.n}, r={self.r}, p={self.p})"

    @property
    def memory(self) -> int:
        """Return the memory needed in bytes: 128 * r * (N + p)."""
        return 128 * self.r * (self.n + self.p)

    @property
    def iterations(self) -> int:
        """Return the number of 64-byte blocks mixed; each costs about as much as an iteration of the others."""
        return 4 * self.n * self.r * self.p

    def derive(self, password: bytes, size: int, purpose: int = KEY) -> bytes:
        """Derive ``size`` bytes; the purpose makes no difference. Raises :class:`CannotDerive`."""
        del purpose
        try:
            return Scrypt(self.salt, size, self.n, self.r, self.p).derive(password)
        except (ValueError, OverflowError, UnsupportedAlgorithm):
            raise CannotDerive from None


@dataclass(frozen=True, slots=True)
class BytesToKey(_Derivation):
    """Derivation of PEM files with ``DEK-Info``: MD5 over the previous digest, password and salt; costs nothing."""

    salt: bytes
    iterations: int = 1

    @property
    def name(self) -> str:
        """Return its name for people."""
        return "MD5"

    def derive(self, password: bytes, size: int, purpose: int = KEY) -> bytes:
        """Derive ``size`` bytes; the purpose makes no difference."""
        del purpose
        out, chunk = b"", b""
        while len(out) < size:
            chunk = hashlib.md5(chunk + password + self.salt, usedforsecurity=False).digest()
            out += chunk
        return out[:size]


Kdf = Pkcs12Kdf | Pbkdf1 | Pbkdf2 | ScryptKdf | BytesToKey


def derive_pkcs12(kdf: Pkcs12Kdf, password: bytes, size: int, purpose: int) -> bytes:
    """Derive by RFC 7292, appendix B.2; costs ``iterations`` digests for each digest's length of ``size``."""
    name = kdf.digest.python
    block = hashlib.new(name, usedforsecurity=False).block_size
    diversifier = bytes([purpose]) * block
    state = bytearray(_fill(kdf.salt, block) + _fill(password, block))
    out = b""
    while True:
        chunk = _repeated(name, diversifier + bytes(state), kdf.iterations)
        out += chunk
        if len(out) >= size:
            return out[:size]
        _stir(state, _fill(chunk, block), block)


def _repeated(name: str, start: bytes, iterations: int) -> bytes:
    """Apply the digest ``iterations`` times. Named constructors are twice as fast as :func:`hashlib.new`."""
    chunk = hashlib.new(name, start, usedforsecurity=False).digest()
    make = getattr(hashlib, name, None)
    if make is None:
        for _ in range(iterations - 1):
            chunk = hashlib.new(name, chunk, usedforsecurity=False).digest()
        return chunk
    for _ in range(iterations - 1):
        chunk = make(chunk, usedforsecurity=False).digest()
    return chunk


def _fill(part: bytes, block: int) -> bytes:
    """Repeat ``part`` up to a whole number of blocks; empty stays empty."""
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
