"""Pack a client certificate as PKCS #12 for the runtime that will read it.

Profiles, each pinned by a test that reads the bytes' algorithms:

- ``java`` (OpenJDK 8u301, 11.0.12, 12 and later): PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256 for key and
  certificates, MAC HMAC-SHA-256 by the PKCS #12 derivation (RFC 7292), the default of those releases.
- ``java-legacy`` (older ones): PBES1 with 3DES and SHA-1 (RFC 7292, appendix C), MAC HMAC-SHA-1.
- ``openssl``: what OpenSSL 3 writes by default, which is what ``java`` is, too.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    KeySerializationEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)
from pydantic import SecretBytes, SecretStr

from bot.certificates.formats import keys, x509_reader
from bot.certificates.model import ClientMaterial, Reader
from bot.certificates.pkcs12.compatibility import obstacles
from bot.certificates.pkcs12.container import Opened, open_container, read_structure
from bot.certificates.pkcs12.structure import Kind
from bot.certificates.refusals import CannotOpen

_ALPHABET = string.ascii_letters + string.digits
_PASSWORD_LENGTH = 32
# The password is generated, random and long: more iterations add no protection and slow every start of the app.
_ITERATIONS = 10_000
_FRIENDLY_NAME = 60


class Runtime(StrEnum):
    """Runtime that reads the container."""

    JAVA = "java"
    JAVA_LEGACY = "java-legacy"
    OPENSSL = "openssl"


@dataclass(frozen=True, slots=True)
class _Profile:
    algorithm: pkcs12.PBES
    digest: type[hashes.HashAlgorithm]
    readers: tuple[Reader, ...]


_MODERN = (pkcs12.PBES.PBESv2SHA256AndAES256CBC, hashes.SHA256)
_PROFILES = {
    Runtime.JAVA: _Profile(*_MODERN, (Reader.JAVA_17,)),
    Runtime.JAVA_LEGACY: _Profile(
        pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC, hashes.SHA1, (Reader.JAVA_8, Reader.JAVA_17)
    ),
    Runtime.OPENSSL: _Profile(*_MODERN, (Reader.OPENSSL,)),
}


class PackingFailed(Exception):
    """The packed container would not open in the runtime, so it is not returned. ``reasons`` are ends of sentences."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons) or "the packed container does not open")
        self.reasons = reasons


def generate_password() -> SecretStr:
    """Return 32 ASCII letters and digits (190 bits): build packs join passwords by commas, Java misreads non-ASCII."""
    return SecretStr("".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH)))


def unfit_password(password: SecretStr) -> str | None:
    """Return why a container must not have this password, as a sentence; None if it may."""
    text = password.get_secret_value()
    if not text:
        return "The password is empty, which some runtimes do not accept."
    if not (text.isascii() and text.isprintable()):
        return "The password has characters other than printable ASCII, which Java misreads."
    if "," in text:
        return "The password has a comma, which build packs read as its end."
    return None


def pack(client: ClientMaterial, password: SecretStr, *, runtime: Runtime = Runtime.JAVA) -> bytes:
    """Pack leaf, key and ordered chain as PKCS #12 (DER).

    Raises :class:`PackingFailed` if ``runtime`` would not open it, or the password is unfit.
    """
    if (unfit := unfit_password(password)) is not None:
        raise PackingFailed(unfit)
    profile = _PROFILES[runtime]
    packed = pkcs12.serialize_key_and_certificates(
        name=_friendly_name(client),
        key=load_der_private_key(client.key.get_secret_value(), None),  # type: ignore[arg-type]  # the kinds that a PKCS #12 cannot hold were refused when it was opened
        cert=x509_reader.parse(client.leaf.der),
        cas=[x509_reader.parse(one.der) for one in client.chain],
        encryption_algorithm=container_encryption(password, runtime),
    )
    _verify(packed, password, client, profile)
    return packed


def container_encryption(password: SecretStr, runtime: Runtime = Runtime.JAVA) -> KeySerializationEncryption:
    """Return how a container is encrypted that ``runtime`` opens; the password is ASCII."""
    profile = _PROFILES[runtime]
    return (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_ITERATIONS)
        .key_cert_algorithm(profile.algorithm)
        .hmac_hash(profile.digest())
        .build(password.get_secret_value().encode("ascii"))
    )


def pack_der(
    key: SecretBytes, certificates: Sequence[bytes], password: SecretStr, *, runtime: Runtime = Runtime.JAVA
) -> bytes:
    """Pack a key (PKCS #8 DER) with its certificates (DER, the leaf first, then upwards); raises as :func:`pack`."""
    leaf, *chain = (x509_reader.facts(x509_reader.parse(der)) for der in certificates)
    return pack(ClientMaterial(key, leaf, tuple(chain)), password, runtime=runtime)


def _friendly_name(client: ClientMaterial) -> bytes:
    """Return the alias that Java shows: ASCII only, since keytool and property files differ in other characters."""
    kept = "".join(char for char in client.leaf.name if char.isascii() and (char.isalnum() or char in " ._-"))
    return (kept.strip()[:_FRIENDLY_NAME] or "client").encode("ascii")


def _verify(packed: bytes, password: SecretStr, client: ClientMaterial, profile: _Profile) -> None:
    """Open the container again and raise :class:`PackingFailed` unless the runtime can, and all is there in order."""
    try:
        opened = open_container(read_structure(packed), password)
        several = [keys.load_inside(one.bag.value) for one in opened.of(Kind.KEY, Kind.SHROUDED_KEY)]
    except CannotOpen:
        raise PackingFailed from None
    reasons = {reason for reader in profile.readers for reason in obstacles(reader, opened, several, password)}
    if reasons:
        raise PackingFailed(*sorted(reasons))
    if _certificates(opened) != [client.leaf.der, *(one.der for one in client.chain)]:
        raise PackingFailed
    if [keys.public_bytes(one) for one in several] != [_public(client)]:
        raise PackingFailed


def _certificates(opened: Opened) -> list[bytes]:
    return [one.bag.value for one in opened.of(Kind.CERTIFICATE)]


def _public(client: ClientMaterial) -> bytes:
    return keys.public_bytes(keys.load_inside(client.key.get_secret_value()))
