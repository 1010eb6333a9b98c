"""Check CA certificates that an app is to trust, any number in a file."""

from __future__ import annotations

from collections.abc import Sequence

from bot.certificates.checks import validity
from bot.certificates.collect import Material, collect
from bot.certificates.findings import Code, Finding, blocker, counted, listed
from bot.certificates.formats import x509_reader
from bot.certificates.model import Certificate, Context, Format, Report

_PASSWORD = frozenset({Code.PASSWORD_REQUIRED, Code.WRONG_PASSWORD})


def inspect_authorities(files: Sequence[bytes], context: Context) -> Report:
    """Return all findings about ``files`` as CA certificates; a certificate that is there twice counts once."""
    found = collect(files, None, context)
    kind = found.format or Format.EMPTY
    unique = tuple({one.sha256: one for one in map(x509_reader.facts, found.certificates)}.values())
    findings = [*_keys(found), *found.findings, *_leaves(unique)]
    if not unique and not findings:
        findings.append(_no_certificate())
    findings += validity.check_authorities([one for one in unique if one.is_authority], context)
    if unique and all(one.sha256 in context.current for one in unique):
        findings.append(_duplicate(len(unique)))
    blocked = Report(kind, tuple(findings), shown=unique)
    return blocked if blocked.blocked else Report(kind, tuple(findings), authorities=unique, shown=unique)


def _keys(found: Material) -> list[Finding]:
    container = found.container is not None
    if not (found.keys or found.locked or container):
        return []
    # A password would not help: a file with a key is not a file of CA certificates.
    found.findings[:] = [one for one in found.findings if one.code not in _PASSWORD]
    what = "has a private key in it" if found.keys or not container else "is a container, which is for private keys"
    return [
        blocker(
            Code.PRIVATE_KEY_IN_AUTHORITY,
            f"The file {what}. CA certificates are public and have none.",
            "Send the CA certificates alone, as PEM. If this is a client certificate, add it as one.",
        )
    ]


def _leaves(certificates: Sequence[Certificate]) -> list[Finding]:
    others = [one for one in certificates if not one.is_authority]
    if not others:
        return []
    count = counted(len(others), "certificate is not a CA certificate", "certificates are not CA certificates")
    return [
        blocker(
            Code.NOT_AN_AUTHORITY,
            f"{count}: {listed(one.name for one in others)}.",
            "Send the certificates of the certificate authority (CA) only.",
        )
    ]


def _no_certificate() -> Finding:
    return blocker(
        Code.NO_CERTIFICATE,
        "The file has no certificate in it.",
        "Send the PEM file that has -----BEGIN CERTIFICATE----- in it.",
    )


def _duplicate(count: int) -> Finding:
    what = "This CA certificate is" if count == 1 else f"All {count} CA certificates are"
    return blocker(
        Code.DUPLICATE,
        f"{what} already trusted in this environment.",
        "Nothing to do, unless you meant another file or another environment.",
    )
