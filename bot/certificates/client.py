"""Check a client certificate: key, leaf and chain from one file or several, in any order."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from pydantic import SecretStr

from bot.certificates.checks import chain, chain_findings, forecast, partner, strength, succession, trust, validity
from bot.certificates.collect import Material, collect
from bot.certificates.findings import Code, Finding, blocker, counted, listed, named
from bot.certificates.formats import keys, x509_reader
from bot.certificates.model import Certificate, ClientMaterial, Context, Format, Report
from bot.certificates.pkcs12.remarks import key_remarks

_AS_PEM = "export them (openssl pkcs12 -in FILE -nokeys -out ca.pem), and add ca.pem as CA certificates"
# They say that Certdesk repacks the container; without a leaf there is nothing to repack.
_ABOUT_REPACKING = frozenset({Code.LEGACY_ENCRYPTION, Code.UNREADABLE_BY_JAVA})


def inspect_client(files: Sequence[bytes], password: SecretStr | None, context: Context) -> Report:
    """Return all findings about ``files`` as a client certificate; never raises for their content.

    The files decide how much key derivation it costs: call it in a worker with a budget.
    """
    found = collect(files, password, context)
    kind = found.format or Format.EMPTY
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
    if not found.keys and not found.certificates:
        return [_nothing(found)]
    if not found.keys:
        return [_no_private_key(found)]
    if not found.certificates:
        return [_no_certificate(found)]
    distinct = {keys.public_bytes(key) for key in found.keys}
    return [_several_keys(len(distinct))] if len(distinct) > 1 else []


def _report(kind: Format, found: Material, leaf: x509.Certificate, context: Context) -> Report:
    above = chain.build(leaf, found.certificates, context.now, lambda one: trust.is_known(one, context))
    root = trust.root_of(above[-1] if above else leaf, context)
    client = ClientMaterial(keys.pkcs8_der(found.keys[0]), x509_reader.facts(leaf), _facts(above))
    findings = [
        *validity.check_client(client.leaf, client.chain, context),
        *chain_findings.check(leaf, above, found.certificates, root, context),
        *strength.check(leaf, above, context),
        *partner.check(leaf, above),
        *forecast.check(client.leaf, root, context),
        *succession.check(leaf, context.previous),
        *found.remarks,
        *key_remarks(found.keys),
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


def _nothing(found: Material) -> Finding:
    if found.others:
        return blocker(Code.NO_CERTIFICATE, f"{found.others[0]}.", "Send the certificate with its private key.")
    what = "container" if found.container is not None else "file"
    return blocker(
        Code.NO_CERTIFICATE,
        f"The {what} is empty: it has neither a certificate nor a private key in it.",
        "Export it again with the certificate and its private key.",
    )


def _no_private_key(found: Material) -> Finding:
    """Report certificates without a key: CA certificates, a server's own, or a file whose key was left out."""
    facts = _facts(found.certificates)
    authorities = [one for one in facts if one.is_authority]
    if found.others:
        return blocker(
            Code.NO_PRIVATE_KEY,
            f"{found.others[0]}, and there is no private key. The app needs it to identify itself.",
            "Send the private key that the certificate was requested with.",
        )
    if len(authorities) == len(facts):
        trust = _AS_PEM if found.container is not None else "add them as CA certificates"
        return blocker(
            Code.NO_PRIVATE_KEY,
            f"There {_are(len(facts), 'CA certificate')} and no private key. That is what an app trusts, not what it "
            "identifies itself with.",
            f"To trust them, {trust}. To identify the app, send the client certificate with its private key.",
        )
    if authorities:
        others = [one.name for one in facts if not one.is_authority]
        return blocker(
            Code.NO_PRIVATE_KEY,
            f"There {_are(len(authorities), 'CA certificate')} ({listed(one.name for one in authorities)}), "
            f"{counted(len(others), 'other certificate', 'other certificates')} ({listed(others)}) and no private key.",
            "To identify the app, send the private key too. To trust the CA certificates, send them alone.",
        )
    if any(_is_server(one) for one in facts):
        return blocker(
            Code.NO_PRIVATE_KEY,
            f"{named(facts[0].name)} is a server's certificate, and there is no private key.",
            "To let the app trust that server, add the CA certificate that issued it. If it issued itself, ask the "
            "partner for a certificate from a CA: one that is replaced each year breaks the connection each year.",
        )
    return blocker(
        Code.NO_PRIVATE_KEY,
        "There is a certificate but no private key. The app needs both to identify itself.",
        "Export the certificate again with its private key, or add it together with the key file.",
    )


def _is_server(one: Certificate) -> bool:
    return "serverAuth" in one.eku and "clientAuth" not in one.eku


def _are(count: int, noun: str) -> str:
    return f"is 1 {noun}" if count == 1 else f"are {count} {noun}s"


def _no_certificate(found: Material) -> Finding:
    beside = f"{found.others[0]}, and there" if found.others else "There"
    return blocker(
        Code.NO_CERTIFICATE,
        f"{beside} is a private key but no certificate.",
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
