"""Read PKCS #7 files (RFC 5652, section 5): certificates without a key, as Windows exports them."""

from __future__ import annotations

import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs7

from bot.certificates.formats import x509_reader


def certificates(der: bytes) -> list[x509.Certificate]:
    """Return the certificates in the file's order; raises ValueError for a file that cannot be read."""
    try:
        with warnings.catch_warnings():
            # The library reads BER with a warning that it will stop doing so.
            warnings.simplefilter("ignore")
            found = pkcs7.load_der_pkcs7_certificates(der)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise ValueError("not a PKCS #7 file") from None
    for one in found:
        x509_reader.facts(one)
    return found
