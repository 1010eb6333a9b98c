"""Findings about weak keys and signatures, changes between versions, Java, and other file formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from pydantic import SecretStr

from bot.certificates import Code, Context, Format, Report, inspect_client, sniff
from tests import making
from tests.making import DAY
from tests.required import output_of, tool
from tests.today import NOW

CONTEXT = Context(now=NOW)


def signed(
    key: CertificateIssuerPrivateKeyTypes,
    *extensions: x509.ExtensionType,
    name: str = "client.example",
) -> bytes:
    """A certificate (DER) of that key, by itself."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 300 * DAY)
    )
    for one in extensions:
        builder = builder.add_extension(one, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def key_der(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def judge(key: CertificateIssuerPrivateKeyTypes, leaf: bytes, *others: bytes, context: Context = CONTEXT) -> Report:
    return inspect_client([key_der(key), leaf, *others], None, context)


def codes(report: Report) -> set[Code]:
    return {one.code for one in report.findings}


@pytest.mark.parametrize(
    ("make", "weak"),
    [
        (lambda: rsa.generate_private_key(65537, 1024), "RSA 1024"),  # noqa: S505  what is to be found
        (lambda: rsa.generate_private_key(65537, 2048), None),
        (lambda: ec.generate_private_key(ec.SECP192R1()), "EC secp192r1"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), None),
        (lambda: dsa.generate_private_key(2048), "DSA 2048"),
    ],
)
def test_weak_keys(make: object, weak: str | None) -> None:
    """Small RSA and EC keys, and DSA of any size, are warned about by their kind and size."""
    key = make()  # type: ignore[operator]  # a key of each kind has no type in common
    report = judge(key, signed(key))
    assert (Code.WEAK_KEY in codes(report)) is (weak is not None)
    if weak:
        assert weak in next(one.message for one in report.findings if one.code is Code.WEAK_KEY)


def test_weak_keys_of_a_chain_are_one_finding() -> None:
    """Leaf and two CAs with weak keys are one warning with a number, which names each with its key."""
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505  what is to be found
    root = making.make("Root", ca=True, key=small)
    intermediate = making.make("Intermediate", root, ca=True, key=small)
    leaf = making.make("client.example", intermediate, key=small)
    report = judge(small, leaf.der, intermediate.der, root.der)
    (finding,) = [one for one in report.findings if one.code is Code.WEAK_KEY]
    assert finding.message.startswith("3 certificates have weak keys: client.example (RSA 1024), Intermediate (RSA 1")


def test_a_weak_key_of_a_ca_is_named() -> None:
    """A single CA with a weak key is named, since the certificate itself is fine."""
    root = making.make("Root", ca=True, key=rsa.generate_private_key(65537, 1024))  # noqa: S505  what is to be found
    leaf = making.make("client.example", root)
    (finding,) = inspect_client([leaf.key_der, leaf.der, root.der], None, CONTEXT).findings
    assert finding.message.startswith("The CA certificate Root of the chain has a weak key (RSA 1024).")


@pytest.mark.parametrize(("curve", "anyhow"), [(ec.BrainpoolP256R1(), True), (ec.SECP256R1(), False)])
def test_a_curve_that_java_lacks_is_not_mended_by_repacking(curve: ec.EllipticCurve, anyhow: bool) -> None:
    """Java loads keys on few curves, in any container: the remedy does not promise that repacking helps."""
    key = ec.generate_private_key(curve)
    leaf = x509.load_der_x509_certificate(signed(key))
    data = pkcs12.serialize_key_and_certificates(b"c", key, leaf, None, BestAvailableEncryption(b"secret"))
    report = inspect_client([data], SecretStr("secret"), CONTEXT)
    told = [one for one in report.findings if one.code is Code.UNREADABLE_BY_JAVA]
    assert [one.message for one in told] == (
        ["Java cannot load the key in any container: keys on the curve brainpoolP256r1 are not supported."]
        if anyhow
        else []
    )
    assert all(one.remedy.startswith("Repacking does not help.") for one in told)


def test_the_limits_are_settings() -> None:
    """A minimum of 3072 bits makes an RSA key of 2048 bits weak."""
    key = rsa.generate_private_key(65537, 2048)
    assert Code.WEAK_KEY in codes(judge(key, signed(key), context=replace(CONTEXT, min_rsa_bits=3072)))


@pytest.mark.parametrize(("digest", "weak"), [("sha1", True), ("md5", True), ("sha256", False)])
def test_weak_signatures(tmp_path: Path, digest: str, weak: bool) -> None:
    """SHA-1 and MD5 under an issuer's key are warned about; a root's own signature proves nothing and is not."""
    openssl, key, authority = tool("openssl"), tmp_path / "key", tmp_path / "ca"
    made = [openssl, "req", "-new", "-nodes", "-newkey", "rsa:2048", f"-{digest}"]
    output_of([*made, "-x509", "-subj", "/CN=Root", "-keyout", f"{authority}.key", "-out", f"{authority}.pem"])
    output_of([*made, "-subj", "/CN=leaf", "-keyout", str(key), "-out", f"{key}.csr"])
    signing = ("-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-set_serial", "7", f"-{digest}")
    leaf = output_of([openssl, "x509", "-req", "-in", f"{key}.csr", *signing])
    report = inspect_client([key.read_bytes(), leaf, Path(f"{authority}.pem").read_bytes()], None, CONTEXT)
    said = [one.message for one in report.findings if one.code is Code.WEAK_SIGNATURE]
    assert len(said) == int(weak)
    assert all(one.startswith("The certificate is signed") for one in said)


@pytest.mark.parametrize(
    ("usages", "warned"),
    [
        ([Usage.SERVER_AUTH], True),
        ([Usage.SERVER_AUTH, Usage.CLIENT_AUTH], False),
        ([Usage.ANY_EXTENDED_KEY_USAGE], False),
        ([], False),
    ],
)
def test_extended_key_usage(usages: list[x509.ObjectIdentifier], warned: bool) -> None:
    """A usage without clientAuth is warned about; no usage at all allows every one."""
    key = ec.generate_private_key(ec.SECP256R1())
    extensions = [x509.ExtendedKeyUsage(usages)] if usages else []
    assert (Code.NO_CLIENT_AUTH in codes(judge(key, signed(key, *extensions)))) is warned


def test_a_renewal_with_a_new_key_changes_nobody() -> None:
    """A renewal with the same subject, names, issuer and usage gives no finding for its new serial and key."""
    old, new = making.make_key(), making.make_key()
    context = replace(CONTEXT, previous=signed(old))
    assert not codes(judge(new, signed(new), context=context)) & {Code.SAME_KEY, Code.IDENTITY_CHANGED}


def test_the_same_key_is_warned_about() -> None:
    """A new version that keeps the key says so."""
    key = making.make_key()
    assert Code.SAME_KEY in codes(judge(key, signed(key), context=replace(CONTEXT, previous=signed(key))))


def test_what_a_partner_may_have_pinned_stands_side_by_side() -> None:
    """Subject, names, issuer, usage, key and serial, each old beside new."""
    old, new = making.make_key(), making.make_key()
    before = signed(old, x509.SubjectAlternativeName([x509.DNSName("a.example")]), name="old name")
    names = x509.SubjectAlternativeName([x509.DNSName("b.example")])
    after = signed(new, names, x509.ExtendedKeyUsage([Usage.CLIENT_AUTH]), name="new name")
    report = judge(new, after, context=replace(CONTEXT, previous=before))
    (finding,) = [one for one in report.findings if one.code is Code.IDENTITY_CHANGED]
    changes = {one.what: (one.old, one.new) for one in finding.changes}
    assert set(changes) == {"subject", "names (SAN)", "issuer", "key", "usage (EKU)", "serial"}
    assert changes["subject"] == ("CN=old name", "CN=new name")
    assert changes["names (SAN)"] == ("DNS:a.example", "DNS:b.example")
    assert changes["usage (EKU)"] == ("any", "clientAuth")


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_a_pkcs7_bundle_brings_leaf_and_chain(encoding: Encoding) -> None:
    """Windows' bundle of certificates goes with a key that lies beside it."""
    leaf, intermediate, root = making.make_chain()
    several = [one.certificate for one in (root, leaf, intermediate)]
    data = pkcs7.serialize_certificates(several, encoding)
    report = inspect_client([data, leaf.key_pem()], None, CONTEXT)
    assert report.client is not None
    assert [one.sha256 for one in report.client.chain] == [intermediate.sha256, root.sha256]


@pytest.mark.parametrize(
    ("data", "kind", "code", "said"),
    [
        (b"\xfe\xed\xfe\xed" + bytes(60), Format.JKS, Code.CORRUPT, "in binary mode"),
        (b"\xce\xce\xce\xce" + bytes(60), Format.JCEKS, Code.CORRUPT, "in binary mode"),
        (b"PK\x03\x04\x14\0\x01\0" + bytes(60), Format.ZIP, Code.NOT_CERTIFICATES, "unzip"),
        (b"PK\x03\x04\x14\0\x00\0" + bytes(60), Format.ZIP, Code.NOT_CERTIFICATES, "Unpack"),
    ],
)
def test_other_formats_come_with_their_command(data: bytes, kind: Format, code: Code, said: str) -> None:
    """A Java keystore and an archive, under a password or not, are named with what opens them."""
    (finding,) = inspect_client([data], None, CONTEXT).findings
    assert (sniff(data), finding.code) == (kind, code)
    assert said in finding.remedy
