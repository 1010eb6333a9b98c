"""Verifying a PKCS #12 container's MAC ourselves (RFC 7292, section 5.1; PBMAC1: RFC 9579).

The library gives one and the same error for a wrong password and for a cipher that it does not know. The MAC tells
them apart: it covers the content under the password alone.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import Enum

from pydantic import SecretStr

from bot.certificates.encryption import passwords
from bot.certificates.encryption.kdf import MAC_KEY, CannotDerive
from bot.certificates.encryption.passwords import Spelling
from bot.certificates.pkcs12.structure import Mac, Structure


class Verdict(Enum):
    """What the MAC says of a password; UNKNOWN where there is none, or none that can be computed here."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdict, and for a right password which of its spellings it was."""

    verdict: Verdict
    spelling: Spelling | None = None


def prove(structure: Structure, password: SecretStr | None) -> Proof:
    """Check a password in all its spellings; costs the MAC's derivation for each."""
    mac = structure.mac
    if mac is None or mac.kdf is None:
        return Proof(Verdict.UNKNOWN)
    candidates = passwords.as_bytes(password) if mac.pbmac1 else passwords.as_bmp(password)
    for spelling, candidate in candidates:
        if _matches(mac, structure.content, candidate):
            return Proof(Verdict.RIGHT, spelling)
    return Proof(Verdict.WRONG)


def _matches(mac: Mac, content: bytes, password: bytes) -> bool:
    if mac.kdf is None:
        return False
    try:
        key = mac.kdf.derive(password, mac.key_size, MAC_KEY)
    except CannotDerive:
        return False
    return hmac.compare_digest(hmac.digest(key, content, mac.digest), mac.value)
