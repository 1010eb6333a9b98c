"""Decrypt the keys of Java keystores: JKS with a stream of SHA-1, JCEKS with 3DES under a key of MD5."""

from __future__ import annotations

import hmac
from hashlib import md5, sha1

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.padding import PKCS7
from pyasn1.type import univ

from bot.certificates.encryption import ber
from bot.certificates.encryption.ber import Malformed

_JKS, _JCEKS = "1.3.6.1.4.1.42.2.17.1.1", "1.3.6.1.4.1.42.2.19.1"
_HASH, _SALT, _KEY, _BLOCK = 20, 8, 24, 64


def iterations(encrypted: bytes) -> int:
    """Return how many rounds of MD5 a key asks for (JCEKS); 0 for JKS. Raises :class:`Malformed`."""
    oid, parameters, _ = _parts(encrypted)
    return _salt_and_rounds(parameters)[1] if oid == _JCEKS else 0


def decrypt(encrypted: bytes, password: str) -> bytes | None:
    """Return a key (PKCS #8, DER); None for a wrong password. Raises :class:`Malformed` for a damaged key."""
    oid, parameters, data = _parts(encrypted)
    if oid == _JKS:
        return _jks(data, password.encode("utf-16-be", "surrogatepass"))
    if oid == _JCEKS:
        return _jceks(data, bytes(ord(char) & 0xFF for char in password), *_salt_and_rounds(parameters))
    raise Malformed


def _parts(encrypted: bytes) -> tuple[str, bytes, bytes]:
    algorithm, content = ber.children(encrypted)[:2]
    kind, *parameters = ber.children(algorithm)
    oid = str(ber.decode(kind, univ.ObjectIdentifier()))
    return oid, parameters[0] if parameters else b"", ber.octets(content)


def _salt_and_rounds(parameters: bytes) -> tuple[bytes, int]:
    salt, rounds = ber.items(parameters)
    if len(bytes(salt)) != _SALT or int(rounds) < 1:
        raise Malformed
    return bytes(salt), int(rounds)


def _jks(data: bytes, password: bytes) -> bytes | None:
    """Undo ``sun.security.provider.KeyProtector``: salt, key under a stream of hashes, and a hash of the key."""
    salt, covered, check = data[:_HASH], data[_HASH:-_HASH], data[-_HASH:]
    stream, block = b"", salt
    while len(stream) < len(covered):
        block = sha1(password + block).digest()  # noqa: S324  theirs
        stream += block
    plain = bytes(a ^ b for a, b in zip(covered, stream, strict=False))
    return plain if hmac.compare_digest(sha1(password + plain).digest(), check) else None  # noqa: S324  theirs


def _jceks(data: bytes, password: bytes, salt: bytes, rounds: int) -> bytes | None:
    """Undo ``com.sun.crypto.provider.KeyProtector`` (PBEWithMD5AndTripleDES): each half of the salt is hashed alone."""
    halves = [salt[:4], salt[4:]]
    if halves[0] == halves[1]:
        halves[0] = halves[0][::-1]
    derived = b"".join(_hashed(half, password, rounds) for half in halves)
    try:
        decryptor = Cipher(TripleDES(derived[:_KEY]), modes.CBC(derived[_KEY:])).decryptor()
        padded = decryptor.update(data) + decryptor.finalize()
        unpadder = PKCS7(_BLOCK).unpadder()
        plain = unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        return None
    # Wrong keys leave good padding now and then.
    return plain if plain[:1] == b"\x30" else None


def _hashed(block: bytes, password: bytes, rounds: int) -> bytes:
    for _ in range(rounds):
        block = md5(block + password).digest()  # noqa: S324  theirs
    return block
