"""Text that passed through mail programs, word processors and programming languages, as the ASCII that it was.

Nothing is guessed: only what base64 and the lines around it never have in them is replaced.
"""

from __future__ import annotations

import codecs
import quopri
import re

_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_BOM = codecs.BOM_UTF8
_SAMPLE = 400
# Dashes of word processors, in UTF-8 and in Windows code page 1252: two hyphens become one of these.
_DASHES = [char.encode() for char in "‐‑‒–—―−"]
_DASHES_1252 = (b"\x96", b"\x97")
_NOTHING = [
    char.encode() for char in "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{WORD JOINER}"
]
_NOTHING += ["\N{ZERO WIDTH NO-BREAK SPACE}".encode(), "\N{SOFT HYPHEN}".encode()]
_SPACES = [char.encode() for char in "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{LINE SEPARATOR}"]
# Escapes of JSON, Python and shells; \/ is how PHP writes a slash.
_ESCAPES = (
    (rb"\r\n", b"\n"),
    (rb"\n", b"\n"),
    (rb"\r", b"\n"),
    (rb"\t", b" "),
    (rb"\/", b"/"),
    (rb"\u002b", b"+"),
    (rb"\u002B", b"+"),
    (rb"\u002f", b"/"),
    (rb"\u002F", b"/"),
    (rb"\u003d", b"="),
    (rb"\u003D", b"="),
)
_RTF, _RTF_LINE, _RTF_WORD = (
    b"{\\rtf",
    re.compile(rb"\\(?:par|line)\b ?|\\\r?\n"),
    re.compile(rb"\\[a-z]{1,32}-?[0-9]{0,10} ?|[{}]"),
)
_ENTITIES = (
    (b"&#10;", b"\n"),
    (b"&#13;", b"\n"),
    (b"&#xa;", b"\n"),
    (b"&#xA;", b"\n"),
    (b"&#xD;", b"\n"),
    (b"&#43;", b"+"),
)
# The padding of base64 at the end of a line, as quoted-printable writes it (RFC 2045, 6.7).
_QUOTED_PRINTABLE = re.compile(rb"[A-Za-z0-9+/](?:=3D){1,2}[ \t\r]*\n")


def plain(data: bytes) -> bytes:
    """Return text in ASCII with ``\\n`` line ends; bytes that are no text come back much as they are.

    Reads UTF-16 with and without a byte order mark, quoted-printable, RTF, the escapes of JSON and programming
    languages, dashes that were corrected automatically, and spaces that are none.
    """
    if is_binary(data):
        return data
    text = _decoded(data)
    if text.startswith(_RTF):
        text = _RTF_WORD.sub(b"", _RTF_LINE.sub(b"\n", text))
    if b"=3D" in text and _QUOTED_PRINTABLE.search(text):
        text = quopri.decodestring(text)
    if not text.isascii():
        text = _replaced(text)
    if b"\\" in text:
        for escape, char in _ESCAPES:
            text = text.replace(escape, char)
    if b"&#" in text:
        for entity, char in _ENTITIES:
            text = text.replace(entity, char)
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def is_binary(data: bytes) -> bool:
    """Return whether a file is no text: there are zeros at its beginning that are not those of UTF-16."""
    sample = data[:_SAMPLE]
    return b"\0" in sample and data[:2] not in _UTF_16 and _wide(sample) is None


def _decoded(data: bytes) -> bytes:
    codec = _UTF_16.get(data[:2]) or _wide(data[:_SAMPLE])
    if codec is None:
        return data.removeprefix(_BOM)
    return data.decode(codec, "replace").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").encode("utf-8", "replace")


def _wide(sample: bytes) -> str | None:
    """Return the codec of UTF-16 without a byte order mark: every other byte of ASCII is zero there."""
    for codec, zeros, others in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if len(sample) > 20 and not any(zeros) and others.isascii() and b"\0" not in others:
            return codec
    return None


def _replaced(text: bytes) -> bytes:
    for several, instead in ((_DASHES, b"-"), (_NOTHING, b""), (_SPACES, b" ")):
        for one in several:
            text = text.replace(one, instead)
    if text.isascii():
        return text
    for one in _DASHES_1252:
        text = text.replace(one, b"-")
    return text
