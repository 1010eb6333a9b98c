"""Findings about a container that opened: its integrity, old encryption, and what Java cannot load."""

from __future__ import annotations

from bot.certificates.encryption.passwords import PasswordEncoding
from bot.certificates.encryption.schemes import Scheme
from bot.certificates.findings import Code, Finding, note, warning
from bot.certificates.model import ContainerFacts, Reader
from bot.certificates.pkcs12.container import Opened
from bot.certificates.pkcs12.mac import Verdict
from bot.certificates.pkcs12.structure import Kind

_PACKED = "Nothing to do: Certdesk packs it anew for the app."
_OLD_CIPHERS = ("RC2", "RC4", "DES", "3DES", "2-key 3DES")
_OLD_MACS = ("HMAC-SHA-1", "HMAC-MD5", "HMAC-MD4")


def container_remarks(opened: Opened, facts: ContainerFacts, obstacles: list[str]) -> list[Finding]:
    """Return the findings about a container; ``obstacles`` are what keeps Java from loading it."""
    findings = [*_integrity(opened)]
    for encoding in sorted(opened.encodings, key=lambda one: one.value):
        findings += encoding_remarks(encoding)
    if any(not one.schemes for one in opened.of(Kind.KEY, Kind.SHROUDED_KEY)):
        findings.append(_key_unencrypted())
    if old := _old(facts, [scheme for one in opened.bags for scheme in one.schemes]):
        findings.append(_legacy(old, facts))
    if obstacles:
        findings.append(_unreadable_by_java(obstacles))
    return findings


def encoding_remarks(encoding: PasswordEncoding) -> list[Finding]:
    """Report an unusual encoding of the password."""
    if encoding.plain:
        return []
    return [
        note(
            Code.PASSWORD_SPELLING,
            f"The password fits, {encoding.value}; other tools may call it wrong.",
            _PACKED,
        )
    ]


def _integrity(opened: Opened) -> list[Finding]:
    mac = opened.structure.mac
    if opened.two_passwords:
        return [_two_passwords()]
    if opened.mac_check.verdict is Verdict.RIGHT:
        return []
    if opened.structure.signed:
        why = "It is signed instead of protected by a password's MAC, and that signature is not checked here"
    elif mac is None:
        why = "Nothing proves that the container is whole: it was made without a MAC"
    else:
        why = f"Nothing proves here that the container is whole: its MAC ({mac.name}) cannot be checked"
    return [warning(Code.MAC_MISSING, f"{why}.", "Compare the fingerprint below with the issuer's before you go on.")]


def _two_passwords() -> Finding:
    return warning(
        Code.TWO_PASSWORDS,
        "The password opens the content, but does not fit the container's integrity check (MAC): "
        "the container was made with two passwords, or changed after it was made.",
        "Compare the fingerprint below with the issuer's before you go on.",
    )


def _old(facts: ContainerFacts, schemes: list[Scheme]) -> list[str]:
    ciphers = [name for name in facts.ciphers if name.startswith(_OLD_CIPHERS)]
    first = [scheme.standard for scheme in schemes if scheme.standard.startswith("PBES1")]
    macs = [facts.mac] if facts.mac in _OLD_MACS else []
    return list(dict.fromkeys([*ciphers, *first, *macs]))


def _key_unencrypted() -> Finding:
    return note(
        Code.KEY_UNENCRYPTED,
        "The private key lies in the container without encryption; Java loads nothing from such a file, silently.",
        _PACKED + " Delete the file from wherever it lies.",
    )


def _legacy(old: list[str], facts: ContainerFacts) -> Finding:
    refused = facts.opens_in is not None and not facts.opens_in[Reader.OPENSSL]
    consequence = "and OpenSSL 3 opens it with -legacy at best" if refused else "and protects badly against guessing"
    return note(
        Code.LEGACY_ENCRYPTION, f"The container is locked in an old way ({', '.join(old)}), {consequence}.", _PACKED
    )


def _unreadable_by_java(obstacles: list[str]) -> Finding:
    return note(
        Code.UNREADABLE_BY_JAVA,
        f"Java would not load this container as it is: {'; '.join(obstacles)}.",
        _PACKED,
    )
