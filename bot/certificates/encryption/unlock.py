"""Decrypt with a password, trying all its encodings."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import SecretStr

from bot.certificates.encryption import passwords
from bot.certificates.encryption.passwords import Candidate, PasswordEncoding
from bot.certificates.encryption.schemes import Encrypted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unlocked(Generic[T]):
    """Decrypted content, and the encoding of the password that opened it."""

    encoding: PasswordEncoding
    content: T


def unlock(
    encrypted: Encrypted,
    password: SecretStr | None,
    read: Callable[[bytes], T],
    *,
    prefer: PasswordEncoding | None = None,
    most: int | None = None,
) -> Unlocked[T] | None:
    """Decrypt and return the content, or None if none of the ``most`` likeliest encodings opens it.

    A wrong key leaves valid padding once in 256 times, so ``read`` decides: it raises ValueError for nonsense.
    """
    for encoding, candidate in _ordered(_candidates(encrypted, password), prefer)[:most]:
        for plain in encrypted.scheme.plain_texts(candidate, encrypted.data):
            with suppress(ValueError):
                return Unlocked(encoding, read(plain))
    return None


def _candidates(encrypted: Encrypted, password: SecretStr | None) -> list[Candidate]:
    candidates = passwords.as_bmp if encrypted.scheme.bmp else passwords.as_bytes
    return candidates(password, encrypted.scheme.iterations)


def _ordered(candidates: list[Candidate], prefer: PasswordEncoding | None) -> list[Candidate]:
    """Put the encoding that opened another part of the file first: each try costs a full key derivation."""
    return sorted(candidates, key=lambda one: one[0] is not prefer)
