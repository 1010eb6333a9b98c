"""Tell which other tools can open the container as uploaded: OpenSSL 3, Java 8 before u301, Java 17.

The rules are those of OpenSSL 3.0 and OpenJDK 17, compared with the tools themselves over the whole corpus of
``tests/verdicts``; Java 8's are those of its sources before 8u301 (JDK-8076190 brought the new algorithms).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from pydantic import SecretStr

from bot.certificates.encryption.kdf import Pbkdf1, Pbkdf2, ScryptKdf
from bot.certificates.encryption.passwords import PasswordEncoding, spelled
from bot.certificates.encryption.schemes import Scheme
from bot.certificates.formats.keys import SigningKey
from bot.certificates.model import Reader
from bot.certificates.pkcs12 import java_entry
from bot.certificates.pkcs12.container import Opened
from bot.certificates.pkcs12.structure import Kind


def opens_in(opened: Opened, keys: Sequence[SigningKey], password: SecretStr | None) -> dict[Reader, bool]:
    """Return for each reader whether it would load everything from the container with that password."""
    return {reader: not obstacles(reader, opened, keys, password) for reader in Reader}


def obstacles(reader: Reader, opened: Opened, keys: Sequence[SigningKey], password: SecretStr | None) -> list[str]:
    """Return what keeps the reader from opening the container, each as a clause; empty if it opens."""
    look = _JAVA if reader in {Reader.JAVA_8, Reader.JAVA_17} else _OPENSSL
    return list(dict.fromkeys(look(reader, opened, keys, password)))


def key_obstacles(reader: Reader, keys: Sequence[SigningKey]) -> list[str]:
    """Return what keeps the reader from loading the keys in any container, each as a clause."""
    if reader not in {Reader.JAVA_8, Reader.JAVA_17}:
        return []
    return [clause for key in keys for clause in _java_key(reader, key)]


_WIDE = (PasswordEncoding.UTF16, PasswordEncoding.BARE_UTF16)
_LEGACY_CIPHERS = ("DES-", "RC2-", "RC4-", "Blowfish-", "CAST5-", "IDEA-", "SEED-")
_LEGACY_MACS = frozenset({"HMAC-MD4", "HMAC-Whirlpool"})


def _openssl(reader: Reader, opened: Opened, keys: Sequence[SigningKey], password: SecretStr | None) -> Iterator[str]:
    """Yield what OpenSSL 3.0 refuses; its default provider has no old ciphers, those are in the legacy provider."""
    legacy = reader is Reader.OPENSSL_LEGACY
    yield from _openssl_integrity(opened, legacy=legacy)
    for scheme in _schemes(opened):
        if not legacy and _needs_legacy(scheme):
            yield f"{scheme.name} is in OpenSSL's legacy provider"
    if opened.encodings & {PasswordEncoding.LATIN1, *_WIDE}:
        yield "the password is encoded in an unusual way"


def _openssl_integrity(opened: Opened, *, legacy: bool) -> Iterator[str]:
    mac = opened.structure.mac
    if opened.structure.signed:
        yield "it is signed instead of having a MAC"
    if opened.two_passwords:
        yield "its MAC was made with another password"
    if mac is not None and mac.pbmac1:
        yield f"its MAC ({mac.name}) needs OpenSSL 3.4"
    if mac is not None and mac.name in _LEGACY_MACS and not legacy:
        yield f"its MAC ({mac.name}) is not supported"


def _needs_legacy(scheme: Scheme) -> bool:
    return isinstance(scheme.kdf, Pbkdf1) or (
        scheme.cipher is not None and scheme.cipher.name.startswith(_LEGACY_CIPHERS)
    )


_JAVA_MACS = {
    Reader.JAVA_8: frozenset({"HMAC-SHA-1"}),
    Reader.JAVA_17: frozenset(
        {
            "HMAC-SHA-1",
            "HMAC-SHA-224",
            "HMAC-SHA-256",
            "HMAC-SHA-384",
            "HMAC-SHA-512",
            "HMAC-SHA-512/224",
            "HMAC-SHA-512/256",
        }
    ),
}
_JAVA_PRFS = frozenset({"HMAC-SHA-1", "HMAC-SHA-224", "HMAC-SHA-256", "HMAC-SHA-384", "HMAC-SHA-512"})
_JAVA_PBES1 = frozenset({"3DES-CBC", "RC2-128-CBC", "RC2-40-CBC", "RC4-128", "RC4-40"})
_JAVA_PBES2 = frozenset({"AES-128-CBC", "AES-256-CBC"})
_JAVA_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_JAVA_ITERATIONS = 5_000_000


def _java(reader: Reader, opened: Opened, keys: Sequence[SigningKey], password: SecretStr | None) -> Iterator[str]:
    typed = password.get_secret_value() if password else ""
    texts = [spelled(typed, one) for one in opened.encodings] or [typed]
    if not all(text.isascii() and text.isprintable() for text in texts):
        yield "the password is not plain ASCII"
    elif opened.encodings.intersection(_WIDE):
        yield "the password is encoded as UTF-16"
    yield from _java_integrity(reader, opened)
    for scheme in _schemes(opened):
        yield from _java_scheme(reader, scheme)
    yield from _java_content(reader, opened, keys)


def _java_integrity(reader: Reader, opened: Opened) -> Iterator[str]:
    mac = opened.structure.mac
    if opened.structure.signed:
        yield "it is signed instead of having a MAC"
    if opened.two_passwords:
        yield "its MAC was made with another password"
    if mac is not None and mac.name not in _JAVA_MACS[reader]:
        yield f"its MAC ({mac.name}) is not supported"
    if mac is not None and mac.kdf is not None and mac.kdf.iterations > _JAVA_ITERATIONS:
        yield f"it has too many iterations ({mac.kdf.iterations:,})"


def _java_scheme(reader: Reader, scheme: Scheme) -> Iterator[str]:
    cipher = scheme.cipher.name if scheme.cipher else "an unknown cipher"
    if scheme.iterations > _JAVA_ITERATIONS:
        yield f"it has too many iterations ({scheme.iterations:,})"
    if scheme.standard == "PBES2":
        if reader is Reader.JAVA_8:
            yield "its encryption (PBES2) is not supported"
        elif cipher not in _JAVA_PBES2:
            yield f"its cipher ({cipher}) is not supported"
        elif isinstance(scheme.kdf, Pbkdf2) and scheme.kdf.prf.name not in _JAVA_PRFS:
            yield f"its key derivation ({scheme.kdf.name}) is not supported"
        elif isinstance(scheme.kdf, ScryptKdf):
            yield "its key derivation (scrypt) is not supported"
    elif scheme.standard == "PBES1 (PKCS #12)" and cipher not in _JAVA_PBES1:
        yield f"its cipher ({cipher}) is not supported"
    elif scheme.standard == "PBES1" and scheme.name != "PBES1, PBKDF1 with MD5, DES-CBC":
        yield f"its encryption ({scheme.name}) is not supported"


def _java_content(reader: Reader, opened: Opened, keys: Sequence[SigningKey]) -> Iterator[str]:
    if any(True for _ in opened.of(Kind.KEY)):
        yield "its private key is not encrypted"
    if not keys and not any(one.bag.trusted_by_java for one in opened.bags):
        yield "it has no private key, and no certificate that is marked as trusted"
    if keys and not any(True for _ in opened.of(Kind.CERTIFICATE)):
        yield "it has a private key without a certificate"
    if (clause := java_entry.trouble(opened, keys)) == java_entry.NO_CERTIFICATE:
        yield clause
    for key in keys:
        yield from _java_key(reader, key)


def _java_key(reader: Reader, key: SigningKey) -> Iterator[str]:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name not in _JAVA_CURVES:
        yield f"keys on the curve {key.curve.name} are not supported"
    if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) and reader is Reader.JAVA_8:
        yield "Ed25519 and Ed448 keys are not supported"


def _schemes(opened: Opened) -> Iterator[Scheme]:
    seen: set[str] = set()
    for one in opened.bags:
        for scheme in one.schemes:
            if (mark := f"{scheme.name} {scheme.iterations}") not in seen:
                seen.add(mark)
                yield scheme


_OPENSSL, _JAVA = _openssl, _java
