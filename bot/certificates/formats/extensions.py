"""Extensions of a certificate (RFC 5280, 4.2), each by itself: the library reads all of them or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from cryptography import x509
from pyasn1.type import univ

from bot.certificates.encryption import ber
from bot.certificates.formats import names

_TAGGED = 0xA3
_SAN, _EKU, _BASIC, _USAGE = "2.5.29.17", "2.5.29.37", "2.5.29.19", "2.5.29.15"
_TRUE = 0x01
# Kinds of GeneralName that are text, by their tags (RFC 5280, 4.2.1.6).
_TEXTS = {0x81: "email", 0x82: "DNS", 0x86: "URI"}
_ADDRESS, _DIRECTORY = 0x87, 0xA4
_OTHERS = {0xA0: "OtherName", 0xA3: "X400Address", 0xA5: "EDIPartyName", 0x88: "RegisteredID"}


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension as it stands in the certificate: ``value`` is the DER in its OCTET STRING."""

    oid: str
    critical: bool
    value: bytes


def every(certificate: x509.Certificate) -> list[Extension]:
    """Return the extensions in their order; those that follow one that cannot be read too."""
    parts = ber.children(certificate.tbs_certificate_bytes)
    tagged = next((one for one in parts if one[0] == _TAGGED), None)
    return list(_read(tagged)) if tagged is not None else []


def _read(tagged: bytes) -> Iterator[Extension]:
    for one in ber.children(ber.children(tagged)[0]):
        kind, *rest = ber.children(one)
        critical = len(rest) > 1 and ber.content(rest[0]) != b"\0"
        yield Extension(str(ber.decode(kind, univ.ObjectIdentifier())), critical, ber.octets(rest[-1]))


def _value(certificate: x509.Certificate, oid: str) -> bytes | None:
    return next((one.value for one in every(certificate) if one.oid == oid), None)


def usages(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the object identifiers of the extended key usage; none without one."""
    value = _value(certificate, _EKU)
    return tuple(str(ber.decode(one, univ.ObjectIdentifier())) for one in ber.children(value)) if value else ()


def key_usage(certificate: x509.Certificate) -> frozenset[int] | None:
    """Return the numbers of the bits that keyUsage sets (RFC 5280, 4.2.1.3); None without one."""
    value = _value(certificate, _USAGE)
    if value is None:
        return None
    return frozenset(number for number, bit in enumerate(ber.decode(value, univ.BitString())) if bit)


def basic_constraints(certificate: x509.Certificate) -> bool:
    """Return whether basicConstraints says that it is a CA; False without one."""
    value = _value(certificate, _BASIC)
    parts = ber.children(value) if value else []
    return bool(parts) and parts[0][0] == _TRUE and ber.content(parts[0]) != b"\0"


def alternative_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the subject alternative names, each with its kind: ``DNS:partner.example``, ``IP:192.0.2.7``."""
    value = _value(certificate, _SAN)
    return tuple(_general_name(one) for one in ber.children(value)) if value else ()


def _general_name(data: bytes) -> str:
    tag, content = data[0], ber.content(data)
    if tag in _TEXTS:
        return f"{_TEXTS[tag]}:{content.decode('utf-8', 'replace')}"
    if tag == _ADDRESS and len(content) in {4, 16}:
        return f"IP:{ip_address(content)}"
    if tag == _DIRECTORY:
        return f"DN:{names.text(names.of_der(ber.children(data)[0]))}"
    return _OTHERS.get(tag, "another name")
