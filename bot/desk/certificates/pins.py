"""Pins as people type them: what an app names a client certificate by.

A pin is a host (``partner.example``, in lower case and its ASCII form), a ``Module.Service``, whose module may begin
with a lower-case letter, or an identifier, which is kept exactly as it is: what stands in quotation marks, or begins
with a slash. Nothing is guessed: what could be two things is refused, and the sentence asks which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import idna

from bot.desk.base.errors import BadPin, UnclearPin

LONGEST_IDENTIFIER = 200
_SERVICE = re.compile(r"[A-Za-z]\w{0,99}\.[A-Z]\w{0,99}", re.ASCII)
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
# Telephones make typographic quotation marks of straight ones.
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]*)[\"“”»]")
_BETWEEN = re.compile(r"[,;\n]+")


def read_pins(text: str) -> tuple[str, ...]:
    """Read pins separated by commas or lines, or by spaces where that is clear, each once.

    Raises :class:`BadPin` for the first that is none, :class:`UnclearPin` for one that could be two things.
    """
    return tuple(dict.fromkeys(_read(text)))


def pin_text(pin: str) -> str:
    """Return a pin as it is typed: in quotation marks where it would be read as something else without."""
    try:
        return pin if read_pins(pin) == (pin,) else f'"{pin}"'
    except (BadPin, UnclearPin):
        return f'"{pin}"'


def _read(text: str) -> Iterator[str]:
    end = 0
    for match in _QUOTED.finditer(text):
        yield from _unquoted(text[end : match.start()])
        yield _identifier(match.group(1))
        end = match.end()
    yield from _unquoted(text[end:])


def _unquoted(text: str) -> Iterator[str]:
    for part in _BETWEEN.split(text):
        words = part.split()
        if len(words) > 1 and not all("." in word or word.startswith("/") for word in words):
            raise UnclearPin(" ".join(words))
        yield from map(_pin, words)


def _pin(word: str) -> str:
    if word.startswith("/"):
        return _identifier(word)
    if _SERVICE.fullmatch(word):
        return word
    host = read_host(word.rstrip("."))
    if host is None:
        raise BadPin(word, _bare(word))
    # Hosts without a dot are rare, and never written with capitals.
    if "." not in word and word != word.lower():
        raise UnclearPin(word)
    return host


def _identifier(text: str) -> str:
    if not (0 < len(text) <= LONGEST_IDENTIFIER and text.isprintable() and text.strip() == text):
        raise BadPin(text)
    return text


def read_host(word: str) -> str | None:
    """Return a host name or IPv4 address in lower case and its ASCII form; None for what is none."""
    try:
        ascii_form = word.lower() if word.isascii() else idna.encode(word, uts46=True).decode()
    except idna.IDNAError:
        return None
    return ascii_form if _HOST.fullmatch(ascii_form) else None


def _bare(word: str) -> str | None:
    """Return the host of an address that has a scheme, port or path."""
    try:
        host = urlsplit(word if "://" in word else f"//{word}").hostname
    except ValueError:
        return None
    return read_host(host) if host else None
