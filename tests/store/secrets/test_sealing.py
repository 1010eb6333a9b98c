"""The sealing of secrets: its bytes are pinned, and nothing but the right row opens."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretBytes, SecretStr

from store import KeyRing, SealBroken
from store.secrets import sealing
from store.secrets.sealing import Place, Sealed

# bytes(range(32)) in base64
RING = KeyRing.parse(SecretStr("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))
PLACE = Place("client-key", "env", "cert", "vers")
SECRET = SecretBytes(b"the private key")

BINDING = (
    b"\x00\x0aclient-key"  # purpose
    b"\x00\x03env"
    b"\x00\x04cert"
    b"\x00\x04vers"
    b"\x00\x02k1"  # key id
)
# With a data key of 32 times 0x01, then nonces of 12 times 0x02 (the secret's) and 0x03 (the data key's).
GOLDEN = Sealed(
    "k1",
    bytes.fromhex(
        "030303030303030303030303ef4a3dd70a935317df5c077fccab55061b57f7f1dbf93db083bc471c"
        "0523a853ad5982fbf9dece5f22a6be61c222d6c9"
    ),
    bytes.fromhex("0102020202020202020202020273beac693a25a88bb2b8d9e837c2bbae1742926a2121ccc2f04ec6e67f62e8"),
)

places = st.builds(Place, st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))


def seal(ring: KeyRing, secret: SecretBytes, place: Place) -> Sealed:
    """Sealed, in a loop of its own."""
    return asyncio.run(sealing.seal(ring, secret, place))


def unseal(ring: KeyRing, sealed: Sealed, place: Place) -> SecretBytes:
    """Opened, in a loop of its own."""
    return asyncio.run(sealing.unseal(ring, sealed, place))


def opened(sealed: Sealed, place: Place = PLACE, ring: KeyRing = RING) -> bytes:
    """The secret's bytes."""
    return unseal(ring, sealed, place).get_secret_value()


def test_what_was_stored_opens_for_ever() -> None:
    """Bytes that this layout wrote once are opened today."""
    assert opened(GOLDEN) == b"the private key"


def test_the_layout_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same random bytes, sealing writes exactly the golden bytes."""
    turn = count(1)
    monkeypatch.setattr("secrets.token_bytes", lambda size: bytes([next(turn)]) * size)
    assert seal(RING, SECRET, PLACE) == GOLDEN


def test_the_layout_is_what_the_docstring_says() -> None:
    """The golden bytes open with nothing but AES-256-GCM and the docstring of the module."""
    wrapped, sealed = GOLDEN.wrapped, GOLDEN.sealed
    data_key = AESGCM(bytes(range(32))).decrypt(wrapped[:12], wrapped[12:], b"certdesk/1/wrap" + BINDING)
    assert data_key == b"\x01" * 32
    assert sealed[0] == 1
    assert AESGCM(data_key).decrypt(sealed[1:13], sealed[13:], b"certdesk/1/seal" + BINDING) == b"the private key"
    assert len(wrapped) == 60


@pytest.mark.parametrize("column", ["wrapped", "sealed"])
def test_every_flipped_bit_breaks_the_seal(column: str) -> None:
    """No bit of what is stored can change without being noticed."""
    good: bytes = getattr(GOLDEN, column)
    for bit in range(len(good) * 8):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        changes: dict[str, Any] = {column: bytes(bad)}
        with pytest.raises(SealBroken):
            opened(replace(GOLDEN, **changes))


@pytest.mark.parametrize("column", ["wrapped", "sealed"])
def test_every_shortened_column_breaks_the_seal(column: str) -> None:
    """Cut anywhere, emptied or lengthened, it fails with the same one error."""
    good: bytes = getattr(GOLDEN, column)
    for bad in [*(good[:length] for length in range(len(good))), good + b"\0"]:
        changes: dict[str, Any] = {column: bad}
        with pytest.raises(SealBroken):
            opened(replace(GOLDEN, **changes))


@pytest.mark.parametrize("part", ["purpose", "environment", "certificate", "version"])
def test_a_row_that_was_moved_does_not_open(part: str) -> None:
    """Each part of the place is bound."""
    changes = {part: "another"}
    with pytest.raises(SealBroken):
        opened(GOLDEN, replace(PLACE, **changes))


def test_the_key_id_is_bound() -> None:
    """The same key under another name opens nothing: a row cannot be given to another entry of the ring."""
    renamed = KeyRing("k2", {"k1": RING.keys["k1"], "k2": RING.keys["k1"]})
    with pytest.raises(SealBroken):
        opened(replace(GOLDEN, key_id="k2"), ring=renamed)


def test_layers_of_two_secrets_do_not_mix() -> None:
    """A wrapped key of one row does not open the sealed secret of another, even in the same place."""
    one, other = seal(RING, SECRET, PLACE), seal(RING, SECRET, PLACE)
    with pytest.raises(SealBroken):
        opened(replace(one, wrapped=other.wrapped))


@pytest.mark.parametrize("entry", ["k1", "k2"])
def test_another_ring_opens_nothing(entry: str) -> None:
    """Neither a ring without the key nor one that holds other bytes under its name."""
    with pytest.raises(SealBroken):
        opened(GOLDEN, ring=KeyRing.parse(KeyRing.new_entry(entry)))


def test_the_first_key_seals_and_every_key_opens() -> None:
    """A ring with a new first key opens what the old one sealed."""
    grown = KeyRing("k2", {"k2": SecretBytes(bytes(32)), **RING.keys})
    assert seal(grown, SECRET, PLACE).key_id == "k2"
    assert opened(GOLDEN, ring=grown) == b"the private key"


def test_sealing_twice_gives_different_bytes() -> None:
    """No nonce and no data key is used again."""
    one, other = seal(RING, SECRET, PLACE), seal(RING, SECRET, PLACE)
    assert one.wrapped != other.wrapped
    assert one.sealed != other.sealed


@given(st.binary(max_size=200), places)
def test_what_is_sealed_opens_again(secret: bytes, place: Place) -> None:
    """Any secret in any place comes back, and does not stand in the row."""
    sealed = seal(RING, SecretBytes(secret), place)
    assert opened(sealed, place) == secret
    assert len(secret) < 8 or secret not in sealed.sealed + sealed.wrapped


@given(places, places, st.text(max_size=4), st.text(max_size=4))
def test_no_two_places_have_the_same_binding(one: Place, other: Place, key: str, other_key: str) -> None:
    """The encoding is unambiguous: parts cannot run into one another."""
    assert (one.binding(key) == other.binding(other_key)) == ((one, key) == (other, other_key))


def test_the_error_tells_nothing(ring: KeyRing) -> None:
    """Its sentence is the same whatever is wrong, and no library's error hangs on it."""
    with pytest.raises(SealBroken) as caught:
        opened(GOLDEN, ring=ring)
    assert caught.value.__suppress_context__
    assert "private" not in str(caught.value)


def test_nothing_prints_itself() -> None:
    """Neither a ring nor an opened secret shows its bytes."""
    shown = repr(RING) + str(RING) + repr(unseal(RING, GOLDEN, PLACE))
    assert "private" not in shown
    assert "\\x01\\x02" not in shown
    assert "AAEC" not in shown
