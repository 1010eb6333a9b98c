"""Splitting PEM text into its blocks (RFC 7468), with anything around them: comments, CRLF, byte order marks."""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers import algorithms as old
from cryptography.hazmat.primitives.ciphers import algorithms

from bot.certificates.encryption import ciphers
from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.kdf import BytesToKey
from bot.certificates.encryption.schemes import Locked, Scheme, locked_key
from bot.certificates.formats.sniff import as_ascii

_BORDER = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 ]+)-----")

CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})
KEYS = frozenset({"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY"})
BUNDLES = frozenset({"PKCS7", "CMS"})
ENCRYPTED_KEY = "ENCRYPTED PRIVATE KEY"
REQUESTS = frozenset({"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"})

_HEADERS = re.compile(
    rb"\A\s*Proc-Type:[ \t]*4[ \t]*,[ \t]*ENCRYPTED[ \t]*\n"
    rb"[ \t]*DEK-Info:[ \t]*([\w-]{1,40})[ \t]*(?:,[ \t]*([0-9A-Fa-f]{1,64}))?[ \t]*\n"
)
_SALT = 8
_CIPHERS = {
    "DES-CBC": ciphers.DES,
    "DES-EDE3-CBC": ciphers.TRIPLE_DES,
    "DES-EDE-CBC": ciphers.TWO_KEY_TRIPLE_DES,
    "RC2-CBC": ciphers.rc2_cipher(128, 16),
    "RC2-40-CBC": ciphers.rc2_cipher(40, 5),
    "RC2-64-CBC": ciphers.rc2_cipher(64, 8),
    "BF-CBC": ciphers.block("Blowfish", 16, old.Blowfish, size=8),
    "CAST5-CBC": ciphers.block("CAST5", 16, old.CAST5, size=8),
    "IDEA-CBC": ciphers.block("IDEA", 16, old.IDEA, size=8),
    "SEED-CBC": ciphers.block("SEED", 16, old.SEED),
    "SM4-CBC": ciphers.block("SM4", 16, algorithms.SM4),
    **{f"AES-{bits}-CBC": ciphers.block(f"AES-{bits}", bits // 8, algorithms.AES) for bits in (128, 192, 256)},
    **{f"CAMELLIA-{bits}-CBC": ciphers.block(f"Camellia-{bits}", bits // 8, old.Camellia) for bits in (128, 192, 256)},
}


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

    def locked(self) -> Locked:
        """Return the encrypted key, PKCS #8 or traditional; raise ValueError for what is not one or has no end."""
        if self.closed and self.label != ENCRYPTED_KEY:
            return _traditional(self.body)
        return locked_key(self.der())


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


def pem_certificates(data: bytes) -> list[bytes]:
    """The DER of every certificate block that can be decoded."""
    found = []
    for block in blocks(data):
        if block.label in CERTIFICATES:
            with suppress(ValueError):
                found.append(block.der())
    return found


def _traditional(body: bytes) -> Locked:
    """Return the key of a block with ``Proc-Type: 4,ENCRYPTED`` and ``DEK-Info`` (RFC 1421, 4.6.1.1).

    OpenSSL derives the key with MD5 from password and salt, the first 8 bytes of the vector. Raises
    :class:`Malformed`.
    """
    found = _HEADERS.match(body.replace(b"\r", b""))
    if found is None:
        raise Malformed
    name = found.group(1).decode().upper()
    try:
        data = base64.b64decode(b"".join(body.replace(b"\r", b"")[found.end() :].split()), validate=True)
        iv = bytes.fromhex((found.group(2) or b"").decode())
    except (binascii.Error, ValueError):
        raise Malformed from None
    cipher = _CIPHERS.get(name)
    if cipher is None or not cipher.available:
        return Locked(Scheme("PEM", None, cipher, unsupported=name), data)
    if len(iv) != cipher.iv_size:
        raise Malformed
    return Locked(Scheme("PEM", BytesToKey(iv[:_SALT]), cipher, iv), data)
