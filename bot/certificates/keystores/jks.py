"""Read JKS and JCEKS keystores (``sun.security.provider.JavaKeyStore``, ``com.sun.crypto.provider.JceKeyStore``).

The integrity hash over all of it proves the password. Numbers are big-endian, strings have two bytes of length.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha1

from bot.certificates.encryption.ber import Malformed

_JKS, _JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
_KEY, _TRUSTED = 1, 2
_HASH = 20
_WHITENER = b"Mighty Aphrodite"
_MOST_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: ``key`` is an EncryptedPrivateKeyInfo (DER), None of a trusted certificate; certificates are DER."""

    alias: str
    key: bytes | None = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keystore:
    """Entries in their order. ``more`` says that behind them are others that only Java reads, such as secret keys."""

    entries: tuple[Entry, ...]
    more: bool = False

    @property
    def keys(self) -> int:
        """Return how many private keys are in it."""
        return sum(one.key is not None for one in self.entries)


def read(data: bytes) -> Keystore:
    """Return what is in a keystore, keys encrypted; raises :class:`Malformed` for a damaged one."""
    reader = _Reader(data)
    if reader.take(4) not in {_JKS, _JCEKS}:
        raise Malformed
    version, count = reader.number(), reader.number()
    if version not in {1, 2} or count > _MOST_ENTRIES:
        raise Malformed
    entries: list[Entry] = []
    for _ in range(count):
        if (tag := reader.number()) not in {_KEY, _TRUSTED}:
            # A secret key of JCEKS is a Java object, which has no length.
            return Keystore(tuple(entries), more=True)
        entries.append(reader.entry(tag, version))
    if len(data) - reader.at != _HASH:
        raise Malformed
    return Keystore(tuple(entries))


def is_proven(data: bytes, password: bytes) -> bool:
    """Return whether the integrity hash fits; ``password`` is UTF-16 (big-endian, without zeros behind it)."""
    return hmac.compare_digest(sha1(password + _WHITENER + data[:-_HASH]).digest(), data[-_HASH:])  # noqa: S324  theirs


class _Reader:
    """Reads on from ``at``; everything raises :class:`Malformed` at the end of the data."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def take(self, size: int) -> bytes:
        found = self._data[self.at : self.at + size]
        if len(found) < size:
            raise Malformed
        self.at += size
        return found

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def text(self) -> str:
        return self.take(int.from_bytes(self.take(2), "big")).decode("utf-8", "replace")

    def entry(self, tag: int, version: int) -> Entry:
        alias = self.text()
        self.take(8)  # when it was made
        if tag == _TRUSTED:
            return Entry(alias, None, (self.certificate(version),))
        key = self.take(self.number())
        return Entry(alias, key, tuple(self.certificates(version)))

    def certificates(self, version: int) -> Iterator[bytes]:
        for _ in range(self.number()):
            yield self.certificate(version)

    def certificate(self, version: int) -> bytes:
        if version == 2 and self.text() not in {"X.509", "X509"}:
            raise Malformed
        return self.take(self.number())
