"""The chain of a server: who trusts it, and why it is not trusted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate, load_pem_x509_certificates

from bot.certificates import Standing
from bot.certificates.checks.server import Distrust, server_trust
from tests.today import NOW

AUTHORITY, OTHER = trustme.CA(), trustme.CA(organization_name="Somebody else")


def der(authority: trustme.CA) -> bytes:
    return load_pem_x509_certificate(authority.cert_pem.bytes()).public_bytes(Encoding.DER)


def chain(host: str = "partner.example") -> list[bytes]:
    pem = b"".join(one.bytes() for one in AUTHORITY.issue_cert(host).cert_chain_pems)
    return [one.public_bytes(Encoding.DER) for one in load_pem_x509_certificates(pem)]


@pytest.mark.parametrize(
    ("environment", "public", "by"),
    [
        ([AUTHORITY], [], Standing.ENVIRONMENT),
        ([OTHER], [AUTHORITY], Standing.PUBLIC),
        ([AUTHORITY], [AUTHORITY], Standing.ENVIRONMENT),
    ],
)
def test_who_trusts_it(environment: list[trustme.CA], public: list[trustme.CA], by: Standing) -> None:
    """The environment's own CA certificates go before the public roots."""
    found = server_trust(
        chain(), "partner.example", environment=map(der, environment), public=map(der, public), now=NOW
    )
    assert (found.by, found.why) == (by, None)


@pytest.mark.parametrize(
    ("host", "roots", "later", "why"),
    [
        ("partner.example", [OTHER], 0, Distrust.UNKNOWN_ISSUER),
        ("partner.example", [], 0, Distrust.UNKNOWN_ISSUER),
        ("other.example", [AUTHORITY], 0, Distrust.OTHER_NAME),
        ("partner.example", [AUTHORITY], 400_000, Distrust.EXPIRED),
    ],
)
def test_why_it_is_not_trusted(host: str, roots: list[trustme.CA], later: int, why: Distrust) -> None:
    """An issuer that nobody knows, another host, or a chain that has ended."""
    now = NOW + timedelta(days=later)
    found = server_trust(chain(), host, environment=map(der, roots), public=[], now=now)
    assert (found.by, found.why) == (Standing.UNKNOWN, why)


def test_a_server_without_a_certificate_that_can_be_read() -> None:
    """None, or bytes that are none."""
    for sent in ([], [b"no certificate"]):
        found = server_trust(sent, "partner.example", environment=[der(AUTHORITY)], public=[], now=NOW)
        assert found.why is Distrust.NO_CERTIFICATE
