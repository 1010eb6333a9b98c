"""Checks of key sizes, signature digests and extended key usage."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from bot.certificates.checks import chain
from bot.certificates.findings import Code, Finding, named, warning
from bot.certificates.formats import x509_reader
from bot.certificates.model import Context

_BROKEN = ("md2", "md4", "md5", "sha1")
_MIN_EC_BITS = 224
_CLIENT = frozenset({"clientAuth", "anyExtendedKeyUsage"})


def check(leaf: x509.Certificate, above: Sequence[x509.Certificate], context: Context) -> list[Finding]:
    """Return findings about weak keys and signatures in leaf and chain, and about a leaf that is not for clients."""
    findings = [
        _weak_key(weak, _subject(one, leaf)) for one in (leaf, *above) if (weak := _weakness(one, context.min_rsa_bits))
    ]
    findings += [
        _weak_signature(digest, _subject(one, leaf))
        for one in (leaf, *above)
        if not chain.self_issued(one) and (digest := _broken_digest(one))
    ]
    eku = x509_reader.facts(leaf).eku
    if eku and not _CLIENT.intersection(eku):
        findings.append(_no_client_auth(eku))
    return findings


def _weakness(certificate: x509.Certificate, rsa_bits: int) -> str:
    """Return kind and size of a weak key, such as ``RSA 1024``; empty for any other."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return ""
    limits = ((rsa.RSAPublicKey, rsa_bits), (ec.EllipticCurvePublicKey, _MIN_EC_BITS))
    weak = any(isinstance(key, kind) and key.key_size < limit for kind, limit in limits)
    return x509_reader.facts(certificate).key if weak or isinstance(key, dsa.DSAPublicKey) else ""


def _broken_digest(certificate: x509.Certificate) -> str:
    name = x509_reader.facts(certificate).signature
    plain = name.lower().replace("-", "")
    return name if plain.startswith(_BROKEN) or any(f"{one}with" in plain for one in _BROKEN) else ""


def _subject(which: x509.Certificate, leaf: x509.Certificate) -> str:
    return "The certificate" if which == leaf else f"The chain's certificate {named(x509_reader.facts(which).name)}"


def _weak_key(key: str, subject: str) -> Finding:
    return warning(
        Code.WEAK_KEY,
        f"{subject} has a weak key ({key}), which many partners refuse.",
        "Ask for the next certificate with RSA 2048 or EC P-256, or more.",
    )


def _weak_signature(signature: str, subject: str) -> Finding:
    return warning(
        Code.WEAK_SIGNATURE,
        f"{subject} is signed with a broken digest ({named(signature)}), which many partners refuse.",
        "Ask its issuer for a new one that is signed with SHA-256.",
    )


def _no_client_auth(eku: Sequence[str]) -> Finding:
    return warning(
        Code.NO_CLIENT_AUTH,
        f"The certificate is for {named(', '.join(eku))} and not for client authentication, "
        "so a strict partner will refuse it.",
        "Ask the issuer for one whose extended key usage has clientAuth.",
    )
