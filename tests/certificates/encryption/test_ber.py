"""BER is rewritten as DER, and anything else is refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.certificates.encryption import ber
from bot.certificates.encryption.ber import Malformed

SEQUENCE, SET, TAGGED, INTEGER, OCTETS = 0x30, 0x31, 0xA0, 0x02, 0x04


@dataclass(frozen=True)
class Value:
    """A value that can be written in DER, and in as many ways in BER as ``style`` chooses."""

    tag: int
    content: bytes = b""
    children: tuple[Value, ...] = ()

    def der(self) -> bytes:
        inside = b"".join(child.der() for child in self.children) or self.content
        return bytes([self.tag]) + _minimal(len(inside)) + inside

    def ber(self, style: int) -> bytes:
        inside = b"".join(child.ber(style + 1) for child in self.children) or self.content
        if self.tag == OCTETS and style % 3 == 0:
            half = len(inside) // 2
            parts = b"".join(Value(OCTETS, part).der() for part in (inside[:half], inside[half:]))
            return b"\x24\x80" + parts + b"\0\0"
        if self.tag & 0x20 and style % 2:
            return bytes([self.tag, 0x80]) + inside + b"\0\0"
        return bytes([self.tag, 0x84]) + len(inside).to_bytes(4, "big") + inside


def _minimal(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


leaves = st.builds(Value, st.sampled_from([INTEGER, OCTETS]), st.binary(min_size=1, max_size=300))
values = st.recursive(
    leaves,
    lambda inner: st.builds(
        Value,
        st.sampled_from([SEQUENCE, SET, TAGGED]),
        children=st.lists(inner, min_size=1, max_size=4).map(tuple),
    ),
    max_leaves=12,
)


@given(value=values, style=st.integers(0, 5))
def test_every_way_to_write_it_comes_to_the_same(value: Value, style: int) -> None:
    """Indefinite and long lengths, and octets in pieces, become what DER would have written."""
    assert ber.definite(value.ber(style)) == value.der()
    assert ber.is_der(value.der())
    assert not ber.is_der(value.ber(style))


@given(value=values, cut=st.integers(0, 10_000), style=st.integers(0, 5))
def test_what_is_cut_off_is_malformed(value: Value, cut: int, style: int) -> None:
    """A beginning of a value is never taken for the value."""
    data = value.ber(style)
    with pytest.raises(Malformed):
        ber.definite(data[: cut % len(data)])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing but Malformed is ever raised."""
    for read in (ber.definite, ber.items, ber.octets, ber.children):
        try:
            read(data)
        except Malformed:
            continue


def test_nesting_has_an_end() -> None:
    """A file that is nested a thousand times is malformed and not a stack overflow."""
    with pytest.raises(Malformed):
        ber.definite(b"\x30\x80" * 1000 + b"\0\0" * 1000)
