"""Trying a password, in all its spellings, on something locked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import SecretStr

from bot.certificates.encryption import passwords
from bot.certificates.encryption.passwords import Candidate, Spelling
from bot.certificates.encryption.schemes import Locked

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unlocked(Generic[T]):
    """What was inside, and the spelling of the password that opened it."""

    spelling: Spelling
    content: T


def unlock(
    locked: Locked,
    password: SecretStr | None,
    read: Callable[[bytes], T],
    *,
    prefer: Spelling | None = None,
    most: int | None = None,
) -> Unlocked[T] | None:
    """The content, or None where no spelling opens it, of the ``most`` likeliest.

    A wrong key leaves padding that looks right once in 256 times, so ``read`` (ValueError for nonsense) decides.
    """
    for spelling, candidate in _ordered(_candidates(locked, password), prefer)[:most]:
        for plain in locked.scheme.plain_texts(candidate, locked.data):
            with suppress(ValueError):
                return Unlocked(spelling, read(plain))
    return None


def _candidates(locked: Locked, password: SecretStr | None) -> list[Candidate]:
    return passwords.as_bmp(password) if locked.scheme.bmp else passwords.as_bytes(password)


def _ordered(candidates: list[Candidate], prefer: Spelling | None) -> list[Candidate]:
    """What opened another part of the same file goes first: a wrong try costs as much as the right one."""
    return sorted(candidates, key=lambda one: one[0] is not prefer)
