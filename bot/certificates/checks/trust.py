"""Find the root of a chain: one that the environment trusts, a public one, or a private one."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bot.certificates.checks.signatures import issued, issuer_key, self_issued, subject_key
from bot.certificates.formats import x509_reader
from bot.certificates.model import Anchors, Context, Root, Standing


def anchors(certificates: Iterable[bytes]) -> Anchors:
    """Index CA certificates (DER) by subject; unreadable ones are left out."""
    by_name: dict[bytes, list[bytes]] = {}
    for der in certificates:
        try:
            certificate = x509_reader.parse(der)
        except ValueError:
            continue
        by_name.setdefault(subject_key(certificate), []).append(der)
    return Anchors({name: tuple(several) for name, several in by_name.items()})


def root_of(last: x509.Certificate, context: Context) -> Root:
    """Return the root of the chain whose last certificate this is."""
    for roots, standing in (
        (context.environment_roots, Standing.ENVIRONMENT),
        (context.public_roots, Standing.PUBLIC),
    ):
        if (found := _anchor_of(last, roots)) is not None:
            return _root(found, standing)
    if self_issued(last):
        return _root(last, Standing.PRIVATE)
    facts = x509_reader.facts(last)
    return Root(facts.issuer, Standing.UNKNOWN, address=facts.issuer_address)


def is_known(last: x509.Certificate, context: Context) -> bool:
    """Return whether the certificate is a root of the context, or was issued by one."""
    return any(_anchor_of(last, roots) for roots in (context.environment_roots, context.public_roots))


def _anchor_of(last: x509.Certificate, roots: Anchors) -> x509.Certificate | None:
    """Return the certificate's counterpart among the roots (same name and key), or else its issuer."""
    for der in roots.by_name.get(subject_key(last), ()):
        root = x509_reader.parse(der)
        if x509_reader.public_bytes(root) == x509_reader.public_bytes(last):
            return root
    candidates = (x509_reader.parse(der) for der in roots.by_name.get(issuer_key(last), ()))
    return next((root for root in candidates if issued(root, last)), None)


def _root(certificate: x509.Certificate, standing: Standing) -> Root:
    return Root(x509_reader.facts(certificate).name, standing, certificate.fingerprint(hashes.SHA256()).hex())
