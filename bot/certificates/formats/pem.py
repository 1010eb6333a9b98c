"""Splitting PEM text into its blocks (RFC 7468), with anything around them: comments, CRLF, byte order marks."""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import suppress
from dataclasses import dataclass, field

from bot.certificates.formats.sniff import as_ascii

_BORDER = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 ]+)-----")

CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})
KEYS = frozenset({"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY"})
BUNDLES = frozenset({"PKCS7", "CMS"})
ENCRYPTED_KEY = "ENCRYPTED PRIVATE KEY"
REQUESTS = frozenset({"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"})


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its place in the file (from 1), its label, the text between the borders, whether it ends properly."""

    number: int
    label: str
    body: bytes = field(repr=False)
    closed: bool

    @property
    def encrypted(self) -> bool:
        """A key under a password: PKCS #8, or traditional with ``Proc-Type`` (RFC 1421)."""
        return self.label == ENCRYPTED_KEY or (self.label in KEYS and b"ENCRYPTED" in self.body[:200])

    @property
    def is_key(self) -> bool:
        """A private key, encrypted or not."""
        return self.label in KEYS or self.label == ENCRYPTED_KEY

    def der(self) -> bytes:
        """The decoded content; raises ValueError for what is not base64 or has no end."""
        if not self.closed:
            raise ValueError("no END line")
        try:
            return base64.b64decode(b"".join(self.body.split()), validate=True)
        except binascii.Error:
            raise ValueError("not base64") from None


def blocks(data: bytes) -> list[Block]:
    """Every block of the text in order; one that is never closed reaches to the next BEGIN or the end."""
    text = as_ascii(data)
    found: list[Block] = []
    label, start = "", -1
    for border in _BORDER.finditer(text):
        kind, name = border.group(1), border.group(2).decode()
        if start >= 0:
            closed = kind == b"END" and name == label
            found.append(Block(len(found) + 1, label, text[start : border.start()], closed))
        label, start = (name, border.end()) if kind == b"BEGIN" else ("", -1)
    if start >= 0:
        found.append(Block(len(found) + 1, label, text[start:], closed=False))
    return found


def certificates(data: bytes) -> list[bytes]:
    """The DER of every certificate block that can be decoded."""
    found = []
    for block in blocks(data):
        if block.label in CERTIFICATES:
            with suppress(ValueError):
                found.append(block.der())
    return found
