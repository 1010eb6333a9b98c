"""Certificates and keys are found in whatever they were wrapped, and hostile wrappings end with their reason."""

from __future__ import annotations

import base64
import json
import quopri
import random
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.certificates import Code, Context, Report, Use, inspect_client, survey
from tests import making
from tests.making.wrapping import WRAPPERS, zipped
from tests.today import NOW

CONTEXT = Context(now=NOW)
LEAF, INTERMEDIATE, ROOT = making.make_chain()
PFX = making.pfx(LEAF, (INTERMEDIATE, ROOT))
PEM = LEAF.key_pem() + LEAF.pem + INTERMEDIATE.pem + ROOT.pem
MEBIBYTE = 1024 * 1024


def judged(*files: bytes, password: str = making.PASSWORD) -> Report:
    return inspect_client(files, SecretStr(password), CONTEXT)


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=list(WRAPPERS))
def test_a_container_is_found_in_each(wrap: Callable[[bytes], bytes]) -> None:
    """It opens with its password, its whole chain is kept, and a dropped file gets the button for containers."""
    report = judged(wrap(PFX))
    assert report.client is not None
    assert [one.sha256 for one in report.shown] == [LEAF.sha256, INTERMEDIATE.sha256, ROOT.sha256]
    assert survey(wrap(PFX), CONTEXT).use is Use.UNLOCK


DEEP = ["base64", "hex", "JSON", "YAML", "ZIP", "lines of base64", "data URI"]


@given(st.lists(st.sampled_from(DEEP), min_size=1, max_size=3), st.sampled_from([PFX, PEM]))
@settings(max_examples=60, deadline=None)
def test_three_layers_are_undone(layers: list[str], data: bytes) -> None:
    """Whichever they are; what was around it is told."""
    for one in layers:
        data = WRAPPERS[one](data)
    report = judged(data)
    assert report.client is not None
    assert report.client.leaf.sha256 == LEAF.sha256
    assert Code.UNWRAPPED in {one.code for one in report.findings}


def test_four_layers_are_not() -> None:
    """Nobody sends that, and it has to end somewhere."""
    data = PFX
    for _ in range(4):
        data = base64.b64encode(data)
    assert [one.code for one in judged(data).findings] == [Code.NOT_CERTIFICATES]


def test_the_files_of_an_archive_belong_together() -> None:
    """Key, certificate and chain in three files, beside others that are none, are one certificate."""
    data = zipped(LEAF.key_pem(), b"Read me first.", LEAF.der, INTERMEDIATE.pem + ROOT.pem, b"\x89PNG")
    report = judged(data)
    assert report.client is not None
    assert len(report.client.chain) == 2
    assert survey(data, CONTEXT).use is Use.COMBINE


def test_a_request_beside_the_certificate_is_left_out() -> None:
    """CAs send it back; alone it is named."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "client.example")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(LEAF.key, hashes.SHA256())
    der = request.public_bytes(Encoding.DER)
    assert judged(zipped(der, LEAF.key_pem(), LEAF.pem, INTERMEDIATE.pem, ROOT.pem)).client is not None
    assert "is a certificate request" in judged(zipped(der)).findings[0].message


def test_an_address_with_quoted_signs_is_no_quoted_text() -> None:
    """``=3D`` in a comment does not make the padding of base64 a soft line break."""
    text = b"# https://pki.example/?serial=3D17\n" + PEM
    assert judged(text).client is not None
    quoted = quopri.encodestring(PEM)
    assert b"=3D" in quoted
    assert judged(quoted).client is not None


@pytest.mark.parametrize("text", [b"SOMECERT of ours\n", b"See the kdb of the bank\n"])
def test_text_is_not_taken_for_a_binary_kind(text: bytes) -> None:
    """Words at the place of another format's magic number name nothing."""
    assert "neither a certificate nor a private key" in judged(text).findings[0].message


def test_a_password_beside_its_container() -> None:
    """As in CLIENT_CERTIFICATES; one that was typed goes before it."""
    variable = json.dumps([{"pfx": base64.b64encode(PFX).decode(), "password": making.PASSWORD, "pin_to": []}]).encode()
    assert inspect_client([variable], None, CONTEXT).client is not None
    assert judged(variable, password="wrong").findings[0].code is Code.WRONG_PASSWORD


@given(st.randoms(use_true_random=False), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_text_that_programs_changed(source: random.Random, lines: int) -> None:
    """Quotation marks, other dashes, other line ends and lines around a block change nothing."""
    text = PEM.decode()
    changes: list[Callable[[str], str]] = [
        lambda one: "".join(f"> {line}\n" for line in one.splitlines()),
        lambda one: one.replace("-----", "—–-"),
        lambda one: one.replace("\n", "\r\n"),
        lambda one: one.replace("\n", "\\n"),
        lambda one: f'"{one}"',
        lambda one: one.replace("-----BEGIN", "----BEGIN"),
    ]
    for change in source.sample(changes, 3):
        text = change(text)
    report = judged((f"Dear colleague,\n{text}\nBest wishes\n" + "\n" * lines).encode())
    assert report.client is not None
    assert report.client.leaf.sha256 == LEAF.sha256


BOMB = zipped(bytes(64 * MEBIBYTE))
HOSTILE = {
    "ZIP bomb": (BOMB, Code.NOT_CERTIFICATES),
    "bombs in a ZIP": (zipped(*[BOMB] * 20), Code.NOT_CERTIFICATES),
    "60,000 files": (zipped(*[b""] * 60_000), Code.NOT_CERTIFICATES),
    "100,000 blocks": (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" * 100_000, Code.TOO_LARGE),
    "beginnings": (b"-----BEGIN CERTIFICATE" * 100_000, Code.TOO_LARGE),
    "a label": (b"-----BEGIN " + b"CERT" * MEBIBYTE, Code.NOT_CERTIFICATES),
    "dashes": (b"-" * 8 * MEBIBYTE, Code.NOT_CERTIFICATES),
    "headers": (b"-----BEGIN CERTIFICATE-----\n" + b"a: b\n" * MEBIBYTE, Code.CORRUPT),
    "values": (b"".join(b"%d: %b\n" % (one, b"QUFB" * 30) for one in range(8_000)), Code.NOT_CERTIFICATES),
    "a literal": (b"b'" + b"(" * 400_000 + b"'", Code.NOT_CERTIFICATES),
    "deep BER": (b"\x30\x80" * 4 * MEBIBYTE, Code.NOT_CERTIFICATES),
}


@pytest.mark.parametrize(("data", "code"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_files_end_with_their_reason(data: bytes, code: Code) -> None:
    """None is followed into its depths, and each says what it is."""
    assert judged(data).findings[0].code is code
    assert survey(data, CONTEXT).findings[0].code is code


@given(st.binary(max_size=300), st.sampled_from(sorted(WRAPPERS)), st.integers(0, 2000))
@settings(max_examples=150, deadline=None)
def test_what_is_damaged_inside_gets_a_verdict(noise: bytes, wrapper: str, at: int) -> None:
    """No exception, and never nothing said."""
    data = bytearray(PFX)
    data[at : at + len(noise)] = noise
    wrapped = WRAPPERS[wrapper](bytes(data))
    report = judged(wrapped)
    assert report.findings or report.client
    survey(wrapped, CONTEXT)
