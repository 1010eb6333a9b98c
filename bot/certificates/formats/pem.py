"""Split PEM text into its blocks (RFC 7468), whatever is around them, and whatever other programs made of it.

Also reads traditional encrypted keys (RFC 1421), whose encryption is stated in the block's text.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import Enum

from cryptography.hazmat.decrepit.ciphers import algorithms as old
from cryptography.hazmat.primitives.ciphers import algorithms

from bot.certificates.encryption import ciphers, schemes
from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.kdf import BytesToKey
from bot.certificates.encryption.schemes import Encrypted, Scheme
from bot.certificates.formats.borders import Border, borders
from bot.certificates.formats.sniff import end_of, sniff
from bot.certificates.formats.text import plain
from bot.certificates.model import Format

CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})
# Mozilla's list of roots has about 150.
MOST_BLOCKS = 2_000
BUNDLES = frozenset({"PKCS7", "CMS"})
REQUESTS = frozenset({"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"})
OPENSSH = "OPENSSH PRIVATE KEY"
_PRIVATE_KEY = "PRIVATE KEY"

# What stands around a line in quoted mail, in strings of programs, and in YAML; base64 has none of it.
_AROUND = b" \t>|\"'`,;\\"
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,60}:(?:[ \t]|$)")
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


class Flaw(Enum):
    """What is wrong with the lines around a block; the value completes "Block 4 …"."""

    BORDER = "has a BEGIN or END line that is not written exactly"
    NO_END = "has no END line"
    OTHER_END = "ends with the END line of another kind of block"


@dataclass(frozen=True, slots=True)
class Block:
    """PEM block: its place in the file (from 1), its label, and the lines between its borders without what quotes them.

    ``der`` is the decoded content, None where it is not base64, or may have been cut off. The label is what the file
    says that it is; what it is, its content tells.
    """

    number: int
    label: str
    body: bytes = field(repr=False)
    flaws: frozenset[Flaw] = frozenset()
    der: bytes | None = field(default=None, repr=False)

    @property
    def traditional(self) -> bool:
        """Return whether it is a traditional key that is encrypted, with ``Proc-Type`` (RFC 1421)."""
        return self.label.endswith(_PRIVATE_KEY) and b"ENCRYPTED" in self.body[:200]

    @property
    def format(self) -> Format:
        """Return what the content is; of content that cannot be decoded, what the label says."""
        if self.traditional:
            return Format.DER_ENCRYPTED_KEY
        if self.der is None:
            return _SAID.get(self.label, Format.DER_KEY if self.label.endswith(_PRIVATE_KEY) else Format.UNKNOWN)
        return sniff(self.der)

    def encrypted_key(self) -> Encrypted:
        """Return the encrypted key, PKCS #8 or traditional; raises ValueError for a damaged block."""
        if self.traditional and Flaw.NO_END not in self.flaws:
            return _traditional(self.body)
        if self.der is None:
            raise Malformed
        return schemes.encrypted_key(self.der)


_SAID = {
    **dict.fromkeys(CERTIFICATES, Format.DER_CERTIFICATE),
    **dict.fromkeys(BUNDLES, Format.PKCS7),
    **dict.fromkeys(REQUESTS, Format.REQUEST),
    "ENCRYPTED PRIVATE KEY": Format.DER_ENCRYPTED_KEY,
    "PKCS12": Format.PKCS12,
}


def blocks(data: bytes) -> list[Block]:
    """Return the blocks in their order, one more than :data:`MOST_BLOCKS` at most.

    One without an END line reaches to the next BEGIN, or to the end of the file.
    """
    text = plain(data)
    found: list[Block] = []
    begun: Border | None = None
    for border in borders(text):
        if begun is not None:
            found.append(_block(len(found) + 1, begun, text[begun.end : border.start], border))
        if len(found) > MOST_BLOCKS:
            return found
        begun = border if border.begins else None
    if begun is not None:
        found.append(_block(len(found) + 1, begun, text[begun.end :], None))
    return found


def pem_certificates(data: bytes) -> list[bytes]:
    """Return the DER of every certificate block that can be decoded."""
    return [one.der for one in blocks(data) if one.der is not None and one.label in CERTIFICATES]


def _block(number: int, begun: Border, body: bytes, ended: Border | None) -> Block:
    flaws = set[Flaw]()
    if ended is None or ended.begins:
        flaws.add(Flaw.NO_END)
    elif ended.label != begun.label:
        flaws.add(Flaw.OTHER_END)
    if not begun.exact or (ended is not None and not ended.begins and not ended.exact):
        flaws.add(Flaw.BORDER)
    lines = b"\n".join(line.strip(_AROUND) for line in body.split(b"\n"))
    return Block(number, begun.label, lines, frozenset(flaws), _der(lines, whole=Flaw.NO_END in flaws))


def _der(lines: bytes, *, whole: bool) -> bytes | None:
    """Decode a block without its headers. With ``whole``, only a value that is complete, with nothing behind it."""
    try:
        found = base64.b64decode(b"".join(_without_headers(lines).split()), validate=True)
    except binascii.Error:
        return None
    return None if whole and end_of(found) != len(found) else found


def _without_headers(lines: bytes) -> bytes:
    """Leave out headers (RFC 1421, 4.6), as some tools write comments: up to an empty line, or as far as they go."""
    several = lines.strip(b"\n").split(b"\n")
    if not _HEADER.match(several[0]):
        return lines
    if b"" in several:
        return b"\n".join(several[several.index(b"") :])
    return b"\n".join(line for line in several if not _HEADER.match(line))


def _traditional(body: bytes) -> Encrypted:
    """Return the key of a block with ``Proc-Type: 4,ENCRYPTED`` and ``DEK-Info`` (RFC 1421, 4.6.1.1).

    OpenSSL derives the key with MD5 from password and salt, the first 8 bytes of the vector. Raises
    :class:`Malformed`.
    """
    found = _HEADERS.match(body)
    if found is None:
        raise Malformed
    name = found.group(1).decode().upper()
    try:
        data = base64.b64decode(b"".join(body[found.end() :].split()), validate=True)
        iv = bytes.fromhex((found.group(2) or b"").decode())
    except (binascii.Error, ValueError):
        raise Malformed from None
    cipher = _CIPHERS.get(name)
    if cipher is None or not cipher.available:
        return Encrypted(Scheme("PEM", None, cipher, unsupported=name), data)
    if len(iv) != cipher.iv_size:
        raise Malformed
    return Encrypted(Scheme("PEM", BytesToKey(iv[:_SALT]), cipher, iv), data)
