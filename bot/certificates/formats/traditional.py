"""Traditional PEM keys under a password: ``Proc-Type: 4,ENCRYPTED`` with a ``DEK-Info`` line (RFC 1421, 4.6.1.1).

The key comes of MD5 over password and salt, which is the vector's first 8 bytes, as OpenSSL has always done it.
"""

from __future__ import annotations

import base64
import binascii
import re

from cryptography.hazmat.decrepit.ciphers import algorithms as old
from cryptography.hazmat.primitives.ciphers import algorithms

from bot.certificates.encryption import ciphers
from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.kdf import BytesToKey
from bot.certificates.encryption.schemes import Locked, Scheme

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


def locked(body: bytes) -> Locked:
    """The key that a PEM block's text holds under a password; raises :class:`Malformed`."""
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
