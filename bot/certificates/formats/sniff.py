"""Detect the format of a file from its content; names and extensions are ignored."""

from __future__ import annotations

import re

from bot.certificates.model import Format

_BEGIN = re.compile(rb"-----BEGIN [A-Z0-9 ]+-----")
_BOM = b"\xef\xbb\xbf"
_MAGIC = {b"\xfe\xed\xfe\xed": Format.JKS, b"\xce\xce\xce\xce": Format.JCEKS, b"PK\x03\x04": Format.ZIP}
_SEQUENCE, _INTEGER, _OID = 0x30, 0x02, 0x06
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_LONG_FORM = 0x80


def sniff(data: bytes) -> Format:
    """Detect the format from the first few hundred bytes (for PEM, from all of them); never raises."""
    if not data.strip():
        return Format.EMPTY
    if (magic := _MAGIC.get(data[:4])) is not None:
        return magic
    if data[0] == _SEQUENCE and (asn1 := _asn1(data)) is not Format.UNKNOWN:
        return asn1
    return Format.PEM if _BEGIN.search(as_ascii(data)) else Format.UNKNOWN


def as_ascii(data: bytes) -> bytes:
    """Return text as ASCII bytes, since some Windows tools write PEM as UTF-16 with a byte order mark."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace").encode("ascii", "replace")
    return data.removeprefix(_BOM)


def _asn1(data: bytes) -> Format:
    """Detect the format from the first two elements of the outermost SEQUENCE."""
    tag, start, _ = _header(data, _header(data, 0)[1])
    first = _header(data, _header(data, 0)[1])
    body = data[first[1] : first[2]] if first[2] is not None else b""
    if tag == _INTEGER:
        return _versioned(body, data, first[2])
    if tag == _OID:
        return Format.PKCS7 if body == _SIGNED_DATA else Format.UNKNOWN
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
    if version in {b"\x00", b"\x01"} and following in {_SEQUENCE, _INTEGER, 0x04}:
        return Format.DER_KEY
    return Format.UNKNOWN


def _of_two_sequences(data: bytes, inside: int, after: int | None) -> Format:
    """Tell a certificate { TBS, AlgorithmIdentifier, … } from an encrypted key { AlgorithmIdentifier, OCTETS }."""
    following = _header(data, after)[0] if after is not None else None
    if following == _SEQUENCE:
        return Format.DER_CERTIFICATE
    if following == 0x04 and _header(data, inside)[0] == _OID:
        return Format.DER_ENCRYPTED_KEY
    return Format.UNKNOWN


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
