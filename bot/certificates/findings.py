"""What a check has to say: stable codes, how grave each is, and a sentence with its remedy."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

LONGEST_NAME = 120


class Severity(StrEnum):
    """A blocker stops the deposit, a warning asks for a second click, a note is only said."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTE = "note"


class Code(StrEnum):
    """Stable codes of findings; tests, logs and the command line's JSON use them."""

    PASSWORD_REQUIRED = "password_required"  # noqa: S105  a code, not a password
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  a code, not a password
    TOO_EXPENSIVE = "too_expensive"
    CORRUPT = "corrupt"
    NOT_CERTIFICATES = "not_certificates"
    TOO_LARGE = "too_large"
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
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say. ``message`` tells what is so, ``remedy`` what to do; plain text with untrusted names in it."""

    code: Code
    severity: Severity
    message: str
    remedy: str


def blocker(code: Code, message: str, remedy: str) -> Finding:
    """A finding that stops the deposit."""
    return Finding(code, Severity.BLOCKER, message, remedy)


def warning(code: Code, message: str, remedy: str) -> Finding:
    """A finding that asks for a second click."""
    return Finding(code, Severity.WARNING, message, remedy)


def note(code: Code, message: str, remedy: str) -> Finding:
    """A finding that is only said."""
    return Finding(code, Severity.NOTE, message, remedy)


def named(text: str) -> str:
    """An untrusted name as it may stand in a sentence: no control or format characters, at most 120 characters."""
    clean = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" else c for c in text)
    return clean if len(clean) <= LONGEST_NAME else clean[: LONGEST_NAME - 1] + "…"
