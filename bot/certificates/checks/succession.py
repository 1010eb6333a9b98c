"""Compare a new version with the one before: a reused key, and fields that a partner may have pinned."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bot.certificates.findings import Change, Code, Finding, warning
from bot.certificates.formats import x509_reader
from bot.certificates.model import Certificate

# A renewal brings a new serial and often a new key; a change of these makes it a different identity.
_IDENTITY = frozenset({"subject", "names (SAN)", "issuer", "usage (EKU)"})


def check(new: x509.Certificate, previous: bytes | None) -> list[Finding]:
    """Return findings about a reused key and about a different identity than in ``previous`` (DER)."""
    if previous is None:
        return []
    try:
        old = x509_reader.parse(previous)
    except ValueError:
        return []
    if old == new:
        return []
    findings = []
    if x509_reader.public_bytes(old) == x509_reader.public_bytes(new) is not None:
        findings.append(_same_key())
    changes = changed(old, new)
    if _IDENTITY.intersection(one.what for one in changes):
        findings.append(_identity_changed(changes))
    return findings


def changed(old: x509.Certificate, new: x509.Certificate) -> tuple[Change, ...]:
    """Return each field that a partner may have pinned and that differs, with both values."""
    before, after = _pinned(old), _pinned(new)
    return tuple(Change(what, before[what], after[what]) for what in before if before[what] != after[what])


def _pinned(certificate: x509.Certificate) -> dict[str, str]:
    facts = x509_reader.facts(certificate)
    return {
        "subject": facts.subject,
        "names (SAN)": ", ".join(sorted(facts.san)) or "none",
        "issuer": facts.issuer,
        "key": f"{facts.key}, SHA-256 {_key_fingerprint(facts, certificate)}",
        "usage (EKU)": ", ".join(sorted(facts.eku)) or "any",
        "serial": format(facts.serial, "x"),
    }


def _key_fingerprint(facts: Certificate, certificate: x509.Certificate) -> str:
    """Return the first 16 digits of SHA-256 over the SubjectPublicKeyInfo, as in key pins (RFC 7469, 2.4)."""
    spki = x509_reader.public_bytes(certificate)
    if spki is None:
        return facts.sha256[:16]
    digest = hashes.Hash(hashes.SHA256())
    digest.update(spki)
    return digest.finalize().hex()[:16]


def _same_key() -> Finding:
    return warning(
        Code.SAME_KEY,
        "The new certificate uses the same private key as the previous version.",
        "This is allowed. Request the next certificate with a new key, in case this one leaks.",
    )


def _identity_changed(changes: tuple[Change, ...]) -> Finding:
    what = ", ".join(one.what for one in changes)
    return warning(
        Code.IDENTITY_CHANGED,
        f"This version differs from the previous one in: {what}. A partner may have pinned the old values.",
        "Tell the partner before you restart the app. Otherwise they may refuse the certificate.",
        changes,
    )
