"""Client certificates of public CAs cannot be renewed as they are, and their owners hear it in time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from bot.certificates import Code, Context, Severity
from bot.certificates.checks import forecast
from bot.certificates.checks.forecast import DEPARTURES
from bot.certificates.formats import x509_reader
from bot.certificates.model import Certificate, Root, Standing
from tests import making
from tests.making import DAY
from tests.today import NOW

NOVEMBER = datetime(2026, 11, 28, tzinfo=UTC)


def leaf(issuer: str, *usages: x509.ObjectIdentifier) -> Certificate:
    """The facts of a certificate that this CA issued."""
    authority, key = making.make(issuer, ca=True), making.make_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "client.example")]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 90 * DAY)
        .add_extension(x509.ExtendedKeyUsage(usages or [ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    )
    return x509_reader.facts(builder.sign(authority.key, hashes.SHA256()))


def said(issuer: str, now: datetime = NOVEMBER, standing: Standing = Standing.PUBLIC) -> str:
    found = forecast.check(leaf(issuer), Root(f"{issuer} Root", standing), Context(now=now))
    assert all((one.code, one.severity) == (Code.CLIENT_AUTH_SUNSET, Severity.WARNING) for one in found)
    return " ".join(one.message for one in found)


@pytest.mark.parametrize(
    ("issuer", "sentence"),
    [
        ("Let's Encrypt R11", "Let's Encrypt stopped issuing certificates for clients on 8 July 2026"),
        ("DigiCert TLS RSA", "DigiCert stops issuing certificates for clients on 1 March 2027"),
        ("Sectigo RSA", "Sectigo stops issuing certificates for clients in 2026 or 2027"),
        ("Another Public CA", "every public CA stops issuing certificates for clients on 15 March 2027"),
    ],
)
def test_from_which_day(issuer: str, sentence: str) -> None:
    """By the CA if its day is known, else by the day that holds for all; no day where sources disagree."""
    assert sentence in said(issuer)


def test_a_day_that_has_passed() -> None:
    """It is told as what happened."""
    assert "every public CA stopped" in said("Another Public CA", datetime(2027, 3, 15, tzinfo=UTC))


def test_who_is_not_concerned() -> None:
    """A private CA, one that the environment trusts, a certificate for mail, and one for servers alone."""
    for standing in (Standing.ENVIRONMENT, Standing.PRIVATE, Standing.UNKNOWN):
        assert said("A CA", standing=standing) == ""
    for usages in (
        (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION),
        (ExtendedKeyUsageOID.SERVER_AUTH,),
    ):
        assert forecast.check(leaf("A CA", *usages), Root("A", Standing.PUBLIC), Context(now=NOVEMBER)) == []


def test_each_date_has_its_source() -> None:
    """So that the next person can look whether it still holds."""
    assert all(one.source for one in DEPARTURES)
