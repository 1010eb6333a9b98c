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
    LINE_END = "with a line end behind it, as it was when the file was made"
    UNQUOTED = "without the quotation marks around it"
    QUOTED = "with quotation marks around it, as it was when the file was made"
    KEYBOARD_SIGNS = "with plain hyphens and quotation marks, which a program had replaced"
    VISIBLE = "without characters that cannot be seen"
    CODE_PAGE_850 = "written in the DOS code page 850"
    CODE_PAGE_1252 = "written in the Windows code page 1252, and read in another"

    @property
    def plain(self) -> bool:
        """Return whether the encoding is a usual one, which needs no remark."""
        return self in {PasswordEncoding.AS_TYPED, PasswordEncoding.NO_BYTES, PasswordEncoding.TWO_ZERO_BYTES}


Candidate = tuple[PasswordEncoding, bytes]

# Those that few files need: they are tried where all tries together cost no more rounds than these.
_RARE = frozenset(
    {
        PasswordEncoding.LINE_END,
        PasswordEncoding.UNQUOTED,
        PasswordEncoding.QUOTED,
        PasswordEncoding.KEYBOARD_SIGNS,
        PasswordEncoding.VISIBLE,
        PasswordEncoding.CODE_PAGE_850,
        PasswordEncoding.CODE_PAGE_1252,
    }
)
_MOST_ROUNDS = 2_000_000
_QUOTES = "\"'\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"
_QUOTES += "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}"
# What word processors and telephones make of the keyboard's signs.
_SIGNS = {
    **dict.fromkeys(
        map(ord, "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"), "-"
    ),
    **dict.fromkeys(map(ord, _QUOTES[2:5]), '"'),
    **dict.fromkeys(map(ord, _QUOTES[5:]), "'"),
    ord("\N{HORIZONTAL ELLIPSIS}"): "...",
}
_TWO_HYPHENS = {ord("\N{EN DASH}"): "--", ord("\N{EM DASH}"): "--"}


def given(password: SecretStr | None) -> bool:
    """Return whether a password was given; an empty field counts as none."""
    return password is not None and password.get_secret_value() != ""


def as_bmp(password: SecretStr | None, rounds: int = 0) -> list[Candidate]:
    """Return candidates for a BMPString password (RFC 7292, B.1), likeliest first, each once.

    ``rounds`` of key derivation are what each try costs: where that is much, the rarest are left out.
    """
    text = _text(password)
    if not text:
        return [(PasswordEncoding.TWO_ZERO_BYTES, b"\0\0"), (PasswordEncoding.NO_BYTES, b"")]
    return _affordable(_distinct(_bmp_forms(text)), rounds)


def as_bytes(password: SecretStr | None, rounds: int = 0) -> list[Candidate]:
    """Return candidates for a password as bytes (PBKDF1, PBKDF2, scrypt), likeliest first; ``rounds`` as above."""
    text = _text(password)
    if not text:
        return [(PasswordEncoding.NO_BYTES, b""), (PasswordEncoding.TWO_ZERO_BYTES, b"\0\0")]
    return _affordable(_distinct(_byte_forms(text)), rounds)


def spelled(text: str, encoding: PasswordEncoding) -> str:
    """Return the text that a container was made with, if its password was typed as ``text`` and has that encoding."""
    if encoding is PasswordEncoding.TRIMMED:
        return text.strip()
    return next((other for one, other in _spellings(text) if one is encoding), text)


def _text(password: SecretStr | None) -> str:
    return "" if password is None else password.get_secret_value()


def _bmp(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass") + b"\0\0"


def _bmp_forms(text: str) -> Iterator[Candidate]:
    yield PasswordEncoding.AS_TYPED, _bmp(text)
    if text.strip() != text:
        yield PasswordEncoding.TRIMMED, _bmp(text.strip())
    if not text.isascii():
        yield PasswordEncoding.UTF8_AS_LATIN1, _bmp(_utf8(text).decode("latin-1"))
        for other in _other_accents(text):
            yield PasswordEncoding.OTHER_ACCENTS, _bmp(other)
            yield PasswordEncoding.UTF8_AS_LATIN1, _bmp(_utf8(other).decode("latin-1"))
        yield PasswordEncoding.LOW_BYTES, _bmp("".join(chr(ord(char) & 0xFF) for char in text))
    for encoding, other in (*_spellings(text), *_misread(text)):
        yield encoding, _bmp(other)


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
        yield from _encoded(text, (PasswordEncoding.CODE_PAGE_850, "cp850"))
    for encoding, other in (*_spellings(text), *_misread(text)):
        yield encoding, _utf8(other)


def _spellings(text: str) -> Iterator[tuple[PasswordEncoding, str]]:
    """Return texts that look the same, or that a shell or a file had otherwise."""
    bare = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc"})
    visible = " ".join(bare.split("\N{NO-BREAK SPACE}")).strip()
    if visible and visible != text:
        yield PasswordEncoding.VISIBLE, visible
    for signs in (_SIGNS, {**_SIGNS, **_TWO_HYPHENS}):
        if (plain := visible.translate(signs)) != visible:
            yield PasswordEncoding.KEYBOARD_SIGNS, plain
    if len(visible) > 2 and visible[0] in _QUOTES and visible[-1] in _QUOTES:
        yield PasswordEncoding.UNQUOTED, visible[1:-1]
    for end in ("\n", "\r\n"):
        yield PasswordEncoding.LINE_END, text + end
    for quote in "\"'":
        yield PasswordEncoding.QUOTED, f"{quote}{text}{quote}"


def _misread(text: str) -> Iterator[tuple[PasswordEncoding, str]]:
    """Return what a program on Windows made of a password whose bytes it read in another code page."""
    if text.isascii():
        return
    for encoding, written, read in (
        (PasswordEncoding.CODE_PAGE_850, "cp850", "latin-1"),
        (PasswordEncoding.CODE_PAGE_850, "cp850", "cp1252"),
        (PasswordEncoding.CODE_PAGE_1252, "cp1252", "cp850"),
        (PasswordEncoding.CODE_PAGE_1252, "cp1252", "latin-1"),
    ):
        try:
            yield encoding, text.encode(written).decode(read)
        except UnicodeError:
            continue


def _affordable(candidates: list[Candidate], rounds: int) -> list[Candidate]:
    """Leave out the rare ones that cost too much."""
    most = _MOST_ROUNDS // rounds if rounds else len(candidates)
    return [one for number, one in enumerate(candidates) if one[0] not in _RARE or number < most]


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
