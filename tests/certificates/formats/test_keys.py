"""Private keys in every format that tools write, from the library's own test vectors."""

from __future__ import annotations

from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from bot.certificates import Code, Context, Report, inspect_client
from tests import making
from tests.required import output_of, tool
from tests.today import NOW

ROOT = Path(cryptography_vectors.__file__).parent / "asymmetric"
CONTEXT = Context(now=NOW)


def judge(data: bytes, password: str | None) -> Report:
    return inspect_client([data], SecretStr(password) if password is not None else None, CONTEXT)


def codes(report: Report) -> set[Code]:
    return {one.code for one in report.findings}


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("PKCS8/ec_private_key_encrypted.pem", "123456"),
        ("PKCS8/ed25519-scrypt.pem", "hunter42"),
        ("PKCS8/enc-ec-sha1-128-rc4.pem", "password"),
        ("PKCS8/enc-rsa-3des.pem", "password"),
        ("PKCS8/enc-rsa-pkcs8.pem", "foobar"),
        ("PKCS8/enc2-rsa-pkcs8.pem", "baz"),
        *((f"PKCS8/pkcs12_s2k_pem-X_{number}.pem", "123456") for number in (9607, 9671, 9925, 9928, 9932)),
        ("PKCS8/rsa-40bitrc2.pem", "baz"),
        ("PKCS8/rsa-aes-192-cbc.pem", "PolarSSLTest"),
        ("PKCS8/rsa-pbe-3des-long-salt.pem", "password"),
        ("PKCS8/rsa-pbewithmd5anddescbc.pem", "hunter2"),
        ("PKCS8/rsa-rc2-cbc.pem", "Red Hat Enterprise Linux 7.4"),
        *((f"PKCS8/rsa_pkcs8_pbes2_pbkdf2_2048_3des_sha{size}.pem", "PolarSSLTest") for size in (224, 384, 512)),
        ("Traditional_OpenSSL_Serialization/key1.pem", "123456"),
        ("Traditional_OpenSSL_Serialization/key2.pem", "a123456"),
        ("Traditional_OpenSSL_Serialization/testrsa-encrypted.pem", "password"),
        ("PEM_Serialization/rsa_private_key.pem", "123456"),
        ("PEM_Serialization/dsa_private_key.pem", "123456"),
        ("PEM_Serialization/ec_private_key_encrypted.pem", "123456"),
        ("DER_Serialization/ec_private_key_encrypted.der", "123456"),
        ("DER_Serialization/enc-rsa-pkcs8.der", "foobar"),
        ("DER_Serialization/enc2-rsa-pkcs8.der", "baz"),
    ],
)
def test_an_encrypted_key_opens_with_its_password_alone(name: str, password: str) -> None:
    """With the right password only the certificate is missing; a wrong or missing password is reported as such."""
    data = (ROOT / name).read_bytes()
    assert codes(judge(data, password)) == {Code.NO_CERTIFICATE}
    assert codes(judge(data, "wrong " + password)) == {Code.WRONG_PASSWORD}
    assert codes(judge(data, None)) == {Code.PASSWORD_REQUIRED}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PKCS8/enc-unknown-algorithm.pem", "1.2.840.113549.3.7.23.321.3"),
        ("PKCS8/enc-unknown-kdf.pem", "1.2.840.113549.1.5.12.321.321"),
        ("PKCS8/enc-unknown-pbkdf2-prf.pem", "1.2.840.113549.2.9.213.321"),
        ("PKCS8/unknown-oid.der", "1.2.840.1004321.3213.321"),
        ("PKCS8/private.pem", "curve"),
    ],
)
def test_what_cannot_be_opened_is_named(name: str, said: str) -> None:
    """The finding names an unknown cipher, key derivation, digest or kind of key."""
    report = judge((ROOT / name).read_bytes(), "password")
    assert codes(report) == {Code.UNSUPPORTED_ALGORITHM}
    assert said in report.findings[0].message


@pytest.mark.parametrize("name", ["malformed-dek-info", "malformed-iv", "no-dek-info", "short-iv"])
def test_damaged_headers_are_damage(name: str) -> None:
    """A traditional key with an invalid DEK-Info is reported as damaged, whatever the password."""
    data = (ROOT / f"Traditional_OpenSSL_Serialization/key1-{name}.pem").read_bytes()
    assert codes(judge(data, "123456")) == {Code.CORRUPT}


@pytest.mark.parametrize("cipher", ["des", "des3", "aes128", "aes256", "camellia128", "camellia256", "seed"])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_traditional_encryption_as_openssl_writes_it(kind: str, cipher: str) -> None:
    """``Proc-Type`` keys of every cipher open, with their certificate beside them."""
    openssl, leaf = tool("openssl"), making.make(key=making.make_key(kind))
    given = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    providers = ("-provider", "default", "-provider", "legacy")
    traditional = ["-traditional"] if kind == "rsa" else []
    command = [openssl, kind, *traditional, f"-{cipher}", "-passout", "pass:secret", *providers]
    encrypted = output_of(command, given)
    assert b"Proc-Type" in encrypted
    report = judge(encrypted + leaf.pem, "secret")
    assert report.client is not None
    assert codes(judge(encrypted + leaf.pem, "wrong")) == {Code.WRONG_PASSWORD}
