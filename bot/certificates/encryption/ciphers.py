"""Symmetric ciphers of encrypted keys and certificates, by object identifier, and decryption with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers import algorithms as old
from cryptography.hazmat.decrepit.ciphers import modes as old_modes
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher as LibraryCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes

from bot.certificates.encryption import rc2


@dataclass(frozen=True, slots=True)
class Cipher:
    """Cipher with its mode. Sizes in bytes; ``make`` is None for a cipher that can be named but not decrypted.

    ``effective_bits`` is RC2's, ``block`` is 1 for ciphers without padding.
    """

    name: str
    key_size: int
    block: int
    make: Callable[[bytes], Any] | None = None
    mode: str = "CBC"
    iv_size: int = 0
    effective_bits: int = 0

    @property
    def available(self) -> bool:
        """Return whether the library can decrypt it."""
        if self.effective_bits:
            return True
        try:
            _decryptor(self, bytes(range(1, self.key_size + 1)), bytes(self.iv_size))
        except (UnsupportedAlgorithm, ValueError):
            return False
        return True


class BadDecrypt(ValueError):
    """The key is wrong, or the data is damaged."""


def padding_fits(cipher: Cipher, key: bytes, data: bytes) -> bool:
    """Return whether the padding can be right, told from the last two blocks: deriving the vector may be expensive."""
    if cipher.mode != "CBC" or len(data) < 2 * cipher.block:
        return True
    try:
        decrypt(cipher, key, data[-2 * cipher.block : -cipher.block], data[-cipher.block :])
    except BadDecrypt:
        return False
    return True


def decrypt(cipher: Cipher, key: bytes, iv: bytes, data: bytes) -> bytes:
    """Return the plain text without its padding; raises :class:`BadDecrypt`."""
    try:
        if cipher.effective_bits:
            plain = rc2.decrypt_cbc(key, cipher.effective_bits, iv, data)
        else:
            worker = _decryptor(cipher, key, iv)
            plain = worker.update(data) + worker.finalize()
        return _unpadded(cipher, plain)
    except (ValueError, UnsupportedAlgorithm):
        raise BadDecrypt from None


def _decryptor(cipher: Cipher, key: bytes, iv: bytes) -> Any:
    if cipher.mode == "CTR":
        return _Counter(cipher, key, iv)
    if cipher.make is None:
        raise UnsupportedAlgorithm(cipher.name)
    mode = _MODES[cipher.mode](iv) if cipher.mode in _MODES else None
    return LibraryCipher(cipher.make(key), mode).decryptor()


class _Counter:
    """Counter mode (NIST SP 800-38A, 6.5) over single blocks: the library has it for AES only."""

    def __init__(self, cipher: Cipher, key: bytes, iv: bytes) -> None:
        if cipher.make is None or len(iv) != cipher.block:
            raise UnsupportedAlgorithm(cipher.name)
        self._blocks = LibraryCipher(cipher.make(key), modes.ECB()).encryptor()  # noqa: S305  counter mode's inside
        self._size, self._counter = cipher.block, int.from_bytes(iv, "big")

    def update(self, data: bytes) -> bytes:
        """Return the plain bytes; to be called once."""
        many = -(-len(data) // self._size)
        counters = b"".join(
            ((self._counter + at) % (1 << 8 * self._size)).to_bytes(self._size, "big") for at in range(many)
        )
        return bytes(a ^ b for a, b in zip(data, self._blocks.update(counters), strict=False))

    def finalize(self) -> bytes:
        """Return the rest, which is empty."""
        return self._blocks.finalize()


def _unpadded(cipher: Cipher, plain: bytes) -> bytes:
    if cipher.mode not in {"CBC", "ECB"}:
        return plain
    remover = padding.PKCS7(cipher.block * 8).unpadder()
    return remover.update(plain) + remover.finalize()


def _single_des(key: bytes) -> Any:
    """Make DES, which is 3DES with the same key three times."""
    return old.TripleDES(key * 3)


def _two_key_des(key: bytes) -> Any:
    return old.TripleDES(key + key[:8])


_MODES: dict[str, Callable[[bytes], Any]] = {
    "CBC": modes.CBC,
    "CFB": old_modes.CFB,
    "CFB8": old_modes.CFB8,
    "OFB": old_modes.OFB,
    "ECB": lambda _iv: modes.ECB(),  # noqa: S305  read, never written
}


def block(
    name: str, key_size: int, make: Callable[[bytes], Any] | None, *, size: int = 16, mode: str = "CBC"
) -> Cipher:
    """Make a block cipher with ``size`` bytes a block in a mode."""
    iv_size = 0 if mode == "ECB" else size
    return Cipher(f"{name}-{mode}", key_size, size, make, mode, iv_size)


DES = block("DES", 8, _single_des, size=8)
TRIPLE_DES = block("3DES", 24, old.TripleDES, size=8)
TWO_KEY_TRIPLE_DES = block("2-key 3DES", 16, _two_key_des, size=8)
RC4_128 = Cipher("RC4-128", 16, 1, old.ARC4, "stream")
RC4_40 = Cipher("RC4-40", 5, 1, old.ARC4, "stream")


def rc2_cipher(effective_bits: int, key_size: int) -> Cipher:
    """Make RC2 with an effective key length in bits (RFC 2268) and a key of ``key_size`` bytes."""
    return Cipher(f"RC2-{effective_bits}-CBC", key_size, 8, None, "CBC", 8, effective_bits)


def _family(prefix: str, name: str, make: Callable[[bytes], Any] | None, numbers: dict[int, tuple[int, str]]) -> None:
    """Register the object identifiers of a family: last number to (key size, mode)."""
    for last, (key_size, mode) in numbers.items():
        _CIPHERS[f"{prefix}.{last}"] = block(f"{name}-{key_size * 8}", key_size, make, mode=mode)


_CIPHERS: dict[str, Cipher] = {
    "1.3.14.3.2.7": DES,
    "1.3.14.3.2.6": block("DES", 8, _single_des, size=8, mode="ECB"),
    "1.3.14.3.2.8": block("DES", 8, _single_des, size=8, mode="OFB"),
    "1.3.14.3.2.17": block("2-key 3DES", 16, _two_key_des, size=8, mode="ECB"),
    "1.3.14.3.2.9": block("DES", 8, _single_des, size=8, mode="CFB"),
    "1.2.840.113549.3.7": TRIPLE_DES,
    "1.2.840.113533.7.66.10": block("CAST5", 16, old.CAST5, size=8),
    "1.3.6.1.4.1.3029.1.2": block("Blowfish", 16, old.Blowfish, size=8),
    "1.3.6.1.4.1.188.7.1.1.2": block("IDEA", 16, old.IDEA, size=8),
    "1.2.410.200004.1.3": block("SEED", 16, old.SEED, mode="ECB"),
    "1.2.410.200004.1.4": block("SEED", 16, old.SEED),
    "1.2.410.200004.1.5": block("SEED", 16, old.SEED, mode="CFB"),
    "1.2.410.200004.1.6": block("SEED", 16, old.SEED, mode="OFB"),
    "1.2.156.10197.1.104.1": block("SM4", 16, algorithms.SM4, mode="ECB"),
    "1.2.156.10197.1.104.2": block("SM4", 16, algorithms.SM4),
    "1.2.156.10197.1.104.3": block("SM4", 16, algorithms.SM4, mode="OFB"),
    "1.2.156.10197.1.104.4": block("SM4", 16, algorithms.SM4, mode="CFB"),
    "1.2.156.10197.1.104.7": block("SM4", 16, algorithms.SM4, mode="CTR"),
    "1.2.643.2.2.21": Cipher("GOST 28147-89", 32, 8),
    "1.2.643.7.1.1.5.1.1": Cipher("GOST R 34.12-2015 Magma", 32, 8),
    "1.2.643.7.1.1.5.2.1": Cipher("GOST R 34.12-2015 Kuznyechik", 32, 16),
}
_MODES_OF_THREE = ("ECB", "CBC", "OFB", "CFB")
_family(
    "2.16.840.1.101.3.4.1",
    "AES",
    algorithms.AES,
    {20 * row + 1 + at: ((16, 24, 32)[row], mode) for row in range(3) for at, mode in enumerate(_MODES_OF_THREE)},
)
_family("1.2.392.200011.61.1.1.1", "Camellia", old.Camellia, {2: (16, "CBC"), 3: (24, "CBC"), 4: (32, "CBC")})
_family(
    "0.3.4401.5.3.1.9",
    "Camellia",
    old.Camellia,
    {
        20 * row + at: ((16, 24, 32)[row], mode)
        for row in range(3)
        for at, mode in {1: "ECB", 3: "OFB", 4: "CFB", 9: "CTR"}.items()
    },
)
_family(
    "1.2.410.200046.1.1",
    "ARIA",
    getattr(algorithms, "ARIA", None),  # the library has none so far
    {
        5 * row + 1 + at: ((16, 24, 32)[row], mode)
        for row in range(3)
        for at, mode in enumerate(("ECB", "CBC", "CFB", "OFB", "CTR"))
    },
)
_CIPHERS |= {
    f"2.16.840.1.101.3.4.1.{20 * row + last}": Cipher(f"AES-{128 + 64 * row} {mode}", 16 + 8 * row, 8)
    for row in range(3)
    for last, mode in {5: "key wrap", 8: "key wrap with padding"}.items()
}
RC2_CBC_OID, RC5_OID = "1.2.840.113549.3.2", "1.2.840.113549.3.9"
RC4_OID = "1.2.840.113549.3.4"


def cipher_of(oid: str) -> Cipher:
    """Return the cipher of an object identifier; an unknown one is named by it and not available."""
    return _CIPHERS.get(oid) or Cipher("RC5-CBC" if oid == RC5_OID else f"cipher {oid}", 16, 8)
