"""The ring of keys that wrap data keys: the first seals, all open."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretBytes, SecretStr

from store.errors import RingError, SealBroken

KEY_BYTES = 32
NONCE_BYTES = 12
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_OPEN_TO_OTHERS = 0o077


class Ring(Protocol):
    """What seals and opens data keys: keys of our own, or a service that keeps them."""

    @property
    def first(self) -> str:
        """Return the name of the key that seals; at most 32 characters."""

    @property
    def names(self) -> frozenset[str]:
        """Return every key that can be opened with."""

    async def wrap(self, data_key: bytes, binding: bytes) -> bytes:
        """Return the data key (32 bytes) under the first key, bound to ``binding``. Raises Unavailable."""

    async def unwrap(self, name: str, wrapped: bytes, binding: bytes) -> bytes:
        """Return the data key again. Raises SealBroken and Unavailable."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by name (32 bytes each); ``first`` names the one that seals."""

    first: str
    keys: Mapping[str, SecretBytes]

    @classmethod
    def parse(cls, text: SecretStr) -> KeyRing:
        """Read ``name:base64`` entries separated by commas or white space; raises :class:`RingError`."""
        keys: dict[str, SecretBytes] = {}
        for number, entry in enumerate(re.findall(r"[^,\s]+", text.get_secret_value()), start=1):
            name, key = _entry(entry, number)
            if name in keys:
                raise RingError(f"The key ring has two entries named {name}: rename or drop one.")
            keys[name] = key
        if not keys:
            raise RingError("The key ring is empty: make an entry with `certdesk keys new`.")
        return cls(next(iter(keys)), keys)

    @classmethod
    def from_file(cls, path: Path) -> KeyRing:
        """Read the ring from a file that only its owner may read; raises :class:`RingError`."""
        try:
            with path.open(encoding="utf-8") as file:
                mode = os.fstat(file.fileno()).st_mode
                text = file.read()
        except (OSError, UnicodeDecodeError):
            raise RingError(f"The key file {path} cannot be read: see that it exists and is text.") from None
        if mode & _OPEN_TO_OTHERS:
            raise RingError(f"The key file {path} can be read by others: run chmod 600 on it.")
        return cls.parse(SecretStr(text))

    @classmethod
    def embedded(cls, path: Path) -> KeyRing:
        """Read the ring beside an embedded database, or make it there, of one key and mode 0600.

        Raises :class:`RingError` as :meth:`from_file`, and where the file cannot be made.
        """
        try:
            if not path.exists():
                _make(path)
        except OSError:
            raise RingError(
                f"The key file {path} cannot be made: see that its folder exists and can be written to."
            ) from None
        return cls.from_file(path)

    @property
    def names(self) -> frozenset[str]:
        """Return every key of the ring."""
        return frozenset(self.keys)

    @staticmethod
    def new_entry(name: str) -> SecretStr:
        """Return a new random entry, ``name:base64``."""
        if not _NAME.fullmatch(name):
            raise RingError("A key's name has up to 32 letters, digits, dots, dashes and underscores.")
        return SecretStr(f"{name}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}")

    async def wrap(self, data_key: bytes, binding: bytes) -> bytes:
        """``nonce | AES-256-GCM(data_key)`` under the first key, bound to ``binding``."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.keys[self.first].get_secret_value()).encrypt(nonce, data_key, binding)

    async def unwrap(self, name: str, wrapped: bytes, binding: bytes) -> bytes:
        """Return the data key again. Raises :class:`SealBroken` for another key, other bytes or another binding."""
        key = self.keys.get(name)
        if key is None:
            raise SealBroken
        try:
            return AESGCM(key.get_secret_value()).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], binding)
        except Exception:  # InvalidTag, or ValueError for lengths no cipher text has: one answer for both
            raise SealBroken from None


def _entry(entry: str, number: int) -> tuple[str, SecretBytes]:
    name, colon, encoded = entry.partition(":")
    if not colon or not _NAME.fullmatch(name):
        raise RingError(f"Entry {number} of the key ring is not name:base64; make one with `certdesk keys new`.")
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:  # not base64, or not even ASCII
        key = b""
    if len(key) != KEY_BYTES:
        raise RingError(f"The key {name} of the key ring is not {KEY_BYTES} bytes in base64.")
    return name, SecretBytes(key)


def _make(path: Path) -> None:
    """Write a new ring so that a second process starting at the same time reads this one or makes none."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(KeyRing.new_entry(f"k{secrets.token_hex(4)}").get_secret_value() + "\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Have the folder's new entry on disk before anything is sealed: without this file no key opens again."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
