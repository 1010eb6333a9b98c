"""The leaf and its chain: found by key and signature, wherever the certificates stand in a file."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from bot.certificates import reading
from bot.certificates.findings import Code, Finding, named, note, warning

LONGEST = 16


def leaf_of(certificates: Sequence[x509.Certificate], spki: bytes) -> x509.Certificate | None:
    """The certificate of that public key (DER SubjectPublicKeyInfo); of several, the one that ends last."""
    matching = [one for one in certificates if reading.public_bytes(one) == spki]
    return max(matching, key=lambda one: one.not_valid_after_utc, default=None)


def build(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The chain upwards from the leaf's issuer, as far as ``others`` reach."""
    chain: list[x509.Certificate] = []
    below = leaf
    while len(chain) < LONGEST and not self_issued(below):
        above = next((one for one in others if one not in chain and one != leaf and issued(one, below)), None)
        if above is None:
            break
        chain.append(above)
        below = above
    return chain


def issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Whether ``issuer``'s key made ``subject``'s signature, and the names agree."""
    try:
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def self_issued(certificate: x509.Certificate) -> bool:
    """Subject and issuer are the same name: a root, or a self-signed leaf."""
    return certificate.subject == certificate.issuer


def findings(
    leaf: x509.Certificate, chain: Sequence[x509.Certificate], given: Sequence[x509.Certificate]
) -> list[Finding]:
    """What is to say about the chain; ``given`` is the order of the file."""
    said = []
    if not chain and not self_issued(leaf):
        said.append(_incomplete(leaf))
    wanted = [one for one in given if one == leaf or one in chain]
    if wanted != [leaf, *chain]:
        said.append(_reordered())
    return said


def _incomplete(leaf: x509.Certificate) -> Finding:
    issuer = named(reading.facts(leaf).issuer)
    return warning(
        Code.CHAIN_INCOMPLETE,
        f"The certificate's issuer ({issuer}) is not in the file, so a partner may not be able to check it.",
        "Add the issuer's certificate to the file, unless it is a root that the partner knows.",
    )


def _reordered() -> Finding:
    return note(
        Code.CHAIN_REORDERED,
        "The certificates of the chain stand in another order than leaf, issuer, issuer's issuer.",
        "Nothing to do: they are put in order here.",
    )
