"""Checks of CA certificates: files of any size, and what does not belong in them."""

from __future__ import annotations

import base64
from pathlib import Path

import certifi
import pytest
from pyasn1.codec.der import decoder, encoder
from pyasn1.type import univ
from pyasn1_modules import rfc5280, rfc8017

from bot.certificates import Code, Context, Report, Severity, inspect_authorities, inspect_client
from bot.certificates.collect import MOST_CERTIFICATES
from tests import making
from tests.making import DAY
from tests.today import NOW


def judge(*files: bytes, current: frozenset[str] = frozenset()) -> Report:
    return inspect_authorities(files, Context(now=NOW, current=current))


def codes(report: Report) -> set[Code]:
    return {one.code for one in report.findings}


@pytest.fixture(scope="module")
def chain() -> tuple[making.Made, making.Made, making.Made]:
    return making.make_chain()


def test_a_bundle_with_comments_and_windows_line_ends(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """Text around the blocks and CRLF are no obstacle; the same certificate twice counts once."""
    _, intermediate, root = chain
    text = b"Root:\r\n" + root.pem.replace(b"\n", b"\r\n") + b"# issuing\r\n" + intermediate.pem + root.pem
    report = judge(text)
    assert [one.sha256 for one in report.authorities] == [root.sha256, intermediate.sha256]
    assert not report.findings


def test_every_public_root_is_taken() -> None:
    """certifi's whole bundle goes through, every certificate of it."""
    bundle = Path(certifi.where()).read_bytes()
    report = judge(bundle)
    assert not report.blocked
    assert len(report.authorities) == bundle.count(b"BEGIN CERTIFICATE")


def with_modulus(made: making.Made, size: int) -> bytes:
    """The certificate in PEM, with an RSA modulus of ``size`` bytes; its signature does not fit any more."""
    certificate, _ = decoder.decode(made.der, asn1Spec=rfc5280.Certificate())
    key = rfc8017.RSAPublicKey()
    key["modulus"], key["publicExponent"] = int.from_bytes(b"\xff" * size, "big"), 65537
    info = certificate["tbsCertificate"]["subjectPublicKeyInfo"]
    info["subjectPublicKey"] = univ.BitString.fromOctetString(encoder.encode(key))
    lines = base64.encodebytes(encoder.encode(certificate))
    return b"-----BEGIN CERTIFICATE-----\n" + lines + b"-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(("size", "blocked"), [(2048, False), (2_000_000, True)], ids=["16384 bits", "2 MB"])
def test_a_key_of_megabytes_blocks(size: int, blocked: bool) -> None:
    """An app that trusts it would hang in every handshake; the largest that is in use is taken."""
    root = making.make("Giant Root", key=making.make_key("rsa"), ca=True)
    report = judge(with_modulus(root, size))
    assert codes(report) == ({Code.TOO_LARGE} if blocked else set())
    assert len(report.authorities) == (0 if blocked else 1)


@pytest.mark.parametrize("count", [MOST_CERTIFICATES, MOST_CERTIFICATES + 1])
def test_so_many_certificates_and_no_more(count: int) -> None:
    """More than that is no list of what an app needs: the sentence has both numbers, and nothing is taken."""
    key = making.make_key()
    report = judge(b"".join(making.make(f"CA {number}", key=key, ca=True).pem for number in range(count)))
    assert codes(report) == ({Code.TOO_LARGE} if count > MOST_CERTIFICATES else set())
    assert len(report.authorities) == (0 if report.blocked else count)
    assert len(report.shown) <= MOST_CERTIFICATES


def test_a_chain_with_a_key_of_megabytes_blocks(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """Also as what comes with a client certificate."""
    leaf, _, root = chain
    giant = with_modulus(making.make("Giant", key=making.make_key("rsa"), ca=True), 100_000)
    report = inspect_client([leaf.key_pem() + leaf.pem + giant + root.pem], None, Context(now=NOW))
    assert {one.code for one in report.blockers} == {Code.TOO_LARGE}


def test_a_private_key_blocks(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """A file with a key, encrypted or not, PEM or container, is not a file of CA certificates."""
    leaf, _, root = chain
    for file in (root.pem + root.key_pem(), root.pem + root.key_pem("x"), making.pfx(leaf)):
        report = judge(file)
        assert Code.PRIVATE_KEY_IN_AUTHORITY in codes(report)
        assert not report.authorities


def test_a_container_is_not_said_to_have_a_key_that_was_not_seen() -> None:
    """A container that was not opened is called a container; only a key that was seen is called a key."""
    root = making.make("Root", ca=True)
    (closed,) = judge(making.pfx_without_key(root)).findings
    (key,) = judge(root.pem + root.key_pem()).findings
    assert "is a container" in closed.message
    assert "has a private key" in key.message


def test_a_leaf_is_not_an_authority(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """A certificate that is no CA blocks, and is named."""
    report = judge(chain[2].pem + chain[0].pem)
    assert codes(report) == {Code.NOT_AN_AUTHORITY}
    assert "client.example" in report.findings[0].message


def test_a_broken_block_blocks_the_bundle(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """A damaged block stops the file and is named by its number."""
    lines = chain[2].pem.splitlines(keepends=True)
    broken = b"".join([*lines[:3], b"!!!!\n", *lines[4:]])
    report = judge(chain[1].pem + broken)
    assert codes(report) == {Code.CORRUPT}
    assert "Block 2" in report.findings[0].message


def test_an_expired_authority_warns() -> None:
    """An expired CA certificate does no harm: it is named, and does not stop the others."""
    dead = making.make("Dead Root", ca=True, starts=NOW - 20 * DAY, ends=NOW - DAY)
    report = judge(dead.pem + making.make("Root", ca=True).pem)
    (finding,) = report.findings
    assert (finding.code, finding.severity) == (Code.EXPIRED, Severity.WARNING)
    assert "Dead Root" in finding.message
    assert len(report.authorities) == 2


def test_only_known_ones_are_a_duplicate(chain: tuple[making.Made, making.Made, making.Made]) -> None:
    """A file is a duplicate only if every certificate in it is trusted already."""
    _, intermediate, root = chain
    known = frozenset({root.sha256})
    assert codes(judge(root.pem, current=known)) == {Code.DUPLICATE}
    assert not judge(root.pem + intermediate.pem, current=known).findings


def test_nothing_in_it() -> None:
    """A text without a certificate says so."""
    assert codes(judge(b"-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----")) == {Code.NOT_CERTIFICATES}
