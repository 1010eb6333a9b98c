"""Certificate files, made when they are needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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

NOW = datetime.now(UTC).replace(microsecond=0)
Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(name: str, issuer: Pair | None = None, *, ca: bool = False, days: int = 400) -> Pair:
    """A certificate and its EC key; self-signed without ``issuer``; valid since yesterday, for ``days`` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer[0].subject if issuer else _name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=500 if days < 0 else 1))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def container(password: str, *, name: str = "shop.example", days: int = 400) -> bytes:
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


def bundle(*names: str) -> bytes:
    """A PEM file of CA certificates with comments, as authorities come."""
    pem = [f"# {name}\n".encode() + certificate(name, ca=True)[0].public_bytes(Encoding.PEM) for name in names]
    return b"\n".join(pem)


def hostile_container() -> bytes:
    """A container whose MAC asks for 2^31 - 1 iterations."""
    data = container("right")
    # The MAC's iterations are the last INTEGER of the file: cryptography writes 1 byte or 2 (RFC 7292, MacData).
    position = data.rindex(b"\x02\x01\x01") if data.endswith(b"\x02\x01\x01") else data.rindex(b"\x02\x02")
    length = 2 + data[position + 1]
    assert position + length == len(data)
    return _grown(data[:position], b"\x02\x04\x7f\xff\xff\xff", length)


def _grown(head: bytes, integer: bytes, was: int) -> bytes:
    """Replace the last INTEGER, and lengthen the two SEQUENCEs around it (DER)."""
    pfx = _content(head + bytes(was))
    mac_at = pfx.rindex(b"\x30", 0, len(pfx) - was - 40) if was else 0
    for start in range(len(pfx) - was - 1, -1, -1):
        if pfx[start] == 0x30 and _ends_at(pfx, start) == len(pfx) and start > 0:
            mac_at = start
    content = _content(pfx[mac_at:])[:-was] + integer
    return _sequence(pfx[:mac_at] + _sequence(content))


def _header(data: bytes) -> int:
    return 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)


def _content(data: bytes) -> bytes:
    return data[_header(data) :]


def _ends_at(data: bytes, start: int) -> int:
    part = data[start:]
    if len(part) < 4:
        return -1
    header = _header(part)
    size = part[1] if header == 2 else int.from_bytes(part[2:header], "big")
    return start + header + size


def _sequence(content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return b"\x30" + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return b"\x30" + bytes([0x80 | len(length)]) + length + content
