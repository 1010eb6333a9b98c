"""Undo what programs did to a file so that it went through text: base64, hex, strings, documents with such in them."""

from __future__ import annotations

import ast
import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from pydantic import SecretStr

from bot.certificates.formats.text import plain

_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}\Z")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_DATA_URI = re.compile(rb"\Adata:[\w.+/;=-]{0,200}?base64,")
_HEX_MARKS = re.compile(rb"0x|\\x|[\s:,]")
_HEX = re.compile(rb"[0-9A-Fa-f]+\Z")
_PYTHON_BYTES = re.compile(rb"""\A[bB](['"]).*\1\Z""", re.DOTALL)
# A value in a document: as long as the shortest key, on a line of its own or among other things.
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")
_REST_OF_RUN = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
_MARKS = b" \t\"',"
# Words that stand before a container's own password, in JSON and YAML.
_PASSWORD = re.compile(rb"""["']?(?:password|passphrase|pwd)["']?\s*[:=]\s*["']([^"'\n]{1,200})["']""", re.IGNORECASE)
# What a Python literal may cost to read.
_LONGEST_LITERAL = 512 * 1024
_MOST_RUNS = 1000


@dataclass(frozen=True, slots=True)
class Inside:
    """What was inside a file: ``how`` names what it was wrapped in, ``password`` is one that stands beside it."""

    how: str
    data: bytes = field(repr=False)
    password: SecretStr | None = None


def surrounded(data: bytes) -> Iterator[Inside]:
    """Undo white space, zeros or a byte order mark in front of a binary file."""
    stripped = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t \0")
    if stripped != data:
        yield Inside("a file that begins with blank characters", stripped)


def twice_encoded(data: bytes) -> Iterator[Inside]:
    """Undo UTF-8 that was made of each byte of a binary file, as programs do that take it for Latin-1 text."""
    if data[:1] == b"\x30" and not data.isascii():
        try:
            yield Inside("bytes that were encoded as UTF-8 text", data.decode().encode("latin-1"))
        except UnicodeError:
            return


def python_bytes(data: bytes) -> Iterator[Inside]:
    """Undo ``b'…'`` of Python."""
    text = data.strip()
    if len(text) <= _LONGEST_LITERAL and text.isascii() and _PYTHON_BYTES.match(text):
        try:
            literal = ast.literal_eval(text.decode("ascii"))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return
        if isinstance(literal, bytes):
            yield Inside("a Python string", literal)


def base64_text(data: bytes) -> Iterator[Inside]:
    """Undo base64, standard or URL-safe, in one line or in many, also as a ``data:`` URI."""
    text = plain(data).strip(_MARKS + b"\n")
    without = _DATA_URI.sub(b"", text)
    if (found := _decoded(b"".join(without.split()))) is not None:
        yield Inside("base64" if without == text else "a data: URI", found)


def hex_text(data: bytes) -> Iterator[Inside]:
    """Undo hex digits, also with ``0x``, ``\\x``, colons or commas between them."""
    digits = _HEX_MARKS.sub(b"", data.strip())
    if len(digits) % 2 == 0 and _HEX.match(digits):
        yield Inside("hex digits", bytes.fromhex(digits.decode()))


def document(data: bytes) -> Iterator[Inside]:
    """Undo base64 that is a value in a document: JSON, YAML, XML, or another one."""
    text = plain(data)
    how, password = _kind_of(text), _password_in(text)
    for run in islice(_runs(text), _MOST_RUNS):
        if (found := _decoded(run)) is not None:
            yield Inside(how, found, password)


def _password_in(text: bytes) -> SecretStr | None:
    """Return the one password that a document states, such as ``CLIENT_CERTIFICATES``; None for none, or several."""
    found = {one.decode("utf-8", "replace") for one in _PASSWORD.findall(text)}
    return SecretStr(found.pop()) if len(found) == 1 else None


def _kind_of(text: bytes) -> str:
    begins = text.lstrip()[:1]
    if begins in {b"{", b"["}:
        return "JSON"
    if begins == b"<":
        return "XML"
    return "YAML" if re.search(rb"(?m)^[ \t]*[\w.-]+:(?:[ \t]|$)", text[:4096]) else "a document"


def _runs(text: bytes) -> Iterator[bytes]:
    """Return runs of base64: parts of lines, and lines that go on with nothing else in them."""
    run, goes_on = b"", False
    for line in text.split(b"\n"):
        bare = line.strip(_MARKS)
        if goes_on and _REST_OF_RUN.fullmatch(bare):
            run += bare
            goes_on = not bare.endswith(b"=")
            continue
        if run:
            yield run
        run, goes_on = b"", False
        for found in _RUN.finditer(line):
            if run:
                yield run
            run, goes_on = found.group(), found.end() == len(line.rstrip(_MARKS)) and not found.group().endswith(b"=")
    if run:
        yield run


def _decoded(text: bytes) -> bytes | None:
    """Decode base64 of either alphabet, also without its padding."""
    standard = text.translate(_URL_SAFE)
    if len(standard) < 40 or not _BASE64.match(standard):
        return None
    try:
        return base64.b64decode(standard + b"=" * (-len(standard) % 4), validate=True)
    except binascii.Error:
        return None
