"""Findings about a chain: missing issuers, another order, certificates that do not belong to it."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509

from bot.certificates.checks import chain
from bot.certificates.findings import Code, Finding, counted, listed, named, note, warning
from bot.certificates.formats import x509_reader
from bot.certificates.model import Certificate, Root, Standing


def check(
    leaf: x509.Certificate, above: Sequence[x509.Certificate], given: Sequence[x509.Certificate], root: Root
) -> list[Finding]:
    """Compare the certificates in the order of the file (``given``) with the chain that was built (``above``)."""
    extras = extras_of(leaf, above, given)
    findings = []
    if root.standing is Standing.UNKNOWN and _has_gap(above, extras):
        findings.append(_incomplete(leaf, above, extras))
    wanted = [one for one in chain.distinct(given) if one == leaf or one in above]
    if wanted != [leaf, *above]:
        findings.append(_reordered())
    if extras:
        findings.append(_extra(extras))
    return findings


def extras_of(
    leaf: x509.Certificate, above: Sequence[x509.Certificate], given: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """Return the certificates that are neither leaf nor chain."""
    return [one for one in chain.distinct(given) if one != leaf and one not in above]


def _has_gap(above: Sequence[x509.Certificate], extras: Sequence[x509.Certificate]) -> bool:
    """Return whether an intermediate is missing: the leaf is alone, or a root is there that the chain does not reach.

    Otherwise only the root can be missing, and a root need not be included.
    """
    return not above or any(chain.self_issued(one) for one in extras)


def _incomplete(
    leaf: x509.Certificate, above: Sequence[x509.Certificate], extras: Sequence[x509.Certificate]
) -> Finding:
    last = above[-1] if above else leaf
    facts = x509_reader.facts(last)
    issued = named(facts.name) if above else "this certificate"
    if any(one.subject == last.issuer for one in extras):
        return warning(
            Code.CHAIN_INCOMPLETE,
            f"The file has a certificate named {named(facts.issuer)}, but it did not sign {issued}.",
            f"Ask the issuer for its current CA certificate{_address(facts)}, and add it to the file.",
        )
    return warning(
        Code.CHAIN_INCOMPLETE,
        f"The certificate of {named(facts.issuer)}, which issued {issued}, is missing. "
        "Without it, a partner may not be able to check your certificate.",
        f"Add it to the file{_address(facts)}, unless it is a root that the partner already has.",
    )


def _address(last: Certificate) -> str:
    return f" (download address in the certificate: {named(last.issuer_address)})" if last.issuer_address else ""


def _reordered() -> Finding:
    return note(
        Code.CHAIN_REORDERED,
        "The certificates in the file are not in the usual order: leaf, issuer, issuer's issuer.",
        "Nothing to do: Certdesk puts them in order.",
    )


def _extra(extras: Sequence[x509.Certificate]) -> Finding:
    count = counted(len(extras), "certificate does", "certificates do")
    return note(
        Code.CHAIN_EXTRA,
        f"{count} not belong to the chain: {listed(x509_reader.facts(one).name for one in extras)}.",
        "Nothing to do: Certdesk leaves out what does not belong. Add CA certificates that the app trusts separately.",
    )
