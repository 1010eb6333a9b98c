"""Check a client certificate: key, leaf and chain from one file or several, in any order."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from pydantic import SecretStr

from bot.certificates.checks import chain, chain_findings, strength, succession, trust, validity
from bot.certificates.collect import Material, collect
from bot.certificates.findings import Code, Finding, blocker
from bot.certificates.formats import keys, x509_reader
from bot.certificates.formats.sniff import sniff
from bot.certificates.model import Certificate, ClientMaterial, Context, Format, Report

# They say that Certdesk repacks the container; without a leaf there is nothing to repack.
_ABOUT_REPACKING = frozenset({Code.LEGACY_ENCRYPTION, Code.UNREADABLE_BY_JAVA})


def inspect_client(files: Sequence[bytes], password: SecretStr | None, context: Context) -> Report:
    """Return all findings about ``files`` as a client certificate; never raises for their content.

    The files decide how much key derivation it costs: call it in a worker with a budget.
    """
    found = collect(files, password, context)
    kind = sniff(files[0]) if files else Format.EMPTY
    findings = list(found.findings)
    leaf = None
    if not findings:
        findings += _parts(found)
    if not findings:
        leaf = chain.leaf_of(found.certificates, keys.public_bytes(found.keys[0]))
        if leaf is None:
            findings.append(_mismatch())
    if leaf is None:
        findings += [one for one in found.remarks if one.code not in _ABOUT_REPACKING]
        return Report(kind, tuple(findings), shown=_facts(found.certificates), container=found.container)
    return _report(kind, found, leaf, context)


def _parts(found: Material) -> list[Finding]:
    """Check that there is exactly one key, and a certificate."""
    findings = []
    if not found.keys:
        findings.append(_no_private_key())
    if not found.certificates:
        findings.append(_no_certificate())
    distinct = {keys.public_bytes(key) for key in found.keys}
    if len(distinct) > 1:
        findings.append(_several_keys(len(distinct)))
    return findings


def _report(kind: Format, found: Material, leaf: x509.Certificate, context: Context) -> Report:
    above = chain.build(leaf, found.certificates, context.now, lambda one: trust.is_known(one, context))
    root = trust.root_of(above[-1] if above else leaf, context)
    client = ClientMaterial(keys.pkcs8_der(found.keys[0]), x509_reader.facts(leaf), _facts(above))
    findings = [
        *validity.check_client(client.leaf, client.chain, context),
        *chain_findings.check(leaf, above, found.certificates, root),
        *strength.check(leaf, above, context),
        *succession.check(leaf, context.previous),
        *found.remarks,
    ]
    if client.leaf.sha256 in context.current:
        findings.append(duplicate())
    return Report(
        kind,
        tuple(findings),
        client=client,
        shown=(client.leaf, *client.chain),
        extras=_facts(chain_findings.extras_of(leaf, above, found.certificates)),
        root=root,
        container=found.container,
    )


def _facts(certificates: Sequence[x509.Certificate]) -> tuple[Certificate, ...]:
    return tuple(x509_reader.facts(one) for one in certificates)


def _no_private_key() -> Finding:
    return blocker(
        Code.NO_PRIVATE_KEY,
        "There is a certificate but no private key. The app needs both to identify itself.",
        "Export the certificate again with its private key, or add it together with the key file.",
    )


def _no_certificate() -> Finding:
    return blocker(
        Code.NO_CERTIFICATE,
        "There is a private key but no certificate.",
        "Add the key together with its certificate file.",
    )


def _several_keys(count: int) -> Finding:
    return blocker(
        Code.SEVERAL_KEYS,
        f"There are {count} private keys. A client certificate has exactly one.",
        "Export only the entry that the app is to use, or send its key and certificate alone.",
    )


def _mismatch() -> Finding:
    return blocker(
        Code.KEY_MISMATCH,
        "The private key does not match any of the certificates.",
        "Find the key that the certificate was requested with. A renewed certificate often has a new key.",
    )


def duplicate() -> Finding:
    """Report a certificate whose fingerprint is current in the environment."""
    return blocker(
        Code.DUPLICATE,
        "This certificate is already current in this environment.",
        "Nothing to do, unless you meant another file or another environment.",
    )
