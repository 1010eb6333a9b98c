"""Packing for a runtime: algorithms of the packed container, and its password."""

from __future__ import annotations

import pytest
from pyasn1.codec.der import decoder
from pyasn1_modules import rfc7292
from pydantic import SecretStr

from bot.certificates import ClientMaterial, Context, PackingFailed, Runtime, generate_password, inspect_client, pack
from tests import making
from tests.today import NOW

AES_256_CBC = bytes.fromhex("060960864801650304012a")
HMAC_SHA_256 = bytes.fromhex("06082a864886f70d0209")
SHA_256 = "2.16.840.1.101.3.4.2.1"


def material(name: str = "client.example") -> ClientMaterial:
    leaf, intermediate, root = making.make_chain(name)
    report = inspect_client([making.pfx(leaf, [intermediate, root])], SecretStr(making.PASSWORD), Context(NOW))
    assert report.client is not None
    return report.client


def test_the_java_profile_is_in_the_bytes() -> None:
    """AES-256 with PBKDF2-HMAC-SHA-256 for key and certificates, and a SHA-256 MAC."""
    packed = pack(material(), generate_password())
    container, _ = decoder.decode(packed, asn1Spec=rfc7292.PFX())
    assert str(container["macData"]["mac"]["digestAlgorithm"]["algorithm"]) == SHA_256
    assert packed.count(AES_256_CBC) == 2
    assert packed.count(HMAC_SHA_256) == 2


def test_what_was_packed_opens_to_the_same() -> None:
    """Key, leaf and chain come out of a packed container as they went in."""
    client, password = material(), generate_password()
    again = inspect_client([pack(client, password)], password, Context(NOW)).client
    assert again == client


def test_generated_passwords() -> None:
    """Passwords are ASCII letters and digits, long, and each another one."""
    passwords = {generate_password().get_secret_value() for _ in range(200)}
    assert len(passwords) == 200
    assert all(one.isascii() and one.isalnum() and len(one) >= 22 for one in passwords)


def test_old_java_has_no_edwards_curves() -> None:
    """A key that the runtime cannot read is not packed for it, and the reason is named."""
    leaf, intermediate, _ = making.make_chain(key=making.make_key("ed25519"))
    container = making.pfx(leaf, [intermediate])
    client = inspect_client([container], SecretStr(making.PASSWORD), Context(NOW)).client
    assert client is not None
    with pytest.raises(PackingFailed, match="Ed25519"):
        pack(client, generate_password(), runtime=Runtime.JAVA_LEGACY)


@pytest.mark.parametrize("password", ["", "a,b", "pässwörd", "tab\there"])
def test_an_unfit_password_is_refused(password: str) -> None:
    """A container is never packed under a password that some runtime would stumble over."""
    with pytest.raises(PackingFailed):
        pack(material(), SecretStr(password))


def test_a_hostile_name_packs() -> None:
    """A common name of symbols and emoji still packs, under a plain alias."""
    client, password = material("<!channel> \N{LOCK},\x01"), generate_password()
    assert pack(client, password)
