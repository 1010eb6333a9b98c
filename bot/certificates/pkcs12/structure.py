"""Read the structure of a PKCS #12 container (RFC 7292) without its password: MAC, parts, their encryption.

Nothing is derived or decrypted, so the cost of opening a container is known before it is paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from pyasn1.type import namedtype, tag, univ

from bot.certificates.encryption import ber
from bot.certificates.encryption.ber import AlgorithmIdentifier, Malformed
from bot.certificates.encryption.digests import digest_of, prf_of
from bot.certificates.encryption.kdf import Pbkdf2, Pkcs12Kdf, ScryptKdf
from bot.certificates.encryption.schemes import (
    Encrypted,
    EncryptedContentInfo,
    encrypted_content,
    encrypted_key,
    kdf_of,
    pair_of,
    parts_of,
)

_DATA, _SIGNED, _ENVELOPED, _ENCRYPTED = (f"1.2.840.113549.1.7.{last}" for last in (1, 2, 3, 6))
_PBMAC1 = "1.2.840.113549.1.5.14"
_X509 = "1.2.840.113549.1.9.22.1"
_BAGS = "1.2.840.113549.1.12.10.1."
_DEEPEST = 8
# Java marks trusted certificates with this attribute, and loads no other certificate that has no key.
# szOID_PKCS_12_PROTECTED_PASSWORD_SECRET_BAG_TYPE_ID (wincrypt.h): the password, for the group or account that may.
_FOR_AN_ACCOUNT = bytes.fromhex("06092b0601040182371104")
_FRIENDLY_NAME, _LOCAL_KEY_ID = (bytes.fromhex(f"06092a864886f70d0109{last}") for last in ("14", "15"))
_LEAST_MAC_KEY = 20
_JAVA_TRUST = bytes.fromhex("060c6086480186f966adca7b0101")  # 2.16.840.1.113894.746875.1.1, trustedKeyUsage


class Kind(Enum):
    """Kind of a bag (RFC 7292, section 4.2)."""

    KEY = "1"
    SHROUDED_KEY = "2"
    CERTIFICATE = "3"
    CRL = "4"
    SECRET = "5"  # noqa: S105  a number, not a password
    SAFE_CONTENTS = "6"
    OTHER = ""

    @property
    def word(self) -> str:
        """Return the kind's name for reports."""
        return _WORDS[self]


_WORDS = {
    Kind.KEY: "key",
    Kind.SHROUDED_KEY: "key",
    Kind.CERTIFICATE: "certificate",
    Kind.CRL: "revocation list",
    Kind.SECRET: "secret",
    Kind.SAFE_CONTENTS: "contents",
    Kind.OTHER: "unknown",
}


@dataclass(frozen=True, slots=True)
class Bag:
    """Entry of a container. ``value`` is a certificate's or key's DER, or empty if it is ``encrypted``.

    ``position`` counts within its part of the container, from 0. ``local_key_id`` and ``name`` (friendlyName) are
    attributes (RFC 2985, 5.5).
    """

    kind: Kind
    value: bytes = field(repr=False, default=b"")
    encrypted: Encrypted | None = None
    trusted_by_java: bool = False
    position: int = 0
    local_key_id: bytes | None = None
    name: str | None = None
    for_an_account: bool = False


@dataclass(frozen=True, slots=True)
class Safe:
    """Part of a container: bags, encrypted or not. ``unsupported`` names encryption that no password opens."""

    bags: tuple[Bag, ...] = ()
    encrypted: Encrypted | None = None
    unsupported: str | None = None


@dataclass(frozen=True, slots=True)
class Mac:
    """MAC over the content; ``digest`` is HMAC's, as :mod:`hashlib` names it, ``key_size`` in bytes.

    For an unsupported one, ``kdf`` is None and ``unsupported`` names the algorithm.
    """

    name: str
    value: bytes = field(repr=False)
    kdf: Pkcs12Kdf | Pbkdf2 | ScryptKdf | None = None
    digest: str = ""
    key_size: int = 0
    unsupported: str | None = None

    @property
    def pbmac1(self) -> bool:
        """Return whether it is that of RFC 9579, which takes the password as bytes."""
        return self.name.startswith("PBMAC1")


@dataclass(frozen=True, slots=True)
class Structure:
    """Structure of a container. ``content`` is covered by the MAC; ``signed`` means integrity by public key."""

    content: bytes = field(repr=False)
    mac: Mac | None
    safes: tuple[Safe, ...]
    der: bool
    signed: bool = False

    @property
    def for_an_account(self) -> bool:
        """Return whether Windows protected it for an account or a group."""
        return any(bag.for_an_account for safe in self.safes for bag in safe.bags)

    @property
    def encrypted_parts(self) -> Iterator[Encrypted]:
        """Yield every encrypted part that can be told without a password."""
        for safe in self.safes:
            if safe.encrypted is not None:
                yield safe.encrypted
            yield from (bag.encrypted for bag in safe.bags if bag.encrypted is not None)

    @property
    def bags(self) -> Iterator[Bag]:
        """Yield every bag outside of encrypted parts."""
        for safe in self.safes:
            yield from safe.bags


class _ContentInfo(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("contentType", univ.ObjectIdentifier()),
        namedtype.OptionalNamedType(
            "content", univ.Any().subtype(explicitTag=tag.Tag(tag.tagClassContext, tag.tagFormatConstructed, 0))
        ),
    )


class _DigestInfo(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("digestAlgorithm", AlgorithmIdentifier()),
        namedtype.NamedType("digest", univ.OctetString()),
    )


class _MacData(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("mac", _DigestInfo()),
        namedtype.NamedType("macSalt", univ.OctetString()),
        namedtype.DefaultedNamedType("iterations", univ.Integer(1)),
    )


class _Pfx(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("version", univ.Integer()),
        namedtype.NamedType("authSafe", _ContentInfo()),
        namedtype.OptionalNamedType("macData", _MacData()),
    )


class _AuthenticatedSafe(univ.SequenceOf):  # type: ignore[misc]  # pyasn1 has no types
    componentType = _ContentInfo()


class _SafeBag(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("bagId", univ.ObjectIdentifier()),
        namedtype.NamedType(
            "bagValue", univ.Any().subtype(explicitTag=tag.Tag(tag.tagClassContext, tag.tagFormatConstructed, 0))
        ),
        namedtype.OptionalNamedType("bagAttributes", univ.Any()),
    )


class _SafeContents(univ.SequenceOf):  # type: ignore[misc]  # pyasn1 has no types
    componentType = _SafeBag()


class _CertBag(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("certId", univ.ObjectIdentifier()),
        namedtype.NamedType(
            "certValue", univ.Any().subtype(explicitTag=tag.Tag(tag.tagClassContext, tag.tagFormatConstructed, 0))
        ),
    )


class _EncryptedData(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("version", univ.Integer()),
        namedtype.NamedType("encryptedContentInfo", EncryptedContentInfo()),
    )


class _SignedContent(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    """SignedData (RFC 5652, section 5.1) up to its content."""

    componentType = namedtype.NamedTypes(
        namedtype.NamedType("version", univ.Integer()),
        namedtype.NamedType("digestAlgorithms", univ.Any()),
        namedtype.NamedType("encapContentInfo", _ContentInfo()),
        namedtype.OptionalNamedType("rest", univ.Any()),
    )


def read(data: bytes) -> Structure:
    """Read a container, DER or BER; raises :class:`Malformed` for a damaged one or another file."""
    pfx = ber.decode(data, _Pfx())
    kind, content = _content(pfx["authSafe"])
    signed = kind == _SIGNED
    if signed:
        _, content = _content(ber.decode(content, _SignedContent())["encapContentInfo"])
    elif kind != _DATA:
        raise Malformed
    inside = ber.octets(content)
    safes = tuple(_safe(info) for info in ber.decode(inside, _AuthenticatedSafe()))
    mac = _mac(pfx["macData"]) if pfx["macData"].hasValue() else None
    return Structure(inside, mac, safes, der=ber.is_der(data) and ber.is_der(inside), signed=signed)


def safe_contents(data: bytes, depth: int = 0) -> tuple[Bag, ...]:
    """Return the bags of a SafeContents; raises :class:`Malformed`."""
    if depth > _DEEPEST:
        raise Malformed
    found: list[Bag] = []
    for position, bag in enumerate(ber.decode(data, _SafeContents())):
        kind, value = _kind(str(bag["bagId"])), bytes(bag["bagValue"])
        if kind is Kind.SAFE_CONTENTS:
            found += safe_contents(value, depth + 1)
        else:
            attributes = bytes(bag["bagAttributes"]) if bag["bagAttributes"].hasValue() else b""
            bare = _bag(kind, value, trusted=_JAVA_TRUST in attributes)
            key_id, name = _identifiers(attributes)
            found.append(replace(bare, position=position, local_key_id=key_id, name=name))
    return tuple(found)


def _identifiers(attributes: bytes) -> tuple[bytes | None, str | None]:
    """Return localKeyId and friendlyName; None for one that is missing, or cannot be read."""
    values: dict[bytes, bytes] = {}
    try:
        for one in ber.children(attributes) if attributes else ():
            kind, several = ber.children(one)
            values[kind] = ber.content(ber.children(several)[0])
        name = values.get(_FRIENDLY_NAME)
        return values.get(_LOCAL_KEY_ID), name.decode("utf-16-be", "replace") if name is not None else None
    except (Malformed, IndexError, ValueError):
        return None, None


def _bag(kind: Kind, value: bytes, *, trusted: bool) -> Bag:
    if kind is Kind.SHROUDED_KEY:
        return Bag(kind, encrypted=encrypted_key(value))
    if kind is Kind.SECRET:
        return Bag(kind, for_an_account=_FOR_AN_ACCOUNT in value)
    if kind is Kind.CERTIFICATE:
        certificate = ber.decode(value, _CertBag())
        if str(certificate["certId"]) != _X509:
            return Bag(Kind.OTHER)
        return Bag(kind, ber.octets(bytes(certificate["certValue"])), trusted_by_java=trusted)
    return Bag(kind, value if kind is Kind.KEY else b"")


def _kind(oid: str) -> Kind:
    try:
        return Kind(oid.removeprefix(_BAGS)) if oid.startswith(_BAGS) else Kind.OTHER
    except ValueError:
        return Kind.OTHER


def _content(info: Any) -> tuple[str, bytes]:
    content = info["content"]
    return str(info["contentType"]), bytes(content) if content.hasValue() else b""


def _safe(info: Any) -> Safe:
    kind, content = _content(info)
    if kind == _DATA:
        return Safe(bags=safe_contents(ber.octets(content)))
    if kind == _ENCRYPTED:
        return Safe(encrypted=encrypted_content(ber.decode(content, _EncryptedData())["encryptedContentInfo"]))
    if kind == _ENVELOPED:
        return Safe(unsupported="encryption for a recipient's certificate instead of a password")
    return Safe(unsupported=f"content type {kind}")


def _mac(data: Any) -> Mac:
    oid, params = parts_of(data["mac"]["digestAlgorithm"])
    value, iterations = bytes(data["mac"]["digest"]), int(data["iterations"])
    if oid == _PBMAC1:
        return _pbmac1(params, value)
    if iterations < 0:
        raise Malformed
    digest = digest_of(oid)
    if digest is None or not digest.available:
        name = digest.name if digest else f"digest {oid}"
        return Mac(f"HMAC-{name}", value, unsupported=name)
    kdf = Pkcs12Kdf(digest, bytes(data["macSalt"]), iterations)
    return Mac(f"HMAC-{digest.name}", value, kdf, digest.python, digest.size)


def _pbmac1(params: bytes, value: bytes) -> Mac:
    """Read PBMAC1 (RFC 9579, section 3): MacData's own salt and iterations are ignored, the key length is required.

    Without it the MAC cannot be verified; decrypting the content still shows whether the password is right.
    """
    kdf_identifier, use = pair_of(params)
    kdf, prf = kdf_of(kdf_identifier), prf_of(parts_of(use)[0])
    if isinstance(kdf, str):
        return Mac("PBMAC1", value, unsupported=kdf)
    if kdf.key_length is None:
        return Mac("PBMAC1", value, unsupported="PBMAC1 without its key length")
    if kdf.key_length < _LEAST_MAC_KEY:
        # RFC 9579: whoever changed the container tries the few keys that there are.
        name = f"PBMAC1, whose key of {kdf.key_length} bytes proves nothing"
        return Mac(name, value, unsupported=name)
    name, missing = f"PBMAC1, {kdf.name}, {prf.name}", kdf.unsupported
    if prf.digest is None or missing:
        return Mac(name, value, unsupported=missing or prf.name)
    return Mac(name, value, kdf, prf.digest().name.replace("-", "_"), kdf.key_length)
