"""Findings about a chain: missing issuers, another order, certificates that do not belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509

from bot.certificates.checks import chain
from bot.certificates.checks.signatures import issued, issuer_key, self_issued, subject_key
from bot.certificates.checks.validity import expiry_day
from bot.certificates.findings import Code, Finding, counted, listed, named, note, warning
from bot.certificates.formats import x509_reader
from bot.certificates.model import Certificate, Context, Root, Standing


def check(
    leaf: x509.Certificate,
    above: Sequence[x509.Certificate],
    given: Sequence[x509.Certificate],
    root: Root,
    context: Context,
) -> list[Finding]:
    """Compare the certificates in the order of the file (``given``) with the chain that was built (``above``)."""
    extras = extras_of(leaf, above, given)
    expired = [one for one in extras if _is_expired_issuer(one, (leaf, *above), context)]
    others = [one for one in extras if one not in expired]
    findings = []
    if root.standing is Standing.UNKNOWN and not expired and _has_gap(above, others):
        findings.append(_incomplete(leaf, above, others))
    wanted = [one for one in chain.distinct(given) if one == leaf or one in above]
    if wanted != [leaf, *above]:
        findings.append(_reordered())
    if expired:
        findings.append(_expired(leaf, expired, root, context))
    if others:
        findings.append(_extra(others))
    return findings


def _is_expired_issuer(one: x509.Certificate, path: Sequence[x509.Certificate], context: Context) -> bool:
    """Return whether it is an expired certificate of a CA that issued one of the path, which goes without it."""
    return one.not_valid_after_utc <= context.now and any(issued(one, below) for below in path)


def _expired(leaf: x509.Certificate, expired: Sequence[x509.Certificate], root: Root, context: Context) -> Finding:
    facts = x509_reader.facts(expired[0])
    until = _day(leaf.not_valid_after_utc, context)
    if root.standing in {Standing.ENVIRONMENT, Standing.PUBLIC}:
        who = "this environment trusts" if root.standing is Standing.ENVIRONMENT else "the public roots have"
        return note(
            Code.CHAIN_EXTRA,
            f"The certificate is valid until {until}. The expired copy of {named(facts.name)} in the file is left out: "
            f"{who} a newer one.",
            "Nothing to do.",
        )
    return warning(
        Code.EXPIRED,
        f"The CA certificate {named(facts.name)} in the file expired on {_day(facts.not_after, context)}. The "
        f"certificate itself is valid until {until}, and is kept without it. Partners that know only the expired one "
        "will refuse it.",
        "Ask the partner whether it trusts the CA's current certificate, or ask the CA for one.",
    )


def _day(moment: datetime, context: Context) -> str:
    return f"{expiry_day(moment, context.timezone):%-d %B %Y}"


def extras_of(
    leaf: x509.Certificate, above: Sequence[x509.Certificate], given: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """Return the certificates that are neither leaf nor chain."""
    return [one for one in chain.distinct(given) if one != leaf and one not in above]


def _has_gap(above: Sequence[x509.Certificate], extras: Sequence[x509.Certificate]) -> bool:
    """Return whether an intermediate is missing: the leaf is alone, or a root is there that the chain does not reach.

    Otherwise only the root can be missing, and a root need not be included.
    """
    return not above or any(self_issued(one) for one in extras)


def _incomplete(
    leaf: x509.Certificate, above: Sequence[x509.Certificate], extras: Sequence[x509.Certificate]
) -> Finding:
    last = above[-1] if above else leaf
    facts = x509_reader.facts(last)
    issued = named(facts.name) if above else "this certificate"
    if any(subject_key(one) == issuer_key(last) for one in extras):
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
