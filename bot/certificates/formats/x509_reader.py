"""Read X.509 certificates (RFC 5280) and return their facts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID
from pyasn1_modules import rfc5280

from bot.certificates.encryption import ber
from bot.certificates.formats import extensions, names
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
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    "2.5.29.37.0": "anyExtendedKeyUsage",
    "1.3.6.1.4.1.311.20.2.2": "Windows smart card logon",
    "1.3.6.1.4.1.311.10.3.4": "Windows file encryption",
    "1.3.6.1.4.1.311.10.3.12": "Windows document signing",
    "1.3.6.1.5.2.3.4": "Kerberos client authentication",
    "1.3.6.1.5.5.7.3.17": "IPsec",
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
            subject=_name_text(certificate, names.subject),
            issuer=_name_text(certificate, names.issuer),
            serial=certificate.serial_number,
            sha256=certificate.fingerprint(hashes.SHA256()).hex(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            key=read_or(lambda: _key(certificate), "unknown key"),
            signature=read_or(lambda: _signature(certificate), certificate.signature_algorithm_oid.dotted_string),
            san=_either(_san, extensions.alternative_names, certificate),
            eku=tuple(_EKU_NAMES.get(oid, oid) for oid in _either(_eku, extensions.usages, certificate)),
            is_authority=is_authority(certificate),
            common_name=_common_name(certificate),
            issuer_address=read_or(lambda: _issuer_address(certificate), None),
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
        return certificate.version is x509.Version.v1 and names.subject(certificate) == names.issuer(certificate)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return read_or(lambda: extensions.basic_constraints(certificate), False)


def issuer_der(certificate: x509.Certificate) -> bytes:
    """Return the issuer's name in DER; empty where the library cannot read it."""
    return read_or(certificate.issuer.public_bytes, b"")


def der(certificate: x509.Certificate) -> bytes:
    """Return the certificate in DER."""
    return certificate.public_bytes(Encoding.DER)


def public_bytes(certificate: x509.Certificate) -> bytes | None:
    """Return the SubjectPublicKeyInfo in DER, or None for a kind of key that the library does not know."""
    return read_or(lambda: certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), None)


def read_or(read: Callable[[], T], otherwise: T) -> T:
    """Return a fact, or ``otherwise`` if it cannot be read: one unreadable extension must not hide the other facts."""
    try:
        return read()
    except Exception:  # the library raises ValueError, UnsupportedAlgorithm and more, by the extension
        return otherwise


def _either(
    read: Callable[[x509.Certificate], tuple[str, ...]],
    alone: Callable[[x509.Certificate], tuple[str, ...]],
    certificate: x509.Certificate,
) -> tuple[str, ...]:
    """Return what the library reads; where another extension keeps it from that, what is read of this one alone."""
    try:
        return read(certificate)
    except Exception:  # as above
        return read_or(lambda: alone(certificate), ())


def _common_name(certificate: x509.Certificate) -> str | None:
    return names.common_name(names.subject(certificate))


def _name_text(certificate: x509.Certificate, read: Callable[[x509.Certificate], names.Name]) -> str:
    """Return a name as the library writes it, or as we do where it reads none."""
    try:
        return (certificate.subject if read is names.subject else certificate.issuer).rfc4514_string()
    except ValueError:
        return names.text(read(certificate))


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
    return tuple(oid.dotted_string for oid in usages)


def subject_key_id(certificate: x509.Certificate) -> bytes | None:
    """Return the subject key identifier (RFC 5280, 4.2.1.2), or None."""
    return read_or(lambda: certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest, None)


def authority_key_id(certificate: x509.Certificate) -> bytes | None:
    """Return the identifier of the issuer's key (RFC 5280, 4.2.1.1), or None."""
    found = read_or(lambda: certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value, None)
    return found.key_identifier if found else None
