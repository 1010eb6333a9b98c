"""Packing a client certificate anew, for the runtime that will read it.

Profile ``java`` (OpenJDK 8u301, 11.0.12, 12 and later): PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256 for key and
certificates, MAC HMAC-SHA-256 by the PKCS #12 key derivation (RFC 7292; JEP-less default of those releases).
"""

from __future__ import annotations

import secrets
import string
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import PrivateFormat, load_der_private_key, pkcs12
from pydantic import SecretStr

from bot.certificates.model import ClientMaterial

_ALPHABET = string.ascii_letters + string.digits
_PASSWORD_LENGTH = 32
# Passwords are ours, random and long: iterations protect nothing here, and every start of the app pays for them.
_ITERATIONS = 10_000
_FRIENDLY_NAME = 60


class Runtime(StrEnum):
    """What reads the container."""

    JAVA = "java"


class PackingFailed(Exception):
    """The container that was packed did not open again; it is not handed out."""


def generate_password() -> SecretStr:
    """32 ASCII letters and digits (190 bits): no comma, which build packs join by; nothing that Java misreads."""
    return SecretStr("".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH)))


def pack(client: ClientMaterial, password: SecretStr, *, runtime: Runtime = Runtime.JAVA) -> bytes:
    """Leaf, key and ordered chain as PKCS #12 (DER); raises :class:`PackingFailed` if it does not open again."""
    del runtime  # one profile so far
    secret = password.get_secret_value().encode("ascii")
    key = load_der_private_key(client.key.get_secret_value(), None)
    packed = pkcs12.serialize_key_and_certificates(
        name=_friendly_name(client),
        key=key,  # type: ignore[arg-type]  # the kinds that a PKCS #12 cannot hold were refused when it was opened
        cert=x509.load_der_x509_certificate(client.leaf.der),
        cas=[x509.load_der_x509_certificate(one.der) for one in client.chain],
        encryption_algorithm=PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_ITERATIONS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(secret),
    )
    _prove(packed, secret, client)
    return packed


def _friendly_name(client: ClientMaterial) -> bytes:
    """An alias that Java shows: ASCII, since keytool and property files do not agree about anything else."""
    kept = "".join(char for char in client.leaf.name if char.isascii() and (char.isalnum() or char in " ._-"))
    return (kept.strip()[:_FRIENDLY_NAME] or "client").encode("ascii")


def _prove(packed: bytes, secret: bytes, client: ClientMaterial) -> None:
    opened = pkcs12.load_pkcs12(packed, secret)
    leaf = opened.cert.certificate.fingerprint(hashes.SHA256()).hex() if opened.cert else ""
    chain = [one.certificate.fingerprint(hashes.SHA256()).hex() for one in opened.additional_certs]
    if opened.key is None or leaf != client.leaf.sha256 or chain != [one.sha256 for one in client.chain]:
        raise PackingFailed
