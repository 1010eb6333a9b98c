"""Formats are detected from the content of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import certificates
from bot.certificates import Context, Format, Survey, Use, sniff
from tests import making
from tests.today import NOW

CONTEXT = Context(now=NOW)


def survey(data: bytes) -> Survey:
    return certificates.survey(data, CONTEXT)


@pytest.fixture(scope="module")
def chain() -> tuple[making.Made, making.Made, making.Made]:
    return making.make_chain()


def test_each_format_is_known_by_its_bytes(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """Containers, certificates, keys and the formats that need converting are recognised without a name."""
    leaf, _, root = chain
    assert sniff(making.pfx(leaf)) is Format.PKCS12
    assert sniff(root.pem) is Format.PEM
    assert sniff(root.der) is Format.DER_CERTIFICATE
    assert sniff(leaf.key_der) is Format.DER_KEY
    assert sniff(b"\xfe\xed\xfe\xed\0\0\0\2") is Format.JKS
    assert sniff(b"\xce\xce\xce\xce\0\0\0\2") is Format.JCEKS
    assert sniff(b"PK\x03\x04rest") is Format.ZIP
    assert sniff(b" \r\n") is Format.EMPTY
    assert sniff(b"\x89PNG\r\n\x1a\n" + bytes(100)) is Format.UNKNOWN


def test_pem_is_pem_in_every_spelling(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """Windows line ends, comments around, a byte order mark and UTF-16 do not hide a PEM certificate."""
    pem = chain[2].pem
    for spelled in (
        pem.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + pem,
        b"# the root\n" + pem,
        pem.decode().encode("utf-16"),
    ):
        assert survey(spelled).use is Use.AUTHORITY


def test_uses(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """The use of a file follows from its content."""
    leaf, intermediate, root = chain
    assert survey(making.pfx(leaf)).use is Use.UNLOCK
    assert survey(root.pem + intermediate.pem).use is Use.AUTHORITY
    assert survey(root.der).use is Use.AUTHORITY
    assert survey(leaf.pem + leaf.key_pem()).use is Use.COMBINE
    assert survey(leaf.pem + leaf.key_pem("x")).use is Use.UNLOCK
    assert survey(leaf.key_pem()).use is Use.PART
    assert survey(leaf.key_pem("x")).use is Use.PART
    assert survey(leaf.pem).use is Use.PART
    assert survey(b"just a text").use is Use.FOREIGN
    assert survey(b"-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----").use is Use.FOREIGN


def test_a_certificate_request_is_named(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """A CSR is told from a certificate, with what to do with it."""
    text = b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"
    (finding,) = survey(text).findings
    assert "request" in finding.message


@given(st.binary(max_size=400))
def test_survey_never_raises(data: bytes) -> None:
    """Whatever the bytes are, a survey says something and raises nothing."""
    assert survey(data).format in Format


@given(
    st.binary(max_size=200), st.sampled_from([b"\x30\x82", b"\x30\x80", b"-----BEGIN CERTIFICATE-----", b"\x30\x03"])
)
def test_survey_never_raises_on_near_misses(data: bytes, start: bytes) -> None:
    """Bytes that begin like one of our formats raise nothing either."""
    assert survey(start + data).use in Use
