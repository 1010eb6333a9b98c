"""Make the demo's sample files when it starts: good and bad ones, as teams receive them."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyasn1.codec.der import decoder, encoder
from pyasn1_modules import rfc7292

from bot.cli.demo.wrapped import archive, keystore

PASSWORD = "spring-2026"  # noqa: S105  the samples' password stands on the page, for everyone to type
_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample file, with a sentence that says what it is and which password to type."""

    name: str
    data: bytes = field(repr=False)
    about: str


@dataclass(frozen=True, slots=True)
class _Issued:
    certificate: x509.Certificate
    key: _Key = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bank:
    """The samples, and the authority that issued most of them, with a server certificate of its own."""

    samples: list[Sample]
    root: x509.Certificate
    issuing: x509.Certificate
    server: x509.Certificate
    server_key: _Key = field(repr=False)


def make_bank(now: datetime) -> Bank:
    """Return all samples, valid as of ``now``, and who issued them. Takes about a second."""
    root = _authority("Example Bank Root CA", None, now)
    issuing = _authority("Example Bank Issuing CA 2", root, now)
    leaf, server = _leaf("orders.example", issuing, now), _server(issuing, now)
    samples = [*_good(root, issuing, leaf, now), *_bad(root, issuing, leaf, now)]
    samples += [*_wrapped(root, issuing, now), *_odd(issuing, now)]
    return Bank(samples, root.certificate, issuing.certificate, server.certificate, server.key)


def make_samples(now: datetime) -> list[Sample]:
    """Return all samples, valid as of ``now``."""
    return make_bank(now).samples


def _good(root: _Issued, issuing: _Issued, leaf: _Issued, now: datetime) -> list[Sample]:
    renewed = _leaf("orders.example", issuing, now, lasts=2 * _YEAR)
    legacy = _leaf("ledger.example", issuing, now, key=rsa.generate_private_key(65537, 2048))
    soon = _leaf("till.example", issuing, now - _YEAR, lasts=_YEAR + timedelta(days=21))
    pair = _leaf("warehouse.example", issuing, now)
    said = f"Password: {PASSWORD}"
    return [
        Sample("orders-client.pfx", _pfx(leaf, [issuing, root]), f"A good client certificate with its chain. {said}"),
        Sample("orders-client-renewed.pfx", _pfx(renewed, [issuing, root]), f"Its successor, a year later. {said}"),
        Sample("ledger-legacy.p12", _pfx(legacy, [issuing], legacy=True), f"3DES and SHA-1, like old servers. {said}"),
        Sample("warehouse.pem", _pair(pair, issuing), "Certificate, chain and key as PEM text. No password."),
        *_separate(issuing, root, now),
        Sample("till-ends-soon.pfx", _pfx(soon, [issuing]), f"Good for three more weeks. {said}"),
        Sample("bank-authorities.pem", _bundle(root, issuing, now), "Three CA certificates. No password."),
    ]


def _separate(issuing: _Issued, root: _Issued, now: datetime) -> list[Sample]:
    """Make one client certificate in three files, as a CA returns it for a certificate request."""
    leaf = _leaf("depot.example", issuing, now)
    locked = BestAvailableEncryption(PASSWORD.encode())
    key = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    der = leaf.certificate.public_bytes(Encoding.DER)
    return [
        Sample("depot.key", key, f"A private key alone. Password: {PASSWORD}"),
        Sample("depot-chain.pem", _pem(root) + _pem(issuing), "The chain above depot.cer, upside down."),
        Sample("depot.cer", der, "Its certificate. Drop all three, and click below this one."),
    ]


def _bad(root: _Issued, issuing: _Issued, leaf: _Issued, now: datetime) -> list[Sample]:
    expired = _leaf("old.example", issuing, now - 2 * _YEAR)
    # Leaves of their own: a certificate that is deposited already would be stopped as a duplicate first.
    lost, turned, short = (_leaf(f"{name}.example", issuing, now) for name in ("lost", "turned", "short"))
    said = f"Password: {PASSWORD}"
    other = _leaf("orders.example", _authority("Another Bank Root CA", None, now), now)
    return [
        Sample("other-bank.pfx", _pfx(other, []), f"From another bank: the practice partner rejects it. {said}"),
        Sample(
            "password-lost.pfx",
            _pfx(lost, [issuing], password="nobody-remembers"),  # noqa: S106  a sample whose password nobody is told
            "Nobody knows the password: try any.",
        ),
        Sample("expired.pfx", _pfx(expired, [issuing]), f"Expired a year ago. {said}"),
        Sample("no-key.pfx", _without_key(leaf, issuing), f"The certificate without its private key. {said}"),
        Sample("chain-reversed.pfx", _pfx(turned, [root, issuing]), f"The chain is in the reverse order. {said}"),
        Sample("chain-missing.pfx", _pfx(short, []), f"The intermediate is not in it. {said}"),
        Sample("hostile.pfx", hostile(leaf), "Asks for 2^31 - 1 rounds of key derivation. It is refused unopened."),
        Sample("slow.pfx", hostile(leaf, 90_000_000), "Asks for just too many rounds. Any password: it is given up."),
    ]


def _wrapped(root: _Issued, issuing: _Issued, now: datetime) -> list[Sample]:
    """Make what comes inside something else."""
    java, mailed, sent = (_leaf(f"{name}.example", issuing, now) for name in ("java", "mailed", "sent"))
    key = java.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    store = keystore(key, [one.certificate for one in (java, issuing, root)], PASSWORD)
    secret = sent.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = {"sent.crt": _pem(sent), "chain.crt": _pem(issuing) + _pem(root), "sent.key": secret}
    return [
        Sample("store.jks", store, f"A Java keystore. Password: {PASSWORD}"),
        Sample(
            "mailed.txt",
            base64.encodebytes(_pfx(mailed, [issuing, root])),
            f"A container that somebody pasted as base64 text. Password: {PASSWORD}",
        ),
        Sample("from-the-ca.zip", archive(files), "What a CA sends: certificate, chain and key in a ZIP archive."),
    ]


def _odd(issuing: _Issued, now: datetime) -> list[Sample]:
    shouting = _leaf("<!channel> *x* &amp;", issuing, now)
    return [
        Sample(
            "<!channel>.pfx", _pfx(shouting, [issuing]), f"A name that would mention everyone. Password: {PASSWORD}"
        ),
        Sample("holiday.pfx", _picture(), "A picture that somebody named .pfx."),
    ]


def hostile(leaf: _Issued, iterations: int = 2**31 - 1) -> bytes:
    """Make a container that is fine, but says that its MAC takes that many iterations."""
    pfx, _ = decoder.decode(_pfx(leaf, []), asn1Spec=rfc7292.PFX())
    pfx["macData"]["iterations"] = iterations
    return bytes(encoder.encode(pfx))


def _authority(name: str, above: _Issued | None, now: datetime) -> _Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name, above.certificate.subject if above else _name(name), key, now, 8 * _YEAR)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return _Issued(builder.sign(above.key if above else key, hashes.SHA256()), key)


def _leaf(name: str, issuer: _Issued, now: datetime, *, lasts: timedelta = _YEAR, key: _Key | None = None) -> _Issued:
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name, issuer.certificate.subject, key, now, lasts)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return _Issued(builder.add_extension(usage, critical=False).sign(issuer.key, hashes.SHA256()), key)


def _server(issuer: _Issued, now: datetime) -> _Issued:
    """Make the certificate of the practice partner, which listens on this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("partner.example", issuer.certificate.subject, key, now, _YEAR)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return _Issued(builder.add_extension(usage, critical=False).sign(issuer.key, hashes.SHA256()), key)


def _builder(name: str, issuer: x509.Name, key: _Key, now: datetime, lasts: timedelta) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + lasts)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Trading"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _pfx(
    leaf: _Issued, chain: list[_Issued], *, password: str = PASSWORD, legacy: bool = False, rounds: int = 2048
) -> bytes:
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds)
    if legacy:
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())  # noqa: S303  what old servers write
    cas = [one.certificate for one in chain]
    return pkcs12.serialize_key_and_certificates(
        b"client", leaf.key, leaf.certificate, cas, builder.build(password.encode())
    )


def _without_key(leaf: _Issued, issuing: _Issued) -> bytes:
    encryption = BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(None, None, leaf.certificate, [issuing.certificate], encryption)


def _pair(leaf: _Issued, issuing: _Issued) -> bytes:
    key = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _pem(leaf) + _pem(issuing) + key


def _bundle(root: _Issued, issuing: _Issued, now: datetime) -> bytes:
    other = _authority("Example Clearing House Root", None, now)
    text = b"# What the bank's servers are signed by.\r\n"
    for one in (root, issuing, other):
        text += one.certificate.subject.rfc4514_string().encode() + b"\r\n" + _pem(one).replace(b"\n", b"\r\n")
    return text


def _pem(one: _Issued) -> bytes:
    return one.certificate.public_bytes(Encoding.PEM)


def _picture() -> bytes:
    """Make a PNG of 16 by 16 pixels, sky over sand."""
    rows = b"".join(b"\0" + (b"\x7f\xb5\xe6" if y < 9 else b"\xe8\xd5\xa3") * 16 for y in range(16))
    header = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + body
