"""Checks of key sizes, signature digests and extended key usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from bot.certificates.checks.signatures import self_issued
from bot.certificates.checks.validity import subject_of
from bot.certificates.findings import Code, Finding, listed, named, warning
from bot.certificates.formats import x509_reader
from bot.certificates.model import Context

_BROKEN = ("md2", "md4", "md5", "sha1")
_MIN_EC_BITS = 224
_CLIENT = frozenset({"clientAuth", "anyExtendedKeyUsage"})


def check(leaf: x509.Certificate, above: Sequence[x509.Certificate], context: Context) -> list[Finding]:
    """Return findings about weak keys and signatures in leaf and chain, and about a leaf that is not for clients."""
    findings = []
    keys = {one: weak for one in (leaf, *above) if (weak := _weakness(one, context.min_rsa_bits))}
    if keys:
        findings.append(_weak_keys(keys, leaf))
    # A root's own signature proves nothing, so its digest does not matter.
    signed = (one for one in (leaf, *above) if not self_issued(one))
    digests = {one: digest for one in signed if (digest := _broken_digest(one))}
    if digests:
        findings.append(_weak_signatures(digests, leaf))
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


def _weak_keys(keys: Mapping[x509.Certificate, str], leaf: x509.Certificate) -> Finding:
    has = "has a weak key" if len(keys) == 1 else "have weak keys"
    return warning(
        Code.WEAK_KEY,
        f"{_named_with(keys, leaf, has)}. Many partners refuse that.",
        "Ask the issuer for certificates with RSA 2048 or EC P-256, or stronger.",
    )


def _weak_signatures(digests: Mapping[x509.Certificate, str], leaf: x509.Certificate) -> Finding:
    signed = "is signed with a broken digest" if len(digests) == 1 else "are signed with broken digests"
    return warning(
        Code.WEAK_SIGNATURE,
        f"{_named_with(digests, leaf, signed)}. Many partners refuse that.",
        "Ask the issuer for certificates that are signed with SHA-256.",
    )


def _named_with(weak: Mapping[x509.Certificate, str], leaf: x509.Certificate, what: str) -> str:
    """Return one sentence for all certificates, with what is weak in each; several are counted and named."""
    if len(weak) == 1:
        ((one, weakness),) = weak.items()
        return f"{subject_of(x509_reader.facts(one), x509_reader.facts(leaf))} {what} ({named(weakness)})"
    each = (f"{x509_reader.facts(one).name} ({weakness})" for one, weakness in weak.items())
    return f"{len(weak)} certificates {what}: {listed(each)}"


def _no_client_auth(eku: Sequence[str]) -> Finding:
    return warning(
        Code.NO_CLIENT_AUTH,
        f"The certificate is for {named(', '.join(eku))}, not for client authentication. Strict partners refuse it.",
        "Ask the issuer for one with clientAuth in its extended key usage (EKU). Public CAs stop issuing those: ask "
        "the partner which CA it accepts, such as its own or a private one.",
    )
