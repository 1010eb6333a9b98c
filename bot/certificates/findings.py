"""Findings: results of checks, each with a stable code, a severity, a sentence and a remedy."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

LONGEST_NAME = 120


class Severity(StrEnum):
    """Severity: a blocker stops the deposit, a warning asks for a second click, a note is only shown."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTE = "note"


class Code(StrEnum):
    """Stable codes of findings; tests, logs and the command line's JSON use them."""

    PASSWORD_REQUIRED = "password_required"  # noqa: S105  a code, not a password
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  a code, not a password
    PASSWORD_SPELLING = "password_spelling"  # noqa: S105  a code, not a password
    TWO_PASSWORDS = "two_passwords"
    UNSUPPORTED_ALGORITHM = "unsupported_algorithm"
    TOO_EXPENSIVE = "too_expensive"
    CORRUPT = "corrupt"
    NOT_CERTIFICATES = "not_certificates"
    TOO_LARGE = "too_large"
    UNWRAPPED = "unwrapped"
    KEYSTORE_JKS = "keystore_jks"
    NO_PRIVATE_KEY = "no_private_key"
    NO_CERTIFICATE = "no_certificate"
    SEVERAL_KEYS = "several_keys"
    KEY_MISMATCH = "key_mismatch"
    PRIVATE_KEY_IN_AUTHORITY = "private_key_in_authority"
    NOT_AN_AUTHORITY = "not_an_authority"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRES_SOON = "expires_soon"
    CHAIN_INCOMPLETE = "chain_incomplete"
    CHAIN_REORDERED = "chain_reordered"
    CHAIN_EXTRA = "chain_extra"
    WEAK_KEY = "weak_key"
    WEAK_SIGNATURE = "weak_signature"
    NO_CLIENT_AUTH = "no_client_auth"
    PARTNER_REFUSES = "partner_refuses"
    CLIENT_AUTH_SUNSET = "client_auth_sunset"
    MAC_MISSING = "mac_missing"
    KEY_UNENCRYPTED = "key_unencrypted"
    LEGACY_ENCRYPTION = "legacy_encryption"
    UNREADABLE_BY_JAVA = "unreadable_by_java"
    DUPLICATE = "duplicate"
    SAME_KEY = "same_key"
    IDENTITY_CHANGED = "identity_changed"
    PIN_TAKEN = "pin_taken"
    PIN_SIMILAR = "pin_similar"
    PINS_MISSING = "pins_missing"


@dataclass(frozen=True, slots=True)
class Change:
    """Difference to the previous certificate: name of the field, and both values."""

    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of a check. ``message`` says what was found, ``remedy`` what to do; plain text with untrusted names in it.

    ``changes`` are shown below the sentences, old and new side by side.
    """

    code: Code
    severity: Severity
    message: str
    remedy: str
    changes: tuple[Change, ...] = ()


def blocker(code: Code, message: str, remedy: str) -> Finding:
    """Make a finding that stops the deposit."""
    return Finding(code, Severity.BLOCKER, message, remedy)


def warning(code: Code, message: str, remedy: str, changes: tuple[Change, ...] = ()) -> Finding:
    """Make a finding that asks for a second click."""
    return Finding(code, Severity.WARNING, message, remedy, changes)


def note(code: Code, message: str, remedy: str) -> Finding:
    """Make a finding that is only shown."""
    return Finding(code, Severity.NOTE, message, remedy)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: ``1 certificate``, ``3 certificates``."""
    return f"{number} {one if number == 1 else many}"


def listed(names: Iterable[str], most: int = 3) -> str:
    """Return untrusted names separated by commas, and how many more there are than ``most``."""
    every = list(names)
    shown = ", ".join(named(name) for name in every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"


def named(text: str) -> str:
    """Return an untrusted name for use in a sentence: without control or format characters, at most 120 characters."""
    clean = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" else c for c in text)
    return clean if len(clean) <= LONGEST_NAME else clean[: LONGEST_NAME - 1] + "…"
