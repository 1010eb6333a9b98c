"""Findings about a container that opened: its integrity, old encryption, and what Java cannot load."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import SecretStr

from bot.certificates.encryption.passwords import PasswordEncoding
from bot.certificates.encryption.schemes import Scheme
from bot.certificates.findings import Code, Finding, note, warning
from bot.certificates.formats.keys import SigningKey
from bot.certificates.model import ContainerFacts, Reader
from bot.certificates.pkcs12 import compatibility, java_entry
from bot.certificates.pkcs12.container import Opened
from bot.certificates.pkcs12.mac import Verdict
from bot.certificates.pkcs12.structure import Kind

_REPACKED = "Nothing to do: Certdesk repacks it for the app."
_COMPARE = "Compare the certificate's SHA-256 fingerprint with the issuer's before you add it."
_OLD_CIPHERS = ("RC2", "RC4", "DES", "3DES", "2-key 3DES")
_OLD_MACS = ("HMAC-SHA-1", "HMAC-MD5", "HMAC-MD4")


def container_remarks(
    opened: Opened, facts: ContainerFacts, keys: Sequence[SigningKey], password: SecretStr | None
) -> list[Finding]:
    """Return the findings about an opened container with these keys."""
    findings = [*_integrity(opened)]
    for encoding in sorted(opened.encodings, key=lambda one: one.value):
        findings += encoding_remarks(encoding)
    if any(not one.schemes for one in opened.of(Kind.KEY, Kind.SHROUDED_KEY)):
        findings.append(_key_unencrypted())
    if old := _old(facts, [scheme for one in opened.bags for scheme in one.schemes]):
        findings.append(_legacy(old, facts))
    # What is said of the key itself holds for every container (:func:`key_remarks`).
    if compatibility.key_obstacles(Reader.JAVA_17, keys):
        return findings
    if clauses := compatibility.obstacles(Reader.JAVA_17, opened, keys, password):
        findings.append(_unreadable_by_java(f"Java cannot open this container: {'; '.join(clauses)}."))
    elif java_entry.trouble(opened, keys) == java_entry.OTHER_CERTIFICATE:
        findings.append(_unreadable_by_java(f"Java misreads this container: {java_entry.OTHER_CERTIFICATE}."))
    return findings


def key_remarks(keys: Sequence[SigningKey]) -> list[Finding]:
    """Return a warning about keys that Java cannot load, whatever they are packed in."""
    clauses = compatibility.key_obstacles(Reader.JAVA_17, keys)
    return [_key_unreadable_by_java(clauses)] if clauses else []


def encoding_remarks(encoding: PasswordEncoding) -> list[Finding]:
    """Report an unusual encoding of the password."""
    if encoding.plain:
        return []
    return [
        note(
            Code.PASSWORD_SPELLING,
            f"The password opens the file, but not exactly as typed ({encoding.value}). Other tools may reject it.",
            _REPACKED,
        )
    ]


def _integrity(opened: Opened) -> list[Finding]:
    mac = opened.structure.mac
    if opened.two_passwords:
        return [_two_passwords()]
    if opened.mac_check.verdict is Verdict.RIGHT:
        return []
    if opened.structure.signed:
        why = "The container is signed instead of having a MAC, and Certdesk does not check that signature"
    elif mac is None:
        why = "The container has no integrity check (MAC), so Certdesk cannot tell whether it was changed"
    else:
        why = f"Certdesk does not support the container's MAC ({mac.name}), so it cannot tell whether it was changed"
    return [warning(Code.MAC_MISSING, f"{why}.", _COMPARE)]


def _two_passwords() -> Finding:
    return warning(
        Code.TWO_PASSWORDS,
        "The password opens the content, but the integrity check (MAC) fails: "
        "the container has two passwords, or it was changed after it was made.",
        _COMPARE,
    )


def _old(facts: ContainerFacts, schemes: list[Scheme]) -> list[str]:
    ciphers = [name for name in facts.ciphers if name.startswith(_OLD_CIPHERS)]
    first = [scheme.standard for scheme in schemes if scheme.standard.startswith("PBES1")]
    macs = [facts.mac] if facts.mac in _OLD_MACS else []
    return list(dict.fromkeys([*ciphers, *first, *macs]))


def _key_unencrypted() -> Finding:
    return note(
        Code.KEY_UNENCRYPTED,
        "The private key in the container is not encrypted. Java loads nothing from such a file, and reports no error.",
        f"{_REPACKED} Delete all copies of the file.",
    )


def _legacy(old: list[str], facts: ContainerFacts) -> Finding:
    opens_in = facts.opens_in or {}
    if opens_in.get(Reader.OPENSSL, True):
        consequence = "It protects poorly against guessing the password"
    elif opens_in.get(Reader.OPENSSL_LEGACY):
        consequence = "OpenSSL 3 needs -legacy for it"
    else:
        consequence = "OpenSSL 3 does not open it"
    return note(
        Code.LEGACY_ENCRYPTION, f"The container uses old encryption ({', '.join(old)}). {consequence}.", _REPACKED
    )


def _key_unreadable_by_java(clauses: list[str]) -> Finding:
    return warning(
        Code.UNREADABLE_BY_JAVA,
        f"Java cannot load the key in any container: {'; '.join(clauses)}.",
        "Repacking does not help. If the app runs on Java, ask for a certificate with an RSA or a P-256 key.",
    )


def _unreadable_by_java(sentence: str) -> Finding:
    return note(Code.UNREADABLE_BY_JAVA, sentence, _REPACKED)
