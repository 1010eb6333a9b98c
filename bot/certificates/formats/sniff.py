"""Detect the format of a file from its content; names and extensions are ignored."""

from __future__ import annotations

from collections.abc import Iterator

from bot.certificates.formats.borders import borders
from bot.certificates.formats.text import plain
from bot.certificates.model import Format

_MAGIC = {b"\xfe\xed\xfe\xed": Format.JKS, b"\xce\xce\xce\xce": Format.JCEKS, b"PK\x03\x04": Format.ZIP}
_SEQUENCE, _INTEGER, _OID = 0x30, 0x02, 0x06
_OCTETS, _BITS = 0x04, 0x03
_ATTRIBUTES, _TIMES = 0xA0, (0x17, 0x18)
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_CMS = bytes.fromhex("2a864886f70d0107")
_LONG_FORM = 0x80
_LEAST_MODULUS = 64


def sniff(data: bytes) -> Format:
    """Detect the format from the first few hundred bytes (for PEM, from all of them); never raises."""
    if not data.strip():
        return Format.EMPTY
    if (magic := _MAGIC.get(data[:4])) is not None:
        return magic
    if data[0] == _SEQUENCE and (asn1 := _asn1(data)) is not Format.UNKNOWN:
        return asn1
    return Format.PEM if any(one.begins for one in borders(plain(data))) else Format.UNKNOWN


def end_of(data: bytes) -> int | None:
    """Return where the first ASN.1 value ends; None for an indefinite length, and beyond the end of the data."""
    end = _header(data, 0)[2]
    return end if end is not None and end <= len(data) else None


def values(data: bytes) -> Iterator[bytes]:
    """Return the ASN.1 values that follow one another; the last as it is if its length is indefinite or too large."""
    while data:
        end = end_of(data)
        yield data[:end]
        data = data[end:] if end is not None else b""


def _asn1(data: bytes) -> Format:
    """Detect the format from the first two elements of the outermost SEQUENCE."""
    tag, start, _ = _header(data, _header(data, 0)[1])
    first = _header(data, _header(data, 0)[1])
    body = data[first[1] : first[2]] if first[2] is not None else b""
    if tag == _INTEGER:
        return _versioned(body, data, first[2])
    if tag == _OID:
        if body == _SIGNED_DATA:
            return Format.PKCS7
        return Format.CMS if body.startswith(_CMS) else Format.UNKNOWN
    if tag == _SEQUENCE:
        return _of_two_sequences(data, start, first[2])
    return Format.UNKNOWN


def _versioned(version: bytes, data: bytes, after: int | None) -> Format:
    """Tell a container from a key.

    PFX ::= { 3, SEQUENCE … } (RFC 7292); PKCS #8 and traditional keys begin with 0 or 1 (RFC 5958, 8017, 5915).
    """
    following = _header(data, after)[0] if after is not None else None
    if version == b"\x03" and following == _SEQUENCE:
        return Format.PKCS12
    if version in {b"\x00", b"\x01"} and following in {_SEQUENCE, _INTEGER, _OCTETS}:
        return Format.DER_KEY
    # RSAPublicKey ::= { modulus, publicExponent } (RFC 8017, A.1.1)
    return Format.PUBLIC_KEY if following == _INTEGER and len(version) >= _LEAST_MODULUS else Format.UNKNOWN


def _of_two_sequences(data: bytes, inside: int, after: int | None) -> Format:
    """Tell what begins with a SEQUENCE by what follows it, and by what is in it.

    A certificate, a request and a revocation list are { what is signed, AlgorithmIdentifier, … }; an encrypted key is
    { AlgorithmIdentifier, OCTETS }, a public key { AlgorithmIdentifier, BITS }.
    """
    following = _header(data, after)[0] if after is not None else None
    if following == _SEQUENCE:
        return _signed(data, inside)
    if _header(data, inside)[0] != _OID:
        return Format.UNKNOWN
    return {_OCTETS: Format.DER_ENCRYPTED_KEY, _BITS: Format.PUBLIC_KEY}.get(following or 0, Format.UNKNOWN)


def _signed(data: bytes, at: int) -> Format:
    """Tell requests (RFC 2986, 4.1), revocation lists (RFC 5280, 5.1) and certificates by what is signed."""
    tags = list[int | None]()
    while len(tags) < 4:
        tag, _, end = _header(data, at)
        tags.append(tag)
        if end is None:
            break
        at = end
    if tags == [_INTEGER, _SEQUENCE, _SEQUENCE, _ATTRIBUTES]:
        return Format.REQUEST
    if tags[:2] == [_SEQUENCE, _OCTETS]:
        # ObjectStore ::= { { AlgorithmIdentifier, OCTETS }, integrity check } (org.bouncycastle.asn1.bc)
        return Format.BCFKS
    return Format.CRL if any(tag in _TIMES for tag in tags) else Format.DER_CERTIFICATE


def _header(data: bytes, at: int) -> tuple[int | None, int, int | None]:
    """Return tag, start and end of the content (end is None for BER's indefinite length or beyond the file)."""
    head = data[at : at + 6]
    if len(head) < 2:
        return None, at, None
    tag, length = head[0], head[1]
    if length < _LONG_FORM:
        return tag, at + 2, at + 2 + length
    octets = length - _LONG_FORM
    if octets == 0 or octets > 4:
        return tag, at + 2, None
    return tag, at + 2 + octets, at + 2 + octets + int.from_bytes(head[2 : 2 + octets], "big")
