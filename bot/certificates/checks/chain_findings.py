"""Findings about a chain: missing issuers, another order, certificates that do not belong to it."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509

from bot.certificates.checks import chain
from bot.certificates.findings import Code, Finding, named, note, warning
from bot.certificates.formats import x509_reader
from bot.certificates.model import Certificate, Root, Standing

_SOME = 3


def check(
    leaf: x509.Certificate, above: Sequence[x509.Certificate], given: Sequence[x509.Certificate], root: Root
) -> list[Finding]:
    """Compare the certificates in the order of the file (``given``) with the chain that was built (``above``)."""
    extras = extras_of(leaf, above, given)
    findings = []
    if root.standing is Standing.UNKNOWN and _has_gap(above, extras):
        findings.append(_incomplete(leaf, above))
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


def _incomplete(leaf: x509.Certificate, above: Sequence[x509.Certificate]) -> Finding:
    last = x509_reader.facts(above[-1] if above else leaf)
    return warning(
        Code.CHAIN_INCOMPLETE,
        f"The certificate of {named(last.issuer)}, which issued {_which(last, above)}, is not in the file, "
        "so a partner may not be able to check it.",
        f"Add it to the file{_address(last)}, unless it is a root that the partner has.",
    )


def _which(last: Certificate, above: Sequence[x509.Certificate]) -> str:
    return named(last.name) if above else "this certificate"


def _address(last: Certificate) -> str:
    return f" (the certificate says that it is at {named(last.issuer_address)})" if last.issuer_address else ""


def _reordered() -> Finding:
    return note(
        Code.CHAIN_REORDERED,
        "The certificates of the chain stand in another order than leaf, issuer, issuer's issuer.",
        "Nothing to do: they are put in order here.",
    )


def _extra(extras: Sequence[x509.Certificate]) -> Finding:
    names = ", ".join(named(x509_reader.facts(one).name) for one in extras[:_SOME])
    more = f" and {len(extras) - _SOME} more" if len(extras) > _SOME else ""
    what = "A certificate is" if len(extras) == 1 else f"{len(extras)} certificates are"
    return note(
        Code.CHAIN_EXTRA,
        f"{what} in the file that {'does' if len(extras) == 1 else 'do'} not belong to the chain: {names}{more}.",
        "Nothing to do: what does not belong is left out. Authorities are added on their own.",
    )
