"""Distinguished names (RFC 5280, 4.1.2.4), also where the library refuses one: Teletex, repeated attributes."""

from __future__ import annotations

import unicodedata

from cryptography import x509
from cryptography.x509.oid import NameOID
from pyasn1.type import univ

from bot.certificates.encryption import ber

_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
}
_BMP, _UNIVERSAL, _TELETEX = 0x1E, 0x1C, 0x14
# Positions in TBSCertificate, counted behind the version, which version 1 does without.
_ISSUER, _SUBJECT = 2, 4
_VERSION = 0xA0

Part = tuple[str, str]
Name = tuple[tuple[Part, ...], ...]
"""Relative names in their order, each with its attributes: the object identifier and the text (bytes as hex)."""


def subject(certificate: x509.Certificate) -> Name:
    """Return the subject's name; raises ValueError where nothing can be read."""
    try:
        return _name(certificate.subject)
    except ValueError:
        return _raw(certificate.tbs_certificate_bytes, _SUBJECT)


def issuer(certificate: x509.Certificate) -> Name:
    """Return the issuer's name; raises ValueError where nothing can be read."""
    try:
        return _name(certificate.issuer)
    except ValueError:
        return _raw(certificate.tbs_certificate_bytes, _ISSUER)


def key(name: Name) -> bytes:
    """Return what equal names have in common (RFC 5280, 7.1): capitals, spaces and string types do not count."""
    parts = [sorted({(oid, _folded(value)) for oid, value in rdn}) for rdn in name]
    return repr(parts).encode("utf-8", "surrogatepass")


def text(name: Name) -> str:
    """Return the name as RFC 4514 writes it, the last part first."""
    return ",".join(
        "+".join(f"{_SHORT.get(oid, oid)}={_escaped(value)}" for oid, value in rdn) for rdn in reversed(name)
    )


def common_name(name: Name) -> str | None:
    """Return the first common name, or None."""
    found = (value for rdn in name for oid, value in rdn if oid == NameOID.COMMON_NAME.dotted_string)
    return next(found, None)


def _name(name: x509.Name) -> Name:
    return tuple(tuple((one.oid.dotted_string, _text_of(one.value)) for one in rdn) for rdn in name.rdns)


def _text_of(value: str | bytes) -> str:
    return value.hex() if isinstance(value, bytes) else value


def _raw(tbs: bytes, position: int) -> Name:
    parts = ber.children(tbs)
    return of_der(parts[position + (parts[0][0] == _VERSION)])


def of_der(der: bytes) -> Name:
    """Return a name from its DER; raises ValueError."""
    return tuple(tuple(_attribute(one) for one in ber.children(rdn)) for rdn in ber.children(der))


def _attribute(data: bytes) -> Part:
    kind, value = ber.children(data)
    oid = str(ber.decode(kind, univ.ObjectIdentifier()))
    return oid, _string(value[0], ber.content(value))


def _string(tag: int, content: bytes) -> str:
    """Read a string of any type: Teletex is Latin-1 in practice, and what is no UTF-8 most likely too."""
    codecs: dict[int, str] = {_BMP: "utf-16-be", _UNIVERSAL: "utf-32-be", _TELETEX: "latin-1"}
    try:
        return content.decode(codecs.get(tag, "utf-8"))
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _folded(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _escaped(value: str) -> str:
    """Escape what has a meaning in RFC 4514 (2.4)."""
    escaped = "".join(f"\\{char}" if char in '\\,+"<>;=' else char for char in value.replace("\0", "\\00"))
    if escaped[:1] in {" ", "#"}:
        escaped = "\\" + escaped
    return escaped[:-1] + "\\ " if escaped.endswith(" ") and len(escaped) > 1 else escaped
