"""What we pack, opened by the tools that it is for."""

from __future__ import annotations

from pyasn1.codec.der import decoder
from pyasn1.type import univ
from pyasn1_modules import rfc5652, rfc7292

from bot.certificates import ClientMaterial, Runtime, generate_password, pack
from tests.verdicts import truth

TRIPLE_DES = "1.2.840.113549.1.12.1.3"
SHA_1 = "1.3.14.3.2.26"


def opens(client: ClientMaterial, runtime: Runtime) -> bool:
    """Whether the tools of that runtime take it over, key and all; ``java-legacy`` also by the algorithms in it."""
    secret = generate_password()
    packed, password = pack(client, secret, runtime=runtime), secret.get_secret_value()
    if runtime is Runtime.OPENSSL:
        return truth.openssl_opens(packed, password, legacy=False) and _java(packed, password)
    if runtime is Runtime.JAVA_LEGACY:
        return _java(packed, password) and algorithms(packed) == {TRIPLE_DES, SHA_1}
    return _java(packed, password) and truth.openssl_opens(packed, password, legacy=False)


def _java(packed: bytes, password: str) -> bool:
    return truth.keytool_takes(packed, password) == 1


def algorithms(packed: bytes) -> set[str]:
    """The object identifiers of MAC digest, ciphers and derivations, read from the bytes (RFC 7292, by pyasn1)."""
    container, _ = decoder.decode(packed, asn1Spec=rfc7292.PFX())
    found = {str(container["macData"]["mac"]["digestAlgorithm"]["algorithm"])}
    content, _ = decoder.decode(bytes(container["authSafe"]["content"]), asn1Spec=univ.OctetString())
    safes, _ = decoder.decode(bytes(content), asn1Spec=rfc7292.AuthenticatedSafe())
    for safe in safes:
        if safe["contentType"] == rfc5652.id_encryptedData:
            data, _ = decoder.decode(bytes(safe["content"]), asn1Spec=rfc5652.EncryptedData())
            found |= _scheme(data["encryptedContentInfo"]["contentEncryptionAlgorithm"])
            continue
        inside, _ = decoder.decode(bytes(safe["content"]), asn1Spec=univ.OctetString())
        bags, _ = decoder.decode(bytes(inside), asn1Spec=rfc7292.SafeContents())
        for bag in bags:
            key, _ = decoder.decode(bytes(bag["bagValue"]), asn1Spec=rfc7292.PKCS8ShroudedKeyBag())
            found |= _scheme(key["encryptionAlgorithm"])
    return found


def _scheme(identifier: univ.Sequence) -> set[str]:
    """The scheme itself, and of PBES2 its parts instead, PRF included."""
    oid = str(identifier["algorithm"])
    if oid != "1.2.840.113549.1.5.13":
        return {oid}
    params, _ = decoder.decode(bytes(identifier["parameters"]))
    derivation, cipher = params[0], params[1]
    parts = [derivation[1][at] for at in range(len(derivation[1]))]
    prf = {str(part[0]) for part in parts if isinstance(part, univ.Sequence)}
    return {str(derivation[0]), str(cipher[0]), *(prf or {"hmacWithSHA1 by default"})}
