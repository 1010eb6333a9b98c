"""What a partner's TLS server refuses in a chain, as OpenSSL judges it with ``-purpose sslclient``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cryptography import x509
from OpenSSL import crypto

from bot.certificates.checks.signatures import self_issued
from bot.certificates.checks.validity import subject_of
from bot.certificates.encryption import ber
from bot.certificates.findings import Code, Finding, named, warning
from bot.certificates.formats import extensions, x509_reader
from bot.certificates.formats.extensions import Extension

# X509_V_FLAG_NO_CHECK_TIME, which pyOpenSSL has no name for: validity has findings of its own.
_NO_CHECK_TIME = 0x200000
# X509_V_ERR_… (x509_vfy.h), of which the chain itself is the reason.
_NOT_A_CA = 24
_ERRORS = {
    _NOT_A_CA: "is not a CA certificate, and issued another one",
    25: "allows fewer CAs below it than there are (path length)",
    34: "has a critical extension that most servers do not know{unknown}",
    41: "has an extension that cannot be read",
    47: "may not issue for the names in this certificate (name constraints)",
    48: "must not issue for the names in this certificate (name constraints)",
}
# The issuer is there and its signature fits, and yet it is not found by what the certificate says of it.
_NOT_FOUND = frozenset({2, 20, 21, 30, 31})
_OTHER_IDENTIFIER = "names another key of its issuer than the one that signed it (authority key identifier)"
_DIGITAL_SIGNATURE, _KEY_AGREEMENT, _CERT_SIGN = 0, 4, 5
_CLIENT_AUTH, _ANY_USAGE = "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"
_POISON = "1.3.6.1.4.1.11129.2.4.3"
_KNOWN_CRITICAL = frozenset(
    {"2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.32", "2.5.29.33"}
    | {"2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.54", "2.16.840.1.113730.1.1"}
)


def check(leaf: x509.Certificate, above: Sequence[x509.Certificate]) -> list[Finding]:
    """Return a warning for each thing that a server may refuse, with the certificate that it is about."""
    path = (leaf, *above)
    clauses = list(_clauses(path))
    return [_refused(path[depth], leaf, clause) for depth, clause in dict.fromkeys(clauses)]


def _clauses(path: Sequence[x509.Certificate]) -> Iterator[tuple[int, str]]:
    yield from _of_leaf(path[0])
    for depth, one in enumerate(path[1:], start=1):
        yield from ((depth, clause) for clause in _of_authority(one))
    for depth, one in enumerate(path):
        yield from ((depth, clause) for clause in _of_any(one))
    yield from _of_openssl(path)


def _of_leaf(leaf: x509.Certificate) -> Iterator[tuple[int, str]]:
    if x509_reader.is_authority(leaf):
        yield 0, "is a CA certificate, which identifies no client"
    usage = _usage(leaf)
    if usage is not None and not usage & {_DIGITAL_SIGNATURE, _KEY_AGREEMENT}:
        yield 0, "may not be used for signatures (keyUsage without digitalSignature)"


def _of_authority(one: x509.Certificate) -> Iterator[str]:
    nothing: tuple[str, ...] = ()
    usages = x509_reader.read_or(lambda: extensions.usages(one), nothing)
    if not x509_reader.is_authority(one):
        yield _ERRORS[_NOT_A_CA]
    if usages and _CLIENT_AUTH not in usages and _ANY_USAGE not in usages:
        yield "may not issue client certificates (extended key usage without clientAuth)"
    usage = _usage(one)
    if usage is not None and _CERT_SIGN not in usage:
        yield "may not sign certificates (keyUsage without keyCertSign)"


def _of_any(one: x509.Certificate) -> Iterator[str]:
    found = _extensions(one)
    if any(extension.oid == _POISON for extension in found):
        yield "is a precertificate, which only logs of certificates use"
    if len({extension.oid for extension in found}) < len(found):
        yield "has the same extension twice"
    if not x509_reader.read_or(lambda: _same_algorithm(one), True):
        yield "names one signature algorithm inside and another one outside"


def _same_algorithm(one: x509.Certificate) -> bool:
    """Return whether both fields of the signature algorithm agree (RFC 5280, 4.1.1.2)."""
    tbs, outer, _ = ber.children(x509_reader.der(one))
    inside = ber.children(tbs)
    return inside[1 + (inside[0][0] == 0xA0)] == outer


def _extensions(one: x509.Certificate) -> Sequence[Extension]:
    nothing: Sequence[Extension] = ()
    return x509_reader.read_or(lambda: extensions.every(one), nothing)


def _usage(one: x509.Certificate) -> frozenset[int] | None:
    return x509_reader.read_or(lambda: extensions.key_usage(one), None)


def _of_openssl(path: Sequence[x509.Certificate]) -> Iterator[tuple[int, str]]:
    """Yield OpenSSL's first objection to the path, whose last certificate is trusted."""
    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(path[-1]))
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN | _NO_CHECK_TIME)
    leaf, *others = (crypto.X509.from_cryptography(one) for one in path)
    try:
        crypto.X509StoreContext(store, leaf, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        code, depth = int(error.errors[0]), int(error.errors[1])
        if code in _ERRORS and depth < len(path):
            yield depth, _ERRORS[code].format(unknown=_unknown(path[depth]))
        elif code in _NOT_FOUND and depth < len(path) - 1 and not self_issued(path[depth]):
            yield depth, _OTHER_IDENTIFIER


def _unknown(one: x509.Certificate) -> str:
    critical = (extension.oid for extension in _extensions(one) if extension.critical)
    unknown = [oid for oid in critical if oid not in _KNOWN_CRITICAL]
    # An identifier may be as long as a certificate.
    return f" ({named(', '.join(unknown[:3]))})" if unknown else ""


def _refused(which: x509.Certificate, leaf: x509.Certificate, clause: str) -> Finding:
    facts = x509_reader.facts(which)
    not_a_ca = which != leaf and not facts.is_authority
    about = named(facts.name) if not_a_ca else subject_of(facts, x509_reader.facts(leaf))
    return warning(
        Code.PARTNER_REFUSES,
        f"{about} {clause}. A partner's server refuses that, unless it checks little.",
        "Ask the issuer for a certificate without that. The partner can tell whether its server takes this one.",
    )
