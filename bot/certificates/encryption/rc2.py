"""RC2 in CBC mode with any effective key length (RFC 2268).

Old Windows, Java and OpenSSL releases encrypt certificates with 40-bit RC2, and the library supports 128 bits only.
It only decrypts: Certdesk repacks with AES.
"""

from __future__ import annotations

_BLOCK = 8
_WORD = 0xFFFF
# RFC 2268, section 2: PITABLE, "random" bytes made of the digits of pi.
_PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)
_SHIFTS = (1, 2, 3, 5)


def decrypt_cbc(key: bytes, effective_bits: int, iv: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks of 8 bytes; padding is left in place. Raises ValueError for sizes outside of RC2."""
    if not 1 <= len(key) <= 128 or not 1 <= effective_bits <= 1024 or len(iv) != _BLOCK or len(data) % _BLOCK:
        raise ValueError("not RC2's sizes")
    words = _expanded(key, effective_bits)
    out, before = bytearray(), iv
    for at in range(0, len(data), _BLOCK):
        block = data[at : at + _BLOCK]
        out += bytes(a ^ b for a, b in zip(_block(words, block), before, strict=True))
        before = block
    return bytes(out)


def _expanded(key: bytes, effective_bits: int) -> list[int]:
    """Expand the key into 64 words of 16 bits (RFC 2268, section 2)."""
    table = bytearray(key)
    while len(table) < 128:
        table.append(_PI[(table[-1] + table[-len(key)]) & 0xFF])
    whole = (effective_bits + 7) // 8
    mask = 0xFF >> (8 * whole - effective_bits)
    table[128 - whole] = _PI[table[128 - whole] & mask]
    for at in range(127 - whole, -1, -1):
        table[at] = _PI[table[at + 1] ^ table[at + whole]]
    return [table[2 * at] | table[2 * at + 1] << 8 for at in range(64)]


def _block(words: list[int], block: bytes) -> bytes:
    """Decrypt a block (RFC 2268, section 4): 5 mixing rounds, a mashing round, 6, a mashing round, 5, all backwards."""
    state = [block[2 * at] | block[2 * at + 1] << 8 for at in range(4)]
    for number in range(15, -1, -1):
        _unmix(state, words, 4 * number)
        if number in {11, 5}:
            _unmash(state, words)
    return b"".join(word.to_bytes(2, "little") for word in state)


def _unmix(state: list[int], words: list[int], first: int) -> None:
    for at in (3, 2, 1, 0):
        shift, word = _SHIFTS[at], state[at]
        rotated = (word >> shift | word << (16 - shift)) & _WORD
        one, two, three = state[at - 1], state[at - 2], state[at - 3]
        state[at] = (rotated - words[first + at] - (one & two) - (~one & three)) & _WORD


def _unmash(state: list[int], words: list[int]) -> None:
    for at in (3, 2, 1, 0):
        state[at] = (state[at] - words[state[at - 1] & 63]) & _WORD
