"""Read X.509 certificates (RFC 5280) and return their facts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyasn1_modules import rfc5280

from bot.certificates.encryption import ber
from bot.certificates.model import Certificate

T = TypeVar("T")

_STRANGE_KEYS = {
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.10046.2.1": "Diffie-Hellman",
    "1.2.643.2.2.19": "GOST R 34.10-2001",
    "1.2.643.7.1.1.1.1": "GOST R 34.10-2012",
    "1.2.643.7.1.1.1.2": "GOST R 34.10-2012",
}
_EKU_NAMES = {
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp224r1": "P-224"}


def parse(der: bytes) -> x509.Certificate:
    """Parse one DER certificate; raises ValueError for what is not one."""
    with warnings.catch_warnings():
        # The library warns about negative serials and the like, which real certificates have.
        warnings.simplefilter("ignore")
        try:
            certificate = x509.load_der_x509_certificate(der)
            facts(certificate)  # the library parses names and times lazily: let it raise here
        except x509.InvalidVersion:  # not a ValueError
            raise ValueError("no X.509 version") from None
    return certificate


def facts(certificate: x509.Certificate) -> Certificate:
    """Return the facts of a parsed certificate; raises ValueError if a name or a time in it cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Certificate(
            der=certificate.public_bytes(Encoding.DER),
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            serial=certificate.serial_number,
            sha256=certificate.fingerprint(hashes.SHA256()).hex(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            key=_or_default(lambda: _key(certificate), "unknown key"),
            signature=_or_default(lambda: _signature(certificate), certificate.signature_algorithm_oid.dotted_string),
            san=_or_default(lambda: _san(certificate), ()),
            eku=_or_default(lambda: _eku(certificate), ()),
            is_authority=is_authority(certificate),
            common_name=_common_name(certificate),
            issuer_address=_or_default(lambda: _issuer_address(certificate), None),
        )


def unsupported_key(der: bytes) -> str | None:
    """Return the kind of key of an undamaged certificate that the library does not parse; None for a damaged one.

    The library refuses DSA parameters where Java writes them (beside the signature) and where they are inherited.
    """
    try:
        certificate = ber.decode(der, rfc5280.Certificate())
    except ber.Malformed:
        return None
    oid = certificate["tbsCertificate"]["subjectPublicKeyInfo"]["algorithm"]["algorithm"]
    return _STRANGE_KEYS.get(str(oid))


def is_authority(certificate: x509.Certificate) -> bool:
    """Return whether basicConstraints says CA (RFC 5280, 4.2.1.9), or it is a self-signed root of X.509 version 1."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return certificate.version is x509.Version.v1 and certificate.subject == certificate.issuer
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False


def public_bytes(certificate: x509.Certificate) -> bytes | None:
    """Return the SubjectPublicKeyInfo in DER, or None for a kind of key that the library does not know."""
    return _or_default(
        lambda: certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), None
    )


def _or_default(read: Callable[[], T], otherwise: T) -> T:
    """Return a fact, or ``otherwise`` if it cannot be read: one unreadable extension must not hide the other facts."""
    try:
        return read()
    except Exception:  # the library raises ValueError, UnsupportedAlgorithm and more, by the extension
        return otherwise


def _common_name(certificate: x509.Certificate) -> str | None:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else None


def _key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}"
    names = {ed25519.Ed25519PublicKey: "Ed25519", ed448.Ed448PublicKey: "Ed448"}
    return next((name for kind, name in names.items() if isinstance(key, kind)), type(key).__name__)


def _signature(certificate: x509.Certificate) -> str:
    digest = certificate.signature_hash_algorithm
    oid_name = certificate.signature_algorithm_oid._name
    if digest is None:
        return oid_name
    kind = "ECDSA" if "ecdsa" in oid_name.lower() else "DSA" if oid_name.lower().startswith("dsa") else "RSA"
    return f"{digest.name.upper().replace('SHA', 'SHA-').replace('--', '-')} with {kind}"


def _san(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(_general_name(name) for name in names)


def _general_name(name: x509.GeneralName) -> str:
    kinds = {x509.DNSName: "DNS", x509.IPAddress: "IP", x509.RFC822Name: "email", x509.UniformResourceIdentifier: "URI"}
    kind = next((word for cls, word in kinds.items() if isinstance(name, cls)), None)
    if kind is not None:
        return f"{kind}:{name.value}"
    if isinstance(name, x509.DirectoryName):
        return f"DN:{name.value.rfc4514_string()}"
    return type(name).__name__


def _issuer_address(certificate: x509.Certificate) -> str | None:
    try:
        places = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return None
    issuers = (one for one in places if one.access_method == AuthorityInformationAccessOID.CA_ISSUERS)
    found = (one.access_location for one in issuers)
    return next((str(place.value) for place in found if isinstance(place, x509.UniformResourceIdentifier)), None)


def _eku(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(_EKU_NAMES.get(oid, oid.dotted_string) for oid in usages)


def subject_key_id(certificate: x509.Certificate) -> bytes | None:
    """Return the subject key identifier (RFC 5280, 4.2.1.2), or None."""
    return _or_default(
        lambda: certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest, None
    )


def authority_key_id(certificate: x509.Certificate) -> bytes | None:
    """Return the identifier of the issuer's key (RFC 5280, 4.2.1.1), or None."""
    found = _or_default(lambda: certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value, None)
    return found.key_identifier if found else None
