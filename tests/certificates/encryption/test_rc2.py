"""RC2 decryption, by the vectors of RFC 2268."""

from __future__ import annotations

import pytest
from cryptography.hazmat.decrepit.ciphers import algorithms as old
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from hypothesis import given
from hypothesis import strategies as st

from bot.certificates.encryption import rc2

ZERO = bytes(8)


@pytest.mark.parametrize(
    ("key", "bits", "plain", "encrypted"),
    [
        ("0000000000000000", 63, "0000000000000000", "ebb773f993278eff"),
        ("ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"),
        ("3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"),
        ("88", 64, "0000000000000000", "61a8a244adacccf0"),
        ("88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"),
        ("88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"),
        ("88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"),
        (
            "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e",
            129,
            "0000000000000000",
            "5b78d3a43dfff1f1",
        ),
    ],
)
def test_the_standards_own_examples(key: str, bits: int, plain: str, encrypted: str) -> None:
    """RFC 2268, section 5: eight keys with their effective lengths."""
    decrypted = rc2.decrypt_cbc(bytes.fromhex(key), bits, ZERO, bytes.fromhex(encrypted))
    assert decrypted.hex() == plain


@given(key=st.binary(min_size=16, max_size=16), iv=st.binary(min_size=8, max_size=8), blocks=st.integers(1, 6))
def test_as_the_library_where_that_has_it(key: bytes, iv: bytes, blocks: int) -> None:
    """With 128 bits, which the library knows, both decrypt to the same, vector and chaining included."""
    data = key[:8] * blocks
    library = Cipher(old.RC2(key), modes.CBC(iv)).decryptor()
    assert rc2.decrypt_cbc(key, 128, iv, data) == library.update(data) + library.finalize()


@pytest.mark.parametrize(
    ("key", "bits", "iv", "data"),
    [
        (b"", 40, ZERO, ZERO),
        (b"k" * 5, 40, b"short", ZERO),
        (b"k" * 5, 40, ZERO, b"odd"),
        (b"k", 0, ZERO, ZERO),
    ],
)
def test_other_sizes_are_refused(key: bytes, bits: int, iv: bytes, data: bytes) -> None:
    """Sizes outside of RC2 raise ValueError."""
    with pytest.raises(ValueError, match="sizes"):
        rc2.decrypt_cbc(key, bits, iv, data)
