"""Certificate files, made when they are needed."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pyasn1.codec.der import decoder, encoder
from pyasn1_modules import rfc7292

from tests.today import NOW

Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(name: str, issuer: Pair | None = None, *, ca: bool = False, days: float = 400) -> Pair:
    """A certificate and its EC key; self-signed without ``issuer``; valid since 500 days, for ``days`` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer[0].subject if issuer else _name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=500))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def container(password: str, *, name: str = "shop.example", days: float = 400) -> bytes:
    """A PKCS #12 file with a certificate, its key and the root that issued it."""
    root = certificate("Partner Root", ca=True)
    leaf, key = certificate(name, root, days=days)
    encryption = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(b"shop", key, leaf, [root[0]], encryption)


def pem_pair(*, name: str = "shop.example") -> bytes:
    """A PEM file with a clear key, its certificate and the root that issued it."""
    root = certificate("Partner Root", ca=True)
    leaf, key = certificate(name, root)
    clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return clear + leaf.public_bytes(Encoding.PEM) + root[0].public_bytes(Encoding.PEM)


def lone_key() -> bytes:
    """A PEM key without its certificate."""
    return certificate("shop.example")[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def parts(*, name: str = "shop.example", password: str = "") -> tuple[bytes, bytes, bytes]:
    """Key (PEM, under a password or not), leaf (DER) and issuer (PEM) as three files."""
    root = certificate("Partner Root", ca=True)
    leaf, key = certificate(name, root)
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption),
        leaf.public_bytes(Encoding.DER),
        root[0].public_bytes(Encoding.PEM),
    )


def bundle(*names: str) -> bytes:
    """A PEM file of CA certificates with comments, as authorities come."""
    pem = [f"# {name}\n".encode() + certificate(name, ca=True)[0].public_bytes(Encoding.PEM) for name in names]
    return b"\n".join(pem)


def hostile_container() -> bytes:
    """A container whose MAC asks for more than the budget, and for less than what is refused unopened."""
    pfx, _ = decoder.decode(container("right"), asn1Spec=rfc7292.PFX())
    pfx["macData"]["iterations"] = 15_000_000
    return bytes(encoder.encode(pfx))
