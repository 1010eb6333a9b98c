"""Password-based encryption schemes, read from an AlgorithmIdentifier: derivation, cipher, cost, support.

PBES1 as PKCS #12 has it (RFC 7292, appendix C), PBES1 and PBES2 as PKCS #5 has them (RFC 8018, appendix A), scrypt
(RFC 7914, section 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from pyasn1.type import namedtype, tag, univ

from bot.certificates.encryption import ber, ciphers
from bot.certificates.encryption.ber import AlgorithmIdentifier, Malformed
from bot.certificates.encryption.ciphers import BadDecrypt, Cipher
from bot.certificates.encryption.digests import MD5, SHA1, Digest, prf_of
from bot.certificates.encryption.kdf import IV, KEY, CannotDerive, Kdf, Pbkdf1, Pbkdf2, Pkcs12Kdf, ScryptKdf

PBES2, PBKDF2, SCRYPT = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.3.6.1.4.1.11591.4.11"
_PKCS12_PBE = "1.2.840.113549.1.12.1."
_PKCS12_CIPHERS = {
    "1": ciphers.RC4_128,
    "2": ciphers.RC4_40,
    "3": ciphers.TRIPLE_DES,
    "4": ciphers.TWO_KEY_TRIPLE_DES,
    "5": ciphers.rc2_cipher(128, 16),
    "6": ciphers.rc2_cipher(40, 5),
}
_MD2 = Digest("MD2", "md2")
_PKCS5_PBE = "1.2.840.113549.1.5."
_PKCS5_SCHEMES = {
    "1": (_MD2, ciphers.DES),
    "3": (MD5, ciphers.DES),
    "4": (_MD2, ciphers.rc2_cipher(64, 8)),
    "6": (MD5, ciphers.rc2_cipher(64, 8)),
    "10": (SHA1, ciphers.DES),
    "11": (SHA1, ciphers.rc2_cipher(64, 8)),
}
_RC2_VERSIONS = {160: 40, 120: 64, 58: 128}  # RFC 8018, B.2.3
_RC2_DEFAULT_BITS = 32
_RC2_LITERAL = 256
_NSS_IV = 14
_FAMILIES, _BLOCK_SIZES = ("AES", "Camellia"), (16, 24, 32)
_ANY_SIZE = frozenset({"Blowfish-CBC", "CAST5-CBC"})
_LONGEST_KEY = 128


class _Pbes1Params(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("salt", univ.OctetString()), namedtype.NamedType("iterations", univ.Integer())
    )


class _Pair(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    """PBES2-params and PBMAC1-params: a key derivation, and the algorithm that uses the key."""

    componentType = namedtype.NamedTypes(
        namedtype.NamedType("kdf", AlgorithmIdentifier()), namedtype.NamedType("use", AlgorithmIdentifier())
    )


class _Pbkdf2Params(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("salt", univ.OctetString()),
        namedtype.NamedType("iterations", univ.Integer()),
        namedtype.OptionalNamedType("keyLength", univ.Integer()),
        namedtype.OptionalNamedType("prf", AlgorithmIdentifier()),
    )


class _ScryptParams(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("salt", univ.OctetString()),
        namedtype.NamedType("n", univ.Integer()),
        namedtype.NamedType("r", univ.Integer()),
        namedtype.NamedType("p", univ.Integer()),
        namedtype.OptionalNamedType("keyLength", univ.Integer()),
    )


class _VersionedIv(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    """RC2-CBC-Parameter, and CAST5's with the key length behind the vector (RFC 2144)."""

    componentType = namedtype.NamedTypes(
        namedtype.OptionalNamedType("version", univ.Integer()),
        namedtype.NamedType("iv", univ.OctetString()),
        namedtype.OptionalNamedType("keyLength", univ.Integer()),
    )


@dataclass(frozen=True, slots=True)
class Scheme:
    """Password-based encryption scheme. ``standard`` is ``PBES1 (PKCS #12)``, ``PBES1`` or ``PBES2``.

    ``unsupported`` names an algorithm that is not supported, or is None; ``malformed`` says that the parameters are
    invalid, which means a damaged file unless a MAC proves that they were written so.
    """

    standard: str
    kdf: Kdf | None
    cipher: Cipher | None
    iv: bytes | None = field(default=None, repr=False)
    unsupported: str | None = None
    malformed: bool = False

    @property
    def name(self) -> str:
        """Return its name for people."""
        parts = [self.standard, self.kdf.name if self.kdf else "", self.cipher.name if self.cipher else ""]
        return ", ".join(part for part in parts if part)

    @property
    def bmp(self) -> bool:
        """Return whether it takes the password as a BMPString; otherwise as bytes."""
        return isinstance(self.kdf, Pkcs12Kdf)

    @property
    def iterations(self) -> int:
        """Return the stated cost in iterations of its derivation."""
        return self.kdf.iterations if self.kdf else 0

    def plain_texts(self, password: bytes, data: bytes) -> Iterator[bytes]:
        """Yield what ``data`` may decrypt to: nothing, or a plain text for each way to derive the vector."""
        if self.kdf is None or self.cipher is None or self.unsupported:
            return
        with suppress(CannotDerive):
            key = self.kdf.derive(password, self.cipher.key_size, KEY)
            if not ciphers.padding_fits(self.cipher, key, data):
                return
            for iv in self._vectors(password, self.kdf, self.cipher.iv_size):
                with suppress(BadDecrypt):
                    yield ciphers.decrypt(self.cipher, key, iv, data)

    def _vectors(self, password: bytes, kdf: Kdf, size: int) -> Iterator[bytes]:
        if self.iv is not None:
            yield self.iv
            return
        yield kdf.derive(password, size, IV)
        if isinstance(kdf, Pbkdf1) and kdf.digest is SHA1:
            yield replace(kdf, iv_from_end=True).derive(password, size, IV)


def scheme_of(identifier: Any) -> Scheme:
    """Read an :class:`AlgorithmIdentifier`; never raises."""
    oid, params = parts_of(identifier)
    try:
        return _scheme(oid, params)
    except Malformed:
        name = _cipher_name(params) if oid == PBES2 else f"encryption {oid}"
        return Scheme("", None, None, unsupported=f"{name} with parameters that no standard has", malformed=True)


def _cipher_name(params: bytes) -> str:
    """Return the name of the cipher of PBES2-params whose other parameters are invalid."""
    try:
        use = ber.children(params)[1]
        return ciphers.cipher_of(str(ber.decode(ber.children(use)[0], univ.ObjectIdentifier()))).name
    except (Malformed, IndexError):
        return "PBES2"


def _scheme(oid: str, params: bytes) -> Scheme:
    if oid == PBES2:
        return _pbes2(params)
    if oid.startswith(_PKCS12_PBE) and (cipher := _PKCS12_CIPHERS.get(oid.removeprefix(_PKCS12_PBE))):
        salt, iterations = _salted(params)
        return _checked("PBES1 (PKCS #12)", Pkcs12Kdf(SHA1, salt, iterations), cipher)
    if oid.startswith(_PKCS5_PBE) and (pair := _PKCS5_SCHEMES.get(oid.removeprefix(_PKCS5_PBE))):
        return _pbes1(*pair, params)
    return Scheme("", None, None, unsupported=f"encryption {oid}")


def parts_of(identifier: Any) -> tuple[str, bytes]:
    """Return object identifier and parameters (empty for none) of an :class:`AlgorithmIdentifier`."""
    params = identifier["parameters"]
    return str(identifier["algorithm"]), bytes(params) if params.hasValue() else b""


def pair_of(params: bytes) -> tuple[Any, Any]:
    """Return the two AlgorithmIdentifiers of PBES2-params or PBMAC1-params; raises :class:`Malformed`."""
    pair = ber.decode(params, _Pair())
    return pair["kdf"], pair["use"]


def kdf_of(identifier: Any) -> Pbkdf2 | ScryptKdf | str:
    """Return the derivation of PBES2 or PBMAC1, or the name of an unknown one; raises :class:`Malformed`."""
    oid, params = parts_of(identifier)
    if oid == PBKDF2:
        given = ber.decode(params, _Pbkdf2Params())
        prf = given["prf"]
        prf_oid = str(prf["algorithm"]) if prf.hasValue() else "1.2.840.113549.2.7"
        return Pbkdf2(prf_of(prf_oid), bytes(given["salt"]), _size(given["iterations"]), _optional(given["keyLength"]))
    if oid == SCRYPT:
        given = ber.decode(params, _ScryptParams())
        n, r, p = (_size(given[name]) for name in ("n", "r", "p"))
        return ScryptKdf(bytes(given["salt"]), n, r, p, _optional(given["keyLength"]))
    return f"key derivation {oid}"


def _pbes1(digest: Digest, cipher: Cipher, params: bytes) -> Scheme:
    salt, iterations = _salted(params)
    return _checked("PBES1", Pbkdf1(digest, salt, iterations), cipher)


def _pbes2(params: bytes) -> Scheme:
    kdf_identifier, use = pair_of(params)
    kdf = kdf_of(kdf_identifier)
    cipher, iv = _cipher(use, None if isinstance(kdf, str) else kdf.key_length)
    if isinstance(kdf, str):
        return Scheme("PBES2", None, cipher, iv, unsupported=kdf)
    return _checked("PBES2", kdf, cipher, iv)


def _checked(standard: str, kdf: Kdf, cipher: Cipher, iv: bytes | None = None) -> Scheme:
    """Make a scheme, with the name of the part that is not supported."""
    missing = kdf.unsupported or (None if cipher.available else cipher.name)
    return Scheme(standard, kdf, cipher, iv, missing)


def _cipher(identifier: Any, key_length: int | None) -> tuple[Cipher, bytes]:
    """Return the cipher of PBES2 and its initialization vector."""
    oid, params = parts_of(identifier)
    if oid == ciphers.RC2_CBC_OID:
        return _rc2(params, key_length)
    if oid == ciphers.RC4_OID:
        size = key_length or ciphers.RC4_128.key_size
        return replace(ciphers.RC4_128, name=f"RC4-{size * 8}", key_size=size), b""
    cipher = ciphers.cipher_of(oid)
    if cipher.name in _ANY_SIZE and key_length:
        cipher = replace(cipher, key_size=key_length)
    # The derived key's length counts, whatever size the cipher's name says: NSS 3.21 wrote 32 bytes beside aes-128.
    if key_length in _BLOCK_SIZES and (family := cipher.name.partition("-")[0]) in _FAMILIES:
        cipher = replace(cipher, key_size=key_length, name=f"{family}-{key_length * 8}-{cipher.mode}")
    if cipher.make is None or cipher.iv_size == 0:
        return cipher, b""
    return cipher, _vector(params, cipher.iv_size)


def _vector(params: bytes, size: int) -> bytes:
    iv = bytes(ber.decode(params, _VersionedIv())["iv"]) if params[:1] == b"\x30" else ber.octets(params)
    if len(iv) == _NSS_IV and size == _NSS_IV + 2:
        # Old NSS used the encoded OCTET STRING, tag and length included, as the vector.
        return params[:size]
    if len(iv) != size:
        raise Malformed
    return iv


def _rc2(params: bytes, key_length: int | None) -> tuple[Cipher, bytes]:
    if params[:1] != b"\x30":
        bits, iv = _RC2_DEFAULT_BITS, ber.octets(params)
    else:
        given = ber.decode(params, _VersionedIv())
        iv = bytes(given["iv"])
        bits = _rc2_bits(int(given["version"])) if given["version"].hasValue() else _RC2_DEFAULT_BITS
    return ciphers.rc2_cipher(bits, key_length or -(-bits // 8)), iv


def _rc2_bits(version: int) -> int:
    bits = version if version >= _RC2_LITERAL else _RC2_VERSIONS.get(version, 0)
    if not 1 <= bits <= 1024:
        raise Malformed
    return bits


def _salted(params: bytes) -> tuple[bytes, int]:
    given = ber.decode(params, _Pbes1Params())
    return bytes(given["salt"]), _size(given["iterations"])


def _size(number: Any) -> int:
    """Return a number of the parameters; raises :class:`Malformed` for a negative one."""
    if int(number) < 0:
        raise Malformed
    return int(number)


def _optional(number: Any) -> int | None:
    if not number.hasValue():
        return None
    if not 0 < int(number) <= _LONGEST_KEY:
        raise Malformed
    return int(number)


class EncryptedPrivateKeyInfo(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    """EncryptedPrivateKeyInfo (RFC 5958, section 3)."""

    componentType = namedtype.NamedTypes(
        namedtype.NamedType("encryptionAlgorithm", AlgorithmIdentifier()),
        namedtype.NamedType("encryptedData", univ.OctetString()),
    )


class EncryptedContentInfo(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    """EncryptedContentInfo (RFC 5652, section 6.1)."""

    componentType = namedtype.NamedTypes(
        namedtype.NamedType("contentType", univ.ObjectIdentifier()),
        namedtype.NamedType("contentEncryptionAlgorithm", AlgorithmIdentifier()),
        namedtype.OptionalNamedType(
            "encryptedContent",
            univ.OctetString().subtype(implicitTag=tag.Tag(tag.tagClassContext, tag.tagFormatSimple, 0)),
        ),
    )


@dataclass(frozen=True, slots=True)
class Encrypted:
    """Bytes encrypted under a password, with their scheme."""

    scheme: Scheme
    data: bytes = field(repr=False)


def encrypted_key(data: bytes) -> Encrypted:
    """Read an encrypted PKCS #8 key; raises :class:`Malformed`."""
    info = ber.decode(data, EncryptedPrivateKeyInfo())
    return Encrypted(scheme_of(info["encryptionAlgorithm"]), bytes(info["encryptedData"]))


def encrypted_content(info: Any) -> Encrypted:
    """Read an :class:`EncryptedContentInfo`."""
    content = info["encryptedContent"]
    return Encrypted(scheme_of(info["contentEncryptionAlgorithm"]), bytes(content) if content.hasValue() else b"")
