"""Certificates, keys and containers for tests, made when they are asked for."""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pyasn1.codec.der import decoder, encoder
from pyasn1.type import univ
from pyasn1_modules import rfc7292

from bot.certificates.encryption.digests import Digest
from bot.certificates.encryption.kdf import MAC_KEY, Pkcs12Kdf
from tests.today import NOW

PASSWORD = "correct horse"
DAY = timedelta(days=1)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key = field(repr=False)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def sha256(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def key_pem(self, password: str | None = None, *, traditional: bool = False) -> bytes:
        form = PrivateFormat.TraditionalOpenSSL if traditional else PrivateFormat.PKCS8
        encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, form, encryption)

    @property
    def key_der(self) -> bytes:
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def make_key(kind: str = "ec") -> Key:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())


def make(
    name: str = "client.example",
    issuer: Made | None = None,
    *,
    key: Key | None = None,
    ca: bool = False,
    starts: datetime | None = None,
    ends: datetime | None = None,
) -> Made:
    """A certificate, self-signed without an issuer; good from yesterday for a year unless told otherwise."""
    key = key or make_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts or NOW - DAY)
        .not_valid_after(ends or NOW + 365 * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    signer = issuer.key if issuer else key
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Made(builder.sign(signer, digest), key)


def make_chain(name: str = "client.example", *, key: Key | None = None) -> tuple[Made, Made, Made]:
    """(leaf, intermediate, root)."""
    root = make("Test Root", ca=True, ends=NOW + 3650 * DAY)
    intermediate = make("Test Intermediate", root, ca=True, ends=NOW + 1825 * DAY)
    return make(name, intermediate, key=key), intermediate, root


def pfx(leaf: Made, chain: Sequence[Made] = (), *, password: str | None = PASSWORD, legacy: bool = False) -> bytes:
    """A PKCS #12 container with key, leaf and chain in that order."""
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1000)
    if legacy:
        sha1 = hashes.SHA1()  # noqa: S303  what old servers write
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(sha1)
    encryption = builder.build(password.encode()) if password else NoEncryption()
    cas = [one.certificate for one in chain]
    return pkcs12.serialize_key_and_certificates(b"test", leaf.key, leaf.certificate, cas, encryption)


def pfx_without_key(leaf: Made) -> bytes:
    encryption = BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(None, None, leaf.certificate, None, encryption)


def slow_pfx(leaf: Made, seconds: float) -> bytes:
    """A good container whose MAC takes about so long to check on this machine, however fast that is."""
    tried, started = 400_000, time.perf_counter()
    Pkcs12Kdf(Digest("SHA-256", "sha256"), b"salt" * 2, tried).derive(b"\0\0", 32, MAC_KEY)
    iterations = int(tried * seconds / (time.perf_counter() - started))
    container, _ = decoder.decode(pfx(leaf), asn1Spec=rfc7292.PFX())
    content, _ = decoder.decode(bytes(container["authSafe"]["content"]), asn1Spec=univ.OctetString())
    salt, password = bytes(container["macData"]["macSalt"]), PASSWORD.encode("utf-16-be") + b"\0\0"
    key = Pkcs12Kdf(Digest("SHA-256", "sha256"), salt, iterations).derive(password, 32, MAC_KEY)
    container["macData"]["iterations"] = iterations
    container["macData"]["mac"]["digest"] = hmac.digest(key, bytes(content), "sha256")
    return bytes(encoder.encode(container))


def hostile_pfx(leaf: Made, iterations: int = 30_000_000) -> bytes:
    """A container whose MAC asks for more than a worker's budget, and for less than what is refused unopened."""
    container, _ = decoder.decode(pfx(leaf), asn1Spec=rfc7292.PFX())
    container["macData"]["iterations"] = iterations
    return bytes(encoder.encode(container))
