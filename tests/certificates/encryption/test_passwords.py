"""Encodings of a password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.certificates.encryption import passwords
from bot.certificates.encryption.passwords import PasswordEncoding


def test_an_empty_password_is_two_zero_bytes_or_none() -> None:
    """Both are tried for an empty password and for none at all."""
    for password in (None, SecretStr("")):
        assert {form for _, form in passwords.as_bmp(password)} == {b"\0\0", b""}
        assert {form for _, form in passwords.as_bytes(password)} == {b"\0\0", b""}


def test_ascii_is_what_everybody_agrees_about() -> None:
    """A plain password goes in as a BMPString in one way only, unless tries are cheap: then it may have had more."""
    as_typed = (PasswordEncoding.AS_TYPED, b"\0a\0b\0\0")
    assert passwords.as_bmp(SecretStr("ab"), 2_000_000) == [as_typed]
    assert passwords.as_bmp(SecretStr("ab"), 2048)[0] == as_typed


@pytest.mark.parametrize(
    ("encoding", "form"),
    [
        (PasswordEncoding.AS_TYPED, "ä".encode()),
        (PasswordEncoding.LATIN1, b"\xe4"),
        (PasswordEncoding.UTF8_AS_LATIN1, "Ã¤".encode()),
        (PasswordEncoding.OTHER_ACCENTS, "a\N{COMBINING DIAERESIS}".encode()),
        (PasswordEncoding.UTF16, b"\0\xe4\0\0"),
        (PasswordEncoding.BARE_UTF16, b"\0\xe4"),
    ],
)
def test_an_umlaut_has_many_forms(encoding: PasswordEncoding, form: bytes) -> None:
    """Each form that some tool writes is among the candidates, under its name."""
    assert (encoding, form) in passwords.as_bytes(SecretStr("ä"))


@given(st.text(max_size=40))
def test_each_form_once_and_what_was_typed_first(text: str) -> None:
    """No form costs a derivation twice, and the likeliest goes first, whatever was typed."""
    for candidates in (passwords.as_bmp(SecretStr(text)), passwords.as_bytes(SecretStr(text))):
        forms = [form for _, form in candidates]
        assert len(set(forms)) == len(forms)
        assert candidates[0][0] in {
            PasswordEncoding.AS_TYPED,
            PasswordEncoding.NO_BYTES,
            PasswordEncoding.TWO_ZERO_BYTES,
        }
