"""Read private keys: PKCS #8 (RFC 5958) and traditional RSA, EC, DSA (RFC 8017, 5915), encrypted or not."""

from __future__ import annotations

import base64

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_ssh_private_key,
)
from pyasn1.error import PyAsn1Error
from pyasn1.type import univ
from pydantic import SecretBytes, SecretStr

from bot.certificates import refusals
from bot.certificates.encryption import ber, passwords
from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.passwords import PasswordEncoding
from bot.certificates.encryption.schemes import Encrypted
from bot.certificates.encryption.unlock import unlock
from bot.certificates.findings import Code, Finding, blocker
from bot.certificates.formats import unusual_keys
from bot.certificates.refusals import CannotOpen

SigningKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | dsa.DSAPrivateKey
)
_KINDS = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "1.2.840.10045.2.1": "EC",
    "1.2.840.10040.4.1": "DSA",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.2.840.113549.1.3.1": "Diffie-Hellman",
    "1.2.840.10046.2.1": "Diffie-Hellman",
    "1.2.643.2.2.19": "GOST R 34.10-2001",
    "1.2.643.7.1.1.1.1": "GOST R 34.10-2012 (256 bits)",
    "1.2.643.7.1.1.1.2": "GOST R 34.10-2012 (512 bits)",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
_STRANGE_CURVES = {"1.2.156.10197.1.301": "SM2"}


def require_pkcs8(data: bytes) -> bytes:
    """Return the bytes if they are an unencrypted PKCS #8 key; raises :class:`Malformed`."""
    parts = ber.items(data)
    if len(parts) < 3 or not isinstance(parts[0], univ.Integer) or not isinstance(parts[2], univ.OctetString):
        raise Malformed
    return data


def require_key(data: bytes) -> bytes:
    """Return the bytes if they may be a key, PKCS #8 or traditional; raises :class:`Malformed`."""
    parts = ber.items(data)
    if len(parts) < 2 or not isinstance(parts[0], univ.Integer):
        raise Malformed
    return data


def load_der(data: bytes, where: str) -> SigningKey:
    """Load an unencrypted key, PKCS #8 or traditional; ``where`` names its file. Raises :class:`CannotOpen`."""
    try:
        key: PrivateKeyTypes = load_der_private_key(data, None)
    except UnsupportedAlgorithm:
        raise CannotOpen(_unsupported(data, where)) from None
    except (ValueError, TypeError):
        return _load_unusual(data, where)
    if not isinstance(key, SigningKey):
        raise CannotOpen(_unsupported(data, where))
    return key


def load_openssh(data: bytes, where: str) -> SigningKey:
    """Load an OpenSSH key (``openssh-key-v1``) that has no password; raises :class:`CannotOpen`.

    The library needs another one (bcrypt) for those that have a password.
    """
    pem = b"-----BEGIN OPENSSH PRIVATE KEY-----\n%b-----END OPENSSH PRIVATE KEY-----\n" % base64.encodebytes(data)
    try:
        key = load_ssh_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm):
        raise CannotOpen(_openssh_locked(where)) from None
    except ValueError:
        raise CannotOpen(corrupt(where)) from None
    if not isinstance(key, SigningKey):
        raise CannotOpen(_openssh_locked(where))
    return key


def load_inside(data: bytes) -> SigningKey:
    """Load the key of an opened container; raises :class:`CannotOpen`."""
    try:
        return load_der(data, "The container")
    except CannotOpen as trouble:
        if trouble.finding.code is Code.CORRUPT:
            raise CannotOpen(refusals.damaged_inside("the private key")) from None
        raise


def unlock_der(encrypted: Encrypted, password: SecretStr | None, where: str) -> tuple[SigningKey, PasswordEncoding]:
    """Decrypt a key and return it with the password encoding that opened it; raises :class:`CannotOpen`."""
    refusals.refuse_scheme(encrypted.scheme, proven=False)
    unlocked = unlock(encrypted, password, require_key)
    if unlocked is None:
        raise CannotOpen(
            refusals.wrong_password_or_damage(where) if passwords.given(password) else refusals.password_required(where)
        )
    return load_der(unlocked.content, where), unlocked.encoding


def pkcs8_der(key: SigningKey) -> SecretBytes:
    """Return the key as unencrypted PKCS #8 DER."""
    return SecretBytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def public_bytes(key: SigningKey) -> bytes:
    """Return the SubjectPublicKeyInfo of a private key, in DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _load_unusual(data: bytes, where: str) -> SigningKey:
    """Load a key that the library refused, from its numbers."""
    if _kind(data) not in {"", "RSA", "RSA-PSS", "EC", "DSA", "Ed25519", "Ed448"}:
        raise CannotOpen(_unsupported(data, where))
    try:
        return unusual_keys.load(data)
    except Malformed:
        raise CannotOpen(corrupt(where)) from None


def _kind(data: bytes) -> str:
    """Return the kind of key that a PKCS #8 key states; empty for a traditional one."""
    try:
        oid = str(ber.items(data)[1][0])
    except (Malformed, IndexError, TypeError, KeyError, PyAsn1Error):
        return ""
    return _KINDS.get(oid, f"kind {oid}") if oid.count(".") > 1 else ""


def corrupt(where: str) -> Finding:
    """Report a key that cannot be read."""
    return blocker(
        Code.CORRUPT,
        f"{where} has a private key that cannot be read: it is damaged.",
        "Export the key again, or ask the sender for a new copy of the file.",
    )


def _openssh_locked(where: str) -> Finding:
    return blocker(
        Code.UNSUPPORTED_ALGORITHM,
        f"{where} has an OpenSSH private key that is encrypted, which Certdesk does not decrypt.",
        "Convert a copy of it to PEM with: ssh-keygen -p -m PEM -f FILE",
    )


def _unsupported(data: bytes, where: str) -> Finding:
    kind = _kind(data)
    if kind == "EC":
        kind = _STRANGE_CURVES.get(str(ber.items(data)[1][1]), "EC on an unusual curve")
    return blocker(
        Code.UNSUPPORTED_ALGORITHM,
        f"{where} has a private key that Certdesk does not support ({kind or 'unknown kind'}).",
        "Use an RSA, EC (P-256, P-384, P-521) or Ed25519 key.",
    )
