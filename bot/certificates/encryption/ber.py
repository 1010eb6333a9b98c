"""Decode ASN.1 that may be BER (X.690) with pyasn1; any damage raises one error, and DER is told from BER."""

from __future__ import annotations

from typing import Any

from pyasn1.codec.ber import decoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import namedtype, univ

_CONSTRUCTED, _HIGH_TAG, _LONG_FORM = 0x20, 0x1F, 0x80
_CLASS = 0xC0
_OCTETS, _CONSTRUCTED_OCTETS = 0x04, 0x24
_SEQUENCE = b"\x30"
_END_OF_CONTENTS = b"\0\0"
_DEEPEST = 64
_LONGEST_LENGTH = 4  # octets of a length; more would be over 4 GB


class Malformed(ValueError):
    """The bytes are not the expected ASN.1."""


class AlgorithmIdentifier(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    """AlgorithmIdentifier (RFC 5280, 4.1.1.2) with its parameters undecoded."""

    componentType = namedtype.NamedTypes(
        namedtype.NamedType("algorithm", univ.ObjectIdentifier()),
        namedtype.OptionalNamedType("parameters", univ.Any()),
    )


def decode(data: bytes, spec: Any) -> Any:
    """Decode ``spec`` at the beginning of ``data``, and ignore what follows. Raises :class:`Malformed`."""
    try:
        value, _ = decoder.decode(definite(data), asn1Spec=spec)
    except (PyAsn1Error, RecursionError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        raise Malformed from None
    return value


def items(data: bytes) -> list[Any]:
    """Decode the elements of a SEQUENCE, of any types; those with a tag of their own (``[0]``) are left as bytes.

    Raises :class:`Malformed`.
    """
    if data[:1] != _SEQUENCE:
        raise Malformed
    return [one if one[0] & _CLASS else decode(one, None) for one in children(data)]


def octets(data: bytes) -> bytes:
    """Return the content of an OCTET STRING, in one piece or in several. Raises :class:`Malformed`."""
    return bytes(decode(data, univ.OctetString()))


def children(data: bytes) -> list[bytes]:
    """Return the undecoded elements of a constructed value, also where pyasn1 fails. Raises :class:`Malformed`."""
    return _Rewriter(data).children()


def is_der(data: bytes) -> bool:
    """Return whether the first value in ``data`` has DER's lengths and forms (X.690, 10.1 and 10.2)."""
    return data.startswith(definite(data))


def definite(data: bytes) -> bytes:
    """Return the first value in ``data`` with definite, minimal lengths, and each OCTET STRING in one piece.

    pyasn1 cannot read an ANY of indefinite length, which NSS writes in containers. Raises :class:`Malformed` for
    truncated data, and for nesting deeper than in any certificate file.
    """
    return _Rewriter(data).value(0, 0)[0]


class _Rewriter:
    """Rewrites BER in one pass; positions are offsets into ``data``."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def value(self, at: int, depth: int) -> tuple[bytes, int]:
        """Return the rewritten value that begins at ``at``, and where the next one begins."""
        if depth > _DEEPEST:
            raise Malformed
        start = self._after_tag(at)
        tag = self._data[at:start]
        inside, size = self._length(start)
        if not tag[0] & _CONSTRUCTED:
            if size is None or inside + size > len(self._data):
                raise Malformed
            return _encoded(tag, self._data[inside : inside + size]), inside + size
        parts, after = self._parts(inside, size, depth)
        if tag[0] == _CONSTRUCTED_OCTETS:
            return _encoded(bytes([_OCTETS]), b"".join(_piece(part) for part in parts)), after
        return _encoded(tag, b"".join(parts)), after

    def children(self) -> list[bytes]:
        """Return the rewritten elements of the first value."""
        start = self._after_tag(0)
        inside, size = self._length(start)
        if not self._data[0] & _CONSTRUCTED:
            raise Malformed
        return self._parts(inside, size, 0)[0]

    def _parts(self, at: int, size: int | None, depth: int) -> tuple[list[bytes], int]:
        parts: list[bytes] = []
        end = None if size is None else at + size
        if end is not None and end > len(self._data):
            raise Malformed
        while at != end:
            if end is None and self._data[at : at + 2] == _END_OF_CONTENTS:
                return parts, at + 2
            if end is not None and at > end:
                raise Malformed
            part, at = self.value(at, depth + 1)
            parts.append(part)
        return parts, at

    def _after_tag(self, at: int) -> int:
        if at >= len(self._data):
            raise Malformed
        if self._data[at] & _HIGH_TAG == _HIGH_TAG:
            at += 1
            while at < len(self._data) and self._data[at] & _LONG_FORM:
                at += 1
        return at + 1

    def _length(self, at: int) -> tuple[int, int | None]:
        """Return where the content begins, and its size (None: indefinite)."""
        if at >= len(self._data):
            raise Malformed
        first = self._data[at]
        if first < _LONG_FORM:
            return at + 1, first
        if first == _LONG_FORM:
            return at + 1, None
        octets_used = first - _LONG_FORM
        digits = self._data[at + 1 : at + 1 + octets_used].lstrip(b"\0")
        if len(digits) > _LONGEST_LENGTH:
            raise Malformed
        return at + 1 + octets_used, int.from_bytes(digits, "big")


def _encoded(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    if size < _LONG_FORM:
        return tag + bytes([size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return tag + bytes([_LONG_FORM | len(digits)]) + digits + content


def content(part: bytes) -> bytes:
    """Return the content of a value with a definite length (:func:`definite`)."""
    return part[2:] if part[1] < _LONG_FORM else part[2 + part[1] - _LONG_FORM :]


def _piece(part: bytes) -> bytes:
    """Return the content of a piece of an OCTET STRING; raises :class:`Malformed` for any other type."""
    if part[0] != _OCTETS:
        raise Malformed
    return content(part)
