"""Verify a PKCS #12 container's MAC (RFC 7292, section 5.1; PBMAC1: RFC 9579).

The library raises the same error for a wrong password and for an unsupported cipher. The MAC tells them apart, since
it depends on the password and not on the ciphers.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import Enum

from pydantic import SecretStr

from bot.certificates.encryption import passwords
from bot.certificates.encryption.kdf import MAC_KEY, CannotDerive
from bot.certificates.encryption.passwords import PasswordEncoding
from bot.certificates.pkcs12.structure import Mac, Structure


class Verdict(Enum):
    """Result of the MAC for a password; UNKNOWN without a MAC, or for an unsupported one."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MacCheck:
    """Verdict, and for a right password the encoding that matched."""

    verdict: Verdict
    encoding: PasswordEncoding | None = None


def check(structure: Structure, password: SecretStr | None) -> MacCheck:
    """Check a password in all its encodings; costs the MAC's key derivation for each."""
    mac = structure.mac
    if mac is None or mac.kdf is None:
        return MacCheck(Verdict.UNKNOWN)
    candidates = passwords.as_bytes if mac.pbmac1 else passwords.as_bmp
    for encoding, candidate in candidates(password, mac.kdf.iterations):
        if _matches(mac, structure.content, candidate):
            return MacCheck(Verdict.RIGHT, encoding)
    return MacCheck(Verdict.WRONG)


def _matches(mac: Mac, content: bytes, password: bytes) -> bool:
    if mac.kdf is None:
        return False
    try:
        key = mac.kdf.derive(password, mac.key_size, MAC_KEY)
    except CannotDerive:
        return False
    return hmac.compare_digest(hmac.digest(key, content, mac.digest), mac.value)
