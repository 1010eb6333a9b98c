"""Private keys: PKCS #8 (RFC 5958) and traditional RSA, EC; under a password or not."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)
from pydantic import SecretBytes, SecretStr

from bot.certificates.findings import Code, Finding, blocker

_SIGNS = (
    rsa.RSAPrivateKey,
    ec.EllipticCurvePrivateKey,
    ed25519.Ed25519PrivateKey,
    ed448.Ed448PrivateKey,
    dsa.DSAPrivateKey,
)


class KeyTrouble(Exception):
    """A key could not be read; ``finding`` says why. Never raised from the library's own exception."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def load_pem(text: bytes, *, encrypted: bool, password: SecretStr | None, where: str) -> PrivateKeyTypes:
    """Read one PEM key; ``where`` names it in a sentence. Raises :class:`KeyTrouble`."""
    return _load(load_pem_private_key, text, encrypted, password, where)


def load_der(data: bytes, *, encrypted: bool, password: SecretStr | None, where: str) -> PrivateKeyTypes:
    """Read one DER key; ``where`` names it in a sentence. Raises :class:`KeyTrouble`."""
    return _load(load_der_private_key, data, encrypted, password, where)


def sealed_form(key: PrivateKeyTypes) -> SecretBytes:
    """The key as unencrypted PKCS #8 DER."""
    return SecretBytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def public_bytes(key: PrivateKeyTypes) -> bytes:
    """The SubjectPublicKeyInfo of a private key, in DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _load(loader: object, data: bytes, encrypted: bool, password: SecretStr | None, where: str) -> PrivateKeyTypes:
    if encrypted and password is None:
        raise KeyTrouble(password_required())
    secret = password.get_secret_value().encode() if encrypted and password is not None else None
    try:
        key: PrivateKeyTypes = loader(data, secret)  # type: ignore[operator]  # both loaders have this shape
    except UnsupportedAlgorithm:
        raise KeyTrouble(_unsupported(where)) from None
    except (ValueError, TypeError) as error:
        # The library's text is fixed words, never the password; what tells the two cases apart is only there.
        wrong = encrypted and ("password" in str(error).lower() or "decrypt" in str(error).lower())
        raise KeyTrouble(wrong_password() if wrong else _corrupt(where)) from None
    if not isinstance(key, _SIGNS):
        raise KeyTrouble(_unsupported(where))
    return key


def password_required() -> Finding:
    """The file is locked and no password was given."""
    return blocker(
        Code.PASSWORD_REQUIRED,
        "This file is protected by a password.",
        "Type the password that came with it, usually in a separate message.",
    )


def wrong_password() -> Finding:
    """The password was tried and is not the one."""
    return blocker(
        Code.WRONG_PASSWORD,
        "The password does not open this file.",
        "Check capitals, spaces and look-alike characters, or ask whoever made the file.",
    )


def _corrupt(where: str) -> Finding:
    return blocker(
        Code.CORRUPT,
        f"{where} is damaged: the key in it cannot be read.",
        "Export the key again, or ask for a fresh copy of the file.",
    )


def _unsupported(where: str) -> Finding:
    return blocker(
        Code.CORRUPT,
        f"{where} holds a key of a kind that cannot be used for TLS here.",
        "Use an RSA, EC (P-256, P-384, P-521) or Ed25519 key.",
    )
