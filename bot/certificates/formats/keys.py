"""Read private keys: PKCS #8 (RFC 5958) and traditional RSA, EC, DSA (RFC 8017, 5915), encrypted or not."""

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
)
from pyasn1.codec.der import encoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import namedtype, univ
from pydantic import SecretBytes, SecretStr

from bot.certificates import refusals
from bot.certificates.encryption import ber, passwords
from bot.certificates.encryption.ber import AlgorithmIdentifier, Malformed
from bot.certificates.encryption.passwords import PasswordEncoding
from bot.certificates.encryption.schemes import Encrypted
from bot.certificates.encryption.unlock import unlock
from bot.certificates.findings import Code, Finding, blocker
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
}


class _PrivateKeyInfo(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("version", univ.Integer()),
        namedtype.NamedType("privateKeyAlgorithm", AlgorithmIdentifier()),
        namedtype.NamedType("privateKey", univ.OctetString()),
    )


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
        return _load_reencoded(data, where)
    if not isinstance(key, SigningKey):
        raise CannotOpen(_unsupported(data, where))
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
            refusals.wrong_password_or_damage() if passwords.given(password) else refusals.password_required()
        )
    return load_der(unlocked.content, where), unlocked.encoding


def pkcs8_der(key: SigningKey) -> SecretBytes:
    """Return the key as unencrypted PKCS #8 DER."""
    return SecretBytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def public_bytes(key: SigningKey) -> bytes:
    """Return the SubjectPublicKeyInfo of a private key, in DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _load_reencoded(data: bytes, where: str) -> SigningKey:
    """Load a key that the library refused after writing it again as DER, since the library does not read BER."""
    if _kind(data) not in {"", "RSA", "RSA-PSS", "EC", "DSA", "Ed25519", "Ed448"}:
        raise CannotOpen(_unsupported(data, where))
    try:
        again = _as_der(data)
    except (Malformed, PyAsn1Error, ValueError, TypeError, IndexError):
        raise CannotOpen(corrupt(where)) from None
    if again == data:
        raise CannotOpen(corrupt(where))
    return load_der(again, where)


def _as_der(data: bytes) -> bytes:
    """Encode version, algorithm and key of a PKCS #8 key in DER, without attributes."""
    version, algorithm, key = ber.items(data)[:3]
    info = _PrivateKeyInfo()
    info["version"] = int(version)
    info["privateKeyAlgorithm"] = ber.decode(bytes(encoder.encode(algorithm)), AlgorithmIdentifier())
    info["privateKey"] = bytes(key)
    return bytes(encoder.encode(info))


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


def _unsupported(data: bytes, where: str) -> Finding:
    kind = _kind(data)
    if kind == "EC":
        kind = "EC on an unusual curve"
    return blocker(
        Code.UNSUPPORTED_ALGORITHM,
        f"{where} has a private key that Certdesk does not support ({kind or 'unknown kind'}).",
        "Use an RSA, EC (P-256, P-384, P-521) or Ed25519 key.",
    )
