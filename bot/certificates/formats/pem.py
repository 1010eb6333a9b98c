"""Split PEM text into its blocks (RFC 7468), whatever is around them: comments, CRLF, byte order marks.

Also reads traditional encrypted keys (RFC 1421), whose encryption is stated in the block's text.
"""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers import algorithms as old
from cryptography.hazmat.primitives.ciphers import algorithms

from bot.certificates.encryption import ciphers, schemes
from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.kdf import BytesToKey
from bot.certificates.encryption.schemes import Encrypted, Scheme
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
    """PEM block: its place in the file (from 1), label, text between the borders, and whether it has its END line."""

    number: int
    label: str
    body: bytes = field(repr=False)
    complete: bool

    @property
    def encrypted(self) -> bool:
        """Return whether it is an encrypted key: PKCS #8, or traditional with ``Proc-Type`` (RFC 1421)."""
        return self.label == ENCRYPTED_KEY or (self.label in KEYS and b"ENCRYPTED" in self.body[:200])

    @property
    def is_key(self) -> bool:
        """Return whether it is a private key, encrypted or not."""
        return self.label in KEYS or self.label == ENCRYPTED_KEY

    def der(self) -> bytes:
        """Decode the content; raises ValueError without an END line, or for what is not base64."""
        if not self.complete:
            raise ValueError("no END line")
        try:
            return base64.b64decode(b"".join(self.body.split()), validate=True)
        except binascii.Error:
            raise ValueError("not base64") from None

    def encrypted_key(self) -> Encrypted:
        """Return the encrypted key, PKCS #8 or traditional; raises ValueError for a damaged block."""
        if self.complete and self.label != ENCRYPTED_KEY:
            return _traditional(self.body)
        return schemes.encrypted_key(self.der())


def blocks(data: bytes) -> list[Block]:
    """Return every block in order; one without an END line reaches to the next BEGIN, or to the end of the file."""
    text = as_ascii(data)
    found: list[Block] = []
    label, start = "", -1
    for border in _BORDER.finditer(text):
        kind, name = border.group(1), border.group(2).decode()
        if start >= 0:
            complete = kind == b"END" and name == label
            found.append(Block(len(found) + 1, label, text[start : border.start()], complete))
        label, start = (name, border.end()) if kind == b"BEGIN" else ("", -1)
    if start >= 0:
        found.append(Block(len(found) + 1, label, text[start:], complete=False))
    return found


def pem_certificates(data: bytes) -> list[bytes]:
    """Return the DER of every certificate block that can be decoded."""
    found = []
    for block in blocks(data):
        if block.label in CERTIFICATES:
            with suppress(ValueError):
                found.append(block.der())
    return found


def _traditional(body: bytes) -> Encrypted:
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
        return Encrypted(Scheme("PEM", None, cipher, unsupported=name), data)
    if len(iv) != cipher.iv_size:
        raise Malformed
    return Encrypted(Scheme("PEM", BytesToKey(iv[:_SALT]), cipher, iv), data)
