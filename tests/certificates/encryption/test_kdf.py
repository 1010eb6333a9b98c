"""Key derivations agree with published vectors and with the library."""

from __future__ import annotations

import hashlib

import pytest

from bot.certificates.encryption.digests import MD5, SHA1, Digest
from bot.certificates.encryption.kdf import IV, KEY, MAC_KEY, BytesToKey, Pbkdf1, Pkcs12Kdf, ScryptKdf

SHA256 = Digest("SHA-256", "sha256")


@pytest.mark.parametrize(
    ("password", "salt", "purpose", "iterations", "expected"),
    [
        ("smeg", "0a58cf64530d823f", KEY, 1, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"),
        ("smeg", "0a58cf64530d823f", IV, 1, "79993dfe048d3b76"),
        ("smeg", "642b99ab44fb4b1f", KEY, 1, "f3a95fec48d7711e985cfe67908c5ab79fa3d7c5caa5d966"),
        ("smeg", "3d83c0e4546ac140", MAC_KEY, 1, "8d967d88f6caa9d714800ab3d48051d63f73a312"),
        ("queeg", "05dec959acff72f7", KEY, 1000, "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4"),
        ("queeg", "05dec959acff72f7", IV, 1000, "11dedad7758d4860"),
        ("queeg", "263216fcc2fab31c", MAC_KEY, 1000, "5ec4c7a80df652294c3925b6489a7ab857c83476"),
    ],
)
def test_the_known_answers_of_pkcs12(password: str, salt: str, purpose: int, iterations: int, expected: str) -> None:
    """The answers that PKCS #12 implementations have compared since the 1990s."""
    kdf = Pkcs12Kdf(SHA1, bytes.fromhex(salt), iterations)
    wide = password.encode("utf-16-be") + b"\0\0"
    assert kdf.derive(wide, len(expected) // 2, purpose).hex() == expected


def test_pbkdf1_is_a_digest_of_digests() -> None:
    """Key and vector are the halves; NSS takes the vector from the end, which differs for SHA-1's 20 bytes."""
    chunk = b"passwordsalt"
    for _ in range(7):
        chunk = hashlib.sha1(chunk, usedforsecurity=False).digest()
    standard, nss = Pbkdf1(SHA1, b"salt", 7), Pbkdf1(SHA1, b"salt", 7, iv_from_end=True)
    assert standard.derive(b"password", 8) + standard.derive(b"password", 8, IV) == chunk[:16]
    assert nss.derive(b"password", 8, IV) == chunk[-8:]
    assert Pbkdf1(MD5, b"salt", 1).derive(b"password", 8) == hashlib.md5(b"passwordsalt").digest()[:8]  # noqa: S324


def test_what_it_costs_is_known_before() -> None:
    """scrypt says its memory, 128 r (N + p), and the others their iterations."""
    assert ScryptKdf(b"", 2**20, 8, 1).memory == 128 * 8 * (2**20 + 1)
    assert Pkcs12Kdf(SHA256, b"", 5).iterations == 5
    assert BytesToKey(b"").memory == 0
