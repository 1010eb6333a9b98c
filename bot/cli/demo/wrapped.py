"""Wrap the demo's samples as they come from partners: a Java keystore, an archive, text."""

from __future__ import annotations

import io
import secrets
import struct
import zipfile
from collections.abc import Mapping, Sequence
from hashlib import sha1

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyasn1.codec.der import encoder
from pyasn1.type import univ
from pyasn1_modules import rfc5280, rfc5958

_JKS = b"\xfe\xed\xfe\xed"
_KEY_PROTECTOR = "1.3.6.1.4.1.42.2.17.1.1"


def archive(files: Mapping[str, bytes]) -> bytes:
    """Make a ZIP archive of files by their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return buffer.getvalue()


def keystore(key: bytes, chain: Sequence[x509.Certificate], password: str) -> bytes:
    """Make a JKS keystore of one key (PKCS #8, DER) and its chain, as ``keytool`` of Java 8 does."""
    wide = password.encode("utf-16-be")
    entry = struct.pack(">I", 1) + _text("client") + struct.pack(">Q", 0) + _sized(_protected(key, wide))
    entry += struct.pack(">I", len(chain))
    for one in chain:
        entry += _text("X.509") + _sized(one.public_bytes(Encoding.DER))
    body = _JKS + struct.pack(">II", 2, 1) + entry
    return body + sha1(wide + b"Mighty Aphrodite" + body).digest()  # noqa: S324  Java's


def _protected(key: bytes, password: bytes) -> bytes:
    """Encrypt a key under a stream of SHA-1, with a salt before it and a hash behind it."""
    salt = block = secrets.token_bytes(20)
    stream = b""
    while len(stream) < len(key):
        block = sha1(password + block).digest()  # noqa: S324  Java's
        stream += block
    covered = bytes(a ^ b for a, b in zip(key, stream, strict=False))
    info = rfc5958.EncryptedPrivateKeyInfo()
    algorithm = rfc5280.AlgorithmIdentifier()
    algorithm["algorithm"] = univ.ObjectIdentifier(_KEY_PROTECTOR)
    algorithm["parameters"] = univ.Any(encoder.encode(univ.Null("")))
    info["encryptionAlgorithm"] = algorithm
    info["encryptedData"] = salt + covered + sha1(password + key).digest()  # noqa: S324  Java's
    return bytes(encoder.encode(info))


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _sized(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
