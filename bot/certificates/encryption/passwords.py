"""Encodings of a password: tools encode it differently, and a right password must not be reported as wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from enum import Enum

from pydantic import SecretStr


class PasswordEncoding(Enum):
    """Encoding of a password as bytes; the value is shown in brackets, and is part of the JSON report."""

    AS_TYPED = "as typed"
    NO_BYTES = "empty, written as no bytes at all"
    TWO_ZERO_BYTES = "empty, written as two zero bytes"
    UTF8_AS_LATIN1 = "its UTF-8 bytes taken for Latin-1, as OpenSSL before 1.1.0 did"
    LATIN1 = "written in Latin-1"
    WINDOWS_1252 = "written in the Windows code page 1252"
    UTF16 = "written in UTF-16 with two zero bytes, as NSS does"
    BARE_UTF16 = "written in UTF-16"
    LOW_BYTES = "cut to the low byte of each character"
    OTHER_ACCENTS = "with its accents composed in the other Unicode form"
    TRIMMED = "without the spaces around it"

    @property
    def plain(self) -> bool:
        """Return whether the encoding is a usual one, which needs no remark."""
        return self in {PasswordEncoding.AS_TYPED, PasswordEncoding.NO_BYTES, PasswordEncoding.TWO_ZERO_BYTES}


Candidate = tuple[PasswordEncoding, bytes]


def given(password: SecretStr | None) -> bool:
    """Return whether a password was given; an empty field counts as none."""
    return password is not None and password.get_secret_value() != ""


def as_bmp(password: SecretStr | None) -> list[Candidate]:
    """Return candidates for a BMPString password (RFC 7292, B.1), likeliest first, each once."""
    text = _text(password)
    if not text:
        return [(PasswordEncoding.TWO_ZERO_BYTES, b"\0\0"), (PasswordEncoding.NO_BYTES, b"")]
    return _distinct(_bmp_forms(text))


def as_bytes(password: SecretStr | None) -> list[Candidate]:
    """Return candidates for a password as bytes (PBKDF1, PBKDF2, scrypt), likeliest first, each once."""
    text = _text(password)
    if not text:
        return [(PasswordEncoding.NO_BYTES, b""), (PasswordEncoding.TWO_ZERO_BYTES, b"\0\0")]
    return _distinct(_byte_forms(text))


def _text(password: SecretStr | None) -> str:
    return "" if password is None else password.get_secret_value()


def _bmp(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass") + b"\0\0"


def _bmp_forms(text: str) -> Iterator[Candidate]:
    yield PasswordEncoding.AS_TYPED, _bmp(text)
    if text.strip() != text:
        yield PasswordEncoding.TRIMMED, _bmp(text.strip())
    if text.isascii():
        return
    yield PasswordEncoding.UTF8_AS_LATIN1, _bmp(_utf8(text).decode("latin-1"))
    for other in _other_accents(text):
        yield PasswordEncoding.OTHER_ACCENTS, _bmp(other)
        yield PasswordEncoding.UTF8_AS_LATIN1, _bmp(_utf8(other).decode("latin-1"))
    yield PasswordEncoding.LOW_BYTES, _bmp("".join(chr(ord(char) & 0xFF) for char in text))


def _byte_forms(text: str) -> Iterator[Candidate]:
    yield PasswordEncoding.AS_TYPED, _utf8(text)
    if text.strip() != text:
        yield PasswordEncoding.TRIMMED, _utf8(text.strip())
    if not text.isascii():
        yield from _encoded(text, (PasswordEncoding.LATIN1, "latin-1"), (PasswordEncoding.WINDOWS_1252, "cp1252"))
        yield PasswordEncoding.UTF8_AS_LATIN1, _utf8(_utf8(text).decode("latin-1"))
        for other in _other_accents(text):
            yield PasswordEncoding.OTHER_ACCENTS, _utf8(other)
    yield PasswordEncoding.UTF16, _bmp(text)
    if not text.isascii():
        yield PasswordEncoding.UTF16, _bmp(_utf8(text).decode("latin-1"))
        yield PasswordEncoding.BARE_UTF16, _bmp(text)[:-2]
        yield PasswordEncoding.LOW_BYTES, bytes(ord(char) & 0xFF for char in text)


def _encoded(text: str, *codecs: tuple[PasswordEncoding, str]) -> Iterator[Candidate]:
    for encoding, codec in codecs:
        try:
            yield encoding, text.encode(codec)
        except UnicodeEncodeError:
            continue


def _other_accents(text: str) -> list[str]:
    forms = (unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
    return [form for form in forms if form != text]


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _distinct(candidates: Iterator[Candidate]) -> list[Candidate]:
    seen: dict[bytes, PasswordEncoding] = {}
    for encoding, form in candidates:
        seen.setdefault(form, encoding)
    return [(encoding, form) for form, encoding in seen.items()]
