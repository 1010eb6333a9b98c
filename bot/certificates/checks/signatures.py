"""Whether one certificate issued another: by names as RFC 5280 compares them, and by the signature, SHA-1 and MD5 too.

The library's own check compares names byte by byte and refuses SHA-1, and so misses chains that OpenSSL verifies.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PSS, PKCS1v15

from bot.certificates.formats import names, x509_reader


def subject_key(certificate: x509.Certificate) -> bytes:
    """Return what equal subjects have in common."""
    return names.key(names.subject(certificate))


def issuer_key(certificate: x509.Certificate) -> bytes:
    """Return what equal issuers have in common."""
    return names.key(names.issuer(certificate))


def issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Return whether ``issuer``'s key made ``subject``'s signature, and the names agree.

    Of a signature that cannot be checked here, the key identifiers decide (RFC 5280, 4.2.1.1).
    """
    if subject_key(issuer) != issuer_key(subject):
        return False
    try:
        return _signed(issuer, subject)
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return identifiers_agree(issuer, subject)


def self_issued(certificate: x509.Certificate) -> bool:
    """Return whether subject and issuer are the same name: a root, or a self-signed leaf."""
    return subject_key(certificate) == issuer_key(certificate)


def identifiers_agree(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Return whether both state a key identifier, and it is the same."""
    theirs = x509_reader.authority_key_id(subject)
    return theirs is not None and theirs == x509_reader.subject_key_id(issuer)


def _signed(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Check the signature; raises InvalidSignature, and ValueError and others for what cannot be checked."""
    key, signature, content = issuer.public_key(), subject.signature, subject.tbs_certificate_bytes
    digest, parameters = subject.signature_hash_algorithm, subject.signature_algorithm_parameters
    if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, PKCS1v15 | PSS) and digest is not None:
        key.verify(signature, content, parameters, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
        key.verify(signature, content, parameters)
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signature, content)
    elif isinstance(key, dsa.DSAPublicKey) and digest is not None:
        key.verify(signature, content, digest)
    else:
        raise InvalidSignature
    return True
