"""The form of the build pack, read as the build pack reads it."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509 import load_pem_x509_certificates
from hypothesis import given, settings

from bot.certificates.delivery.bundle import Bundle, Form
from bot.certificates.delivery.forms import document
from tests.certificates.delivery.bundles import authority, bundle, bundles, client


@dataclass(frozen=True)
class Configuration:
    """What the build pack makes of the variables: the runtime's settings, before it writes them."""

    containers: list[bytes]
    passwords: list[str]
    usages: dict[str, int]
    authorities: list[bytes]


def read(variables: dict[str, str]) -> Configuration:
    """Read the variables as ``CERTIFICATES.md`` says the build pack does: passwords go through a list with commas."""
    sent = json.loads(variables["CLIENT_CERTIFICATES"])
    joined = ",".join(one["password"] for one in sent)
    usages: dict[str, int] = {}
    for number, one in enumerate(sent):
        assert isinstance(one["pin_to"], list)
        usages.update(dict.fromkeys(one["pin_to"], number))
    text = variables["CERTIFICATE_AUTHORITIES"]
    trusted = load_pem_x509_certificates(text.encode()) if text else []
    return Configuration(
        [b64decode(one["pfx"], validate=True) for one in sent],
        joined.split(",") if sent else [],
        usages,
        [one.public_bytes(Encoding.DER) for one in trusted],
    )


def expect(bundle: Bundle, found: Configuration) -> None:
    assert found.containers == [one.container for one in bundle.clients]
    assert found.passwords == [one.password.get_secret_value() for one in bundle.clients]
    assert found.usages == {pin: number for number, one in enumerate(bundle.clients) for pin in one.pins}
    assert found.authorities == [one.der for one in bundle.authorities]
    for container, password in zip(found.containers, found.passwords, strict=True):
        assert pkcs12.load_key_and_certificates(container, password.encode())[0] is not None


@given(bundles())
@settings(max_examples=60)
def test_the_build_pack_reads_what_was_packed(sent: Bundle) -> None:
    """Whatever the pins, labels and passwords are: containers, passwords in their order, usages, CA certificates."""
    expect(sent, read(json.loads(document(sent, Form.BUILDPACK).text.get_secret_value())))


@given(bundles(most=2))
@settings(max_examples=15)
def test_a_shell_reads_the_same(sent: Bundle) -> None:
    """The lines for a shell set the same two variables, whatever characters a pin holds."""
    lines = document(sent, Form.BUILDPACK_SHELL).text.get_secret_value()
    script = lines + 'printf \'%s\\0\' "$CLIENT_CERTIFICATES" "$CERTIFICATE_AUTHORITIES"'
    run = subprocess.run(["/bin/sh"], input=script.encode(), capture_output=True, check=True)
    clients, trusted, _ = run.stdout.decode().split("\0")
    expect(sent, read({"CLIENT_CERTIFICATES": clients, "CERTIFICATE_AUTHORITIES": trusted}))


def test_an_empty_environment_is_valid() -> None:
    """No client certificate is an empty list, not an empty text, and no CA certificate is an empty text."""
    sent = json.loads(document(bundle(), Form.BUILDPACK).text.get_secret_value())
    assert sent == {"CLIENT_CERTIFICATES": "[]", "CERTIFICATE_AUTHORITIES": ""}


def test_nothing_secret_shows_itself() -> None:
    """Neither the bundle nor the document prints a key or a password."""
    one = client(password="canary-pw-of-a-bundle")
    sent = bundle(one, authorities=(authority(),))
    for thing in (sent, document(sent, Form.JSON)):
        for secret in ("canary-pw-of-a-bundle", "PRIVATE KEY", one.key.get_secret_value().hex()):
            assert secret not in f"{thing!r} {thing}"
