"""Read PKCS #7 files (RFC 5652, section 5): certificates without a key, as Windows exports them."""

from __future__ import annotations

import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs7

from bot.certificates.encryption import ber
from bot.certificates.formats import x509_reader

_CERTIFICATES = 0xA0


def _has_none(der: bytes) -> bool:
    """Return whether it is complete and has no certificates (part [0] of SignedData), but revocation lists, say."""
    try:
        tagged = ber.children(der)[1]
        return not any(one[0] == _CERTIFICATES for one in ber.children(ber.children(tagged)[0]))
    except (ber.Malformed, IndexError):
        return False


def certificates(der: bytes) -> list[x509.Certificate]:
    """Return the certificates in the file's order; raises ValueError for a file that cannot be read."""
    try:
        with warnings.catch_warnings():
            # The library reads BER with a warning that it will stop doing so.
            warnings.simplefilter("ignore")
            found = pkcs7.load_der_pkcs7_certificates(der)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        if _has_none(der):
            return []
        raise ValueError("not a PKCS #7 file") from None
    for one in found:
        x509_reader.facts(one)
    return found
